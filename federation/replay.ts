/**
 * Replayable audit at a provider's site (protocol.md section 8): the envelopes of a run's journal are handled once more by a
 * fresh role with the same identity, data and run secret, and what it sends is compared, byte for byte by hash, with what
 * the journal says was sent and with what the servers say they received.
 */
import type { EngineHost } from '../engine/index.ts'
import type { PartyPolicy } from './approval.ts'
import { MADE_UP_DATA, type ProviderAuthorisation } from './authorisation/data-use.ts'
import { federationErrors } from './errors.ts'
import { describeFault } from './faults-told.ts'
import { always } from './holdings.ts'
import type { Membership } from './members.ts'
import { noJournals } from './memory-journals.ts'
import { memoryFineBins, memoryOfPeers } from './memory-stores.ts'
import type { MessageType } from './messages/schema.ts'
import { Node } from './node.ts'
import type { FineBinStore, ProviderData, RosterView } from './ports.ts'
import { ProviderRole } from './roles/provider.ts'
import type { SentMessage as Recorded, RunJournals } from './run-journal.ts'
import type { Transcript } from './transcript.ts'

export interface ReplayOptions {
  readonly membership: Membership
  readonly engine: EngineHost
  readonly roster: RosterView
  readonly data: ProviderData
  readonly policy: PartyPolicy
  /** The provider's rules and the list of that run; without it every row may be used, and a run about a list is refused. */
  readonly authorisation?: ProviderAuthorisation
  /** Fine bins that the provider kept: a run may have merged its bins by those of an earlier one. None are written. */
  readonly fineBins?: FineBinStore
  readonly journals: RunJournals
  readonly run: string
  /** What the servers received in this run; without any, only the provider's own word is compared. */
  readonly received: readonly Transcript[]
  /** Told every message that was computed again, for a list of them. */
  readonly onComputed?: (message: SentMessage) => void
}

/** What is compared of a message. */
export type SentMessage = Pick<Recorded, 'to' | 'type' | 'round' | 'body'>

export interface ReplayDifference {
  /** Place among the messages that the replay sent, from 1. */
  readonly message: number
  readonly to: string
  readonly type: MessageType
  readonly round: number
  readonly what: string
  /** Who says otherwise: the journal, or a server. */
  readonly against: string
}

export interface ReplayReport {
  /** Messages computed again. */
  readonly messages: number
  readonly difference: ReplayDifference | null
}

/** Cannot be computed again, or need not be: a signature may be randomised, an abort carries an error's text and no data. */
const NOT_REPLAYED: ReadonlySet<MessageType> = new Set(['run.abort', 'plan.approve'])

const OWN_JOURNAL = 'the journal'

/** What a message is made of, in the words of the report. */
const SUBJECTS: Partial<Record<MessageType, string>> = {
  'basis.ready': 'the columns or the commitment to them',
  'bins.answer': 'the answer to a query for fine bins: columns, mask or encryption',
  'round.share': 'the totals of the rows',
  'round.answer': 'the answer to a query: columns, mask or encryption',
  'challenge.masks': 'the sums of masks of a challenge',
  'totals.share': 'the totals of the rows, for an opening',
  'score.share': 'the points or exclusions',
}
const subjectOf = (type: MessageType): string => SUBJECTS[type] ?? 'the content'

/** Compares messages in their order with what one witness says. */
class Witness {
  readonly name: string
  #said: SentMessage[]

  constructor(name: string, said: SentMessage[]) {
    this.name = name
    this.#said = said
  }

  /** What differs between the next message and what is said of it; null if nothing does, or if nothing more is said. */
  compare({ type, round, body }: SentMessage): string | null {
    const said = this.#said.shift()
    if (!said) return null
    if (said.type !== type || said.round !== round) return `it was "${said.type}" of round ${said.round}`
    return said.body === body ? null : subjectOf(type)
  }

  add(message: SentMessage): void {
    this.#said.push(message)
  }

  /** The first message that is said to have been sent and was not computed. */
  get left(): SentMessage | undefined {
    return this.#said[0]
  }
}

/**
 * Replays one run up to the first difference.
 * @throws RunUnrecorded
 */
export async function replayRun(options: ReplayOptions): Promise<ReplayReport> {
  const { membership, engine, roster, data, policy, journals, run, received } = options
  const { name } = membership
  const servers = received
    .filter((transcript) => transcript.run === run)
    .map(({ server, entries }) => {
      const mine = entries.filter(({ from, type }) => from === name && !NOT_REPLAYED.has(type))
      return new Witness(
        server,
        mine.map(({ type, round, body }) => ({ to: server, type, round, body })),
      )
    })
  const own = new Witness(OWN_JOURNAL, [])
  const computed: SentMessage[] = []
  const secrets: Uint8Array[] = []
  let at = 0
  const services = {
    engine,
    random: () => {
      const secret = secrets.pop()
      if (!secret) throw new federationErrors.RunUnrecorded(run)
      return secret
    },
    clock: { now: () => new Date(at) },
  }
  const capture: RunJournals = {
    ...noJournals,
    begin: async () => ({
      async append(record) {
        if (record.kind !== 'sent' || NOT_REPLAYED.has(record.message.type)) return
        computed.push(record.message)
        options.onComputed?.(record.message)
      },
      seal: async () => {},
      close: async () => {},
    }),
  }
  const life = { session: `replay of ${run}`, life: 1 }
  const memory = { journals: capture, peers: memoryOfPeers(), clock: services.clock }
  const node = new Node(membership, { send: async () => {} }, life, memory)
  const sink = { keep: async () => {} }
  const authorisation = options.authorisation ?? MADE_UP_DATA
  const source = always({ roster, data, authorisation })
  const fineBins = { ...(options.fineBins ?? memoryFineBins()), keep: async () => {} }
  node.attach(new ProviderRole(node, services, source, policy, sink, fineBins))
  let fault: unknown
  node.onFault = (_, cause) => {
    fault ??= cause
  }

  let compared = 0
  const differenceFrom = (witness: Witness, message: SentMessage, what: string): ReplayReport => {
    const { to, type, round } = message
    return {
      messages: compared,
      difference: { message: compared, to, type, round, what, against: witness.name },
    }
  }
  /** Compares what was computed so far; a witness that says more than that contradicts the replay. */
  const compare = (): ReplayReport | null => {
    for (const message of computed.splice(0)) {
      compared++
      for (const witness of [own, ...servers.filter(({ name: server }) => server === message.to)]) {
        const what = witness.compare(message)
        if (what) return differenceFrom(witness, message, what)
      }
    }
    return own.left ? differenceFrom(own, own.left, notComputed(fault)) : null
  }
  let envelope: Uint8Array | undefined
  /** Handles the envelope whose messages the journal has named by now. */
  const handle = async (): Promise<ReplayReport | null> => {
    if (envelope) await node.receive(envelope)
    // It is received before it is handled.
    await node.enqueue(async () => {})
    envelope = undefined
    return compare()
  }
  for await (const record of journals.read(run)) {
    if (record.kind === 'secret') secrets.push(record.secret)
    else if (record.kind === 'sent') {
      if (!NOT_REPLAYED.has(record.message.type)) own.add(record.message)
    } else {
      const found = await handle()
      if (found) return found
      envelope = record.envelope
      at = record.at
    }
  }
  const found = await handle()
  if (found) return found
  for (const server of servers) {
    if (server.left) return differenceFrom(server, server.left, notComputed(fault))
  }
  return { messages: compared, difference: null }
}

const notComputed = (fault: unknown): string =>
  fault === undefined
    ? 'the replay sends no such message'
    : `the replay stops with ${describeFault(fault).code}`
