/** What provider, label holder and key holder processes share: identity, engine, the way to the platform, orderly end. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  createEngine,
  type Identity,
  type MemberList,
  Membership,
  Node,
  type NodeServices,
  type Role,
  secureRandom,
} from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { logger } from '../logger.ts'
import { RelayClient } from '../transport/client.ts'

interface MemberConfig {
  readonly name: string
  readonly identity: string
  readonly members: string
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

/** Identity and member list of a node. @throws NodeFileUnreadable, UnknownMember */
export function readMembership(folder: string, config: MemberConfig): Membership {
  return new Membership(
    readNodeFile<MemberList>(folder, config.members),
    readNodeFile<Identity>(folder, config.identity),
  )
}

export const systemClock = { now: () => new Date() }

export const nodeServices = (threads: number): NodeServices => ({
  engine: createEngine(threads),
  random: secureRandom,
  clock: systemClock,
})

/**
 * Runs a member until it is told to stop.
 * @param build makes the role and its greeting from node and services
 */
export async function runMember(
  folder: string,
  config: MemberConfig & { platform: string },
  build: (node: Node, services: NodeServices) => Promise<Role & { hello(): Promise<void> }>,
): Promise<void> {
  const membership = readMembership(folder, config)
  const session = randomBytes(16).toString('hex')
  const client = new RelayClient(membership, config.platform, session, () => Date.now())
  const services = nodeServices(config.threads)
  const node = new Node(membership, client, session)
  const log = logger(config.name)
  node.onFault = (from, fault) =>
    log.error({ from, code: (fault as { code?: string }).code }, (fault as Error).message)
  node.onNotice = (text) => log.warn(text)
  const stop = async () => {
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
    await role.hello()
    log.info('ready')
  }
  // A member that cannot start ends: one that went on listening would look alive and never say hello.
  const greetOrEnd = () =>
    greet().catch(async (fault) => {
      await client.close()
      await services.engine.close()
      throw fault
    })
  await Promise.all([client.listen((envelope) => void node.receive(envelope)), greetOrEnd()])
}
