/** What provider, label holder and key holder processes share: identity, engine, the way to the platform, orderly end. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  createEngine,
  type Identity,
  Membership,
  Node,
  type NodeServices,
  type Role,
  secureRandom,
} from '../../federation/index.ts'
import type { TlsConfig } from '../config.ts'
import { readConsortium } from '../consortium/consortium-file.ts'
import { KnownLists } from '../consortium/known-lists.ts'
import { serverErrors } from '../errors.ts'
import { logger } from '../logger.ts'
import { assertOwner, stateFolder } from '../state/state-folder.ts'
import { RelayClient } from '../transport/client.ts'
import { TlsFiles } from '../transport/tls-files.ts'

/** What of a configuration tells a node who it is. */
export interface MemberConfig {
  readonly name: string
  readonly identity: string
  readonly members: string
  readonly state: string
  readonly threads: number
}

/** Reads a JSON file that belongs to the node. @throws NodeFileUnreadable */
export function readNodeFile<V>(folder: string, file: string): V {
  try {
    return JSON.parse(readFileSync(join(folder, file), 'utf8')) as V
  } catch {
    throw new serverErrors.NodeFileUnreadable(file)
  }
}

export const systemClock = { now: () => new Date() }

/**
 * Identity, and all lists that the node knows, for reading only.
 * @throws NodeFileUnreadable, UnknownMember, and what a list is refused for
 */
export function readLists(
  folder: string,
  config: MemberConfig,
): { membership: Membership; lists: KnownLists } {
  const lists = KnownLists.read(
    readConsortium(folder),
    join(folder, config.members),
    stateFolder(folder, config),
  )
  const identity = readNodeFile<Identity>(folder, config.identity)
  const membership = new Membership(lists.inForce.list, identity, systemClock)
  membership.accept(lists.newest.list)
  return { membership, lists }
}

/**
 * Identity and member list of a node, for reading only: its process may be running.
 * @throws NodeFileUnreadable, UnknownMember, and what a list is refused for
 */
export const readMembership = (folder: string, config: MemberConfig): Membership =>
  readLists(folder, config).membership

/**
 * Identity and member list of the node whose process this is. From here on it accepts no list older than the one it has now.
 * @throws NodeFileUnreadable, UnknownMember, and what a list is refused for
 */
export async function openMembership(
  folder: string,
  config: MemberConfig,
): Promise<{ membership: Membership; lists: KnownLists }> {
  const opened = readLists(folder, config)
  const { membership, lists } = opened
  assertOwner(stateFolder(folder, config), membership)
  membership.onTakenUp = (version) => lists.takeUp(version)
  await membership.takeUp()
  await lists.takeUp(membership.version)
  return opened
}

export const nodeServices = (threads: number): NodeServices => ({
  engine: createEngine(threads),
  random: secureRandom,
  clock: systemClock,
})

/** A member waits so many seconds for a platform that does not answer, where its configuration says nothing. */
const PATIENCE_SECONDS = 86_400

interface OutboundConfig extends MemberConfig {
  readonly platform: string
  readonly patienceSeconds?: number
  readonly tls?: TlsConfig
}

/** A member's way to its platform, as configured. @throws ConfigPlainHttp, ConfigTls */
function connect(
  membership: Membership,
  session: string,
  folder: string,
  config: OutboundConfig,
): RelayClient {
  return new RelayClient(membership, config.platform, session, () => Date.now(), {
    patienceMs: (config.patienceSeconds ?? PATIENCE_SECONDS) * 1000,
    random: Math.random,
    ...(config.tls && { tls: new TlsFiles(folder, config.tls) }),
  })
}

/**
 * Runs a member until it is told to stop.
 * @param build makes the role and its greeting from node and services
 */
export async function runMember(
  folder: string,
  config: OutboundConfig,
  build: (node: Node, services: NodeServices) => Promise<Role & { hello(): Promise<void> }>,
): Promise<void> {
  const { membership } = await openMembership(folder, config)
  const session = randomBytes(16).toString('hex')
  const client = connect(membership, session, folder, config)
  const services = nodeServices(config.threads)
  const node = new Node(membership, client, session)
  const log = logger(config.name)
  node.onFault = (from, fault) =>
    log.error({ from, code: (fault as { code?: string }).code }, (fault as Error).message)
  node.onNotice = (text) => log.warn(text)
  client.onNotice = node.onNotice
  let stopping = false
  const stop = async () => {
    stopping = true
    await client.close()
    await services.engine.close()
    // Libraries keep handles of their own; everything of ours is closed.
    process.exit(0)
  }
  // A process that was started by the launcher ends with it.
  process.once('disconnect', () => process.exit(0))
  // Listening to the launcher is no reason to live on: a member that cannot start must end.
  process.channel?.unref()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop())
  const greet = async () => {
    const role = await build(node, services)
    node.attach(role)
    // A platform that started anew knows nobody.
    client.onPlatformSession = () => void role.hello().catch((fault: Error) => log.error(fault.message))
    await role.hello()
    log.info('ready')
  }
  try {
    await Promise.all([client.listen((envelope) => node.receive(envelope)), greet()])
  } catch (fault) {
    // A member that cannot start, or is refused, ends: one that went on listening would look alive.
    await client.close()
    await services.engine.close()
    if (!stopping) throw fault
  }
}
