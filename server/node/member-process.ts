/** What provider, label holder and key holder processes share: identity, engine, the way to the platform, orderly end. */
import {
  createEngine,
  type Identity,
  type Membership,
  Node,
  type NodeServices,
  type Role,
  type RunJournals,
  secureRandom,
} from '../../federation/index.ts'
import { approverOf } from '../approval/approver-of.ts'
import { exitCodeOf } from '../cli/exit-code-of.ts'
import type { TlsConfig } from '../config.ts'
import { ListFollower } from '../consortium/follow-lists.ts'
import { logger } from '../logger.ts'
import { changeOver } from '../roster/change-over.ts'
import type { FollowedHoldings } from '../roster/followed-holdings.ts'
import { beginLife, peerFile } from '../state/node-files.ts'
import { openState } from '../state/state-folder.ts'
import { RelayClient } from '../transport/client.ts'
import { TlsFiles } from '../transport/tls-files.ts'
import { keepLog, loggedApprover } from './keep-log.ts'
import { NodeLogFile } from './log-file.ts'
import { type MemberConfig, openMembership, readNodeFile, systemClock } from './membership.ts'

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
  node.onFault = (from, fault, failed) => {
    log.error({ from, code: (fault as { code?: string }).code }, (fault as Error).message)
    failRun(from, fault, failed)
  }
  node.onNotice = (text) => log.warn(text)
  node.onHalt = (fault) => {
    const { code, message } = fault as { code?: string; message: string }
    log.fatal({ code }, message)
    process.exit(exitCodeOf(code))
  }
}
