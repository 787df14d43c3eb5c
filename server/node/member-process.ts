/** What provider, label holder and key holder processes share: identity, engine, the way to the platform, orderly end. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  createEngine,
  type Identity,
  Membership,
  Node,
  type NodeServices,
  type Role,
  type RunJournals,
  secureRandom,
} from '../../federation/index.ts'
import { approverOf } from '../approval/approver-of.ts'
import { exitCodeOf } from '../cli/exit-code-of.ts'
import type { TlsConfig } from '../config.ts'
import { readConsortium } from '../consortium/consortium-file.ts'
import { ListFollower } from '../consortium/follow-lists.ts'
import { KnownLists } from '../consortium/known-lists.ts'
import { serverErrors } from '../errors.ts'
import { logger } from '../logger.ts'
import { changeOver } from '../roster/change-over.ts'
import type { FollowedHoldings } from '../roster/followed-holdings.ts'
import { beginLife, peerFile } from '../state/node-files.ts'
import { assertOwner, openState, stateFolder } from '../state/state-folder.ts'
import { RelayClient } from '../transport/client.ts'
import { TlsFiles } from '../transport/tls-files.ts'
import { keepLog, loggedApprover } from './keep-log.ts'
import { NodeLogFile } from './log-file.ts'

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
 * Identity and newest member list of a node, for reading only: its process may be running.
 * @throws NodeFileUnreadable, UnknownMember, and what a list is refused for
 */
export const readMembership = (folder: string, config: MemberConfig): Membership =>
  new Membership(
    readLists(folder, config).lists.newest.list,
    readNodeFile<Identity>(folder, config.identity),
    systemClock,
  )

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
  readonly policy: { readonly approval?: 'policy' | 'person' }
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

/** What a member is made of, once its own data are read. */
export interface MemberParts {
  readonly journals: RunJournals
  role(node: Node): Role & { hello(): Promise<void> }
  /** What it holds along its roster, which has newer versions. */
  readonly holdings: FollowedHoldings<unknown>
}

/**
 * Runs a member until it is told to stop; a run that it was in the middle of goes on.
 * @param prepare reads what the member holds
 */
export async function runMember(
  folder: string,
  config: OutboundConfig,
  prepare: (of: {
    membership: Membership
    services: NodeServices
    /** The state folder, which is this process's until it ends. */
    state: string
  }) => Promise<MemberParts>,
): Promise<void> {
  const { membership, lists } = await openMembership(folder, config)
  const state = openState(folder, config, membership)
  const life = await beginLife(state)
  const client = connect(membership, life.session, folder, config)
  const approver = approverOf(config.policy, state, membership, (text) => logger(config.name).warn(text))
  const log = logger(config.name)
  const kept = await NodeLogFile.open(state, membership, (fault) => log.error(fault.message))
  kept.note({ kind: 'started', what: `life ${life.life}` })
  const services = { ...nodeServices(config.threads), approver: loggedApprover(approver, kept) }
  const onNotice = (text: string) => log.warn(text)
  client.onNotice = onNotice
  const follower = new ListFollower({
    ...{ membership, lists, onNotice, fetch: () => client.memberList() },
    identity: () => readNodeFile<Identity>(folder, config.identity),
  })
  client.onMemberList = (version) => follower.announced(version)
  let stopping = false
  const stop = async () => {
    stopping = true
    await client.close()
    await kept.close()
    await services.engine.close()
    // Libraries keep handles of their own; everything of ours is closed.
    process.exit(0)
  }
  // A process that was started by the launcher ends with it.
  process.once('disconnect', () => process.exit(0))
  // Listening to the launcher is no reason to live on: a member that cannot start must end.
  process.channel?.unref()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop())
  const arrived = Promise.withResolvers<Node>()
  const greet = async () => {
    const { journals, role: make, holdings } = await prepare({ membership, services, state })
    const node = new Node(membership, client, life, { journals, peers: peerFile(state), clock: systemClock })
    watchNode(node, log)
    const role = make(node)
    node.attach(role)
    keepLog(node, kept)
    const unfinished = await node.unfinished()
    if (unfinished !== null) {
      log.warn({ run: unfinished }, 'goes on with a run')
      await node.resume(unfinished)
    }
    // A platform that started anew knows nobody, and may have lost what it had not passed on.
    client.onPlatformSession = () =>
      void role
        .hello()
        .then(() => node.resend())
        .catch((fault: Error) => log.error(fault.message))
    arrived.resolve(node)
    await role.hello()
    log.info('ready')
    holdings.follow(
      (exchange) =>
        changeOver(node, exchange, () => {
          log.info('took a newer roster')
          return role.hello()
        }),
      ({ message }) => log.warn(message),
    )
  }
  const listen = async (envelope: Uint8Array) => {
    await follower.settled()
    return (await arrived.promise).receive(envelope)
  }
  try {
    await Promise.all([client.listen(listen), greet()])
  } catch (fault) {
    // A member that cannot start, or is refused, ends: one that went on listening would look alive.
    await client.close()
    await services.engine.close()
    if (!stopping) throw fault
  }
}

/** Lets a node's faults and notices be read; one that can keep nothing any more ends, to be started again. */
export function watchNode(node: Node, log: ReturnType<typeof logger>): void {
  const failRun = node.onFault
  node.onFault = (from, fault) => {
    log.error({ from, code: (fault as { code?: string }).code }, (fault as Error).message)
    failRun(from, fault)
  }
  node.onNotice = (text) => log.warn(text)
  node.onHalt = (fault) => {
    const { code, message } = fault as { code?: string; message: string }
    log.fatal({ code }, message)
    process.exit(exitCodeOf(code))
  }
}
