/**
 * The journal of the run that a node takes part in, as its {@link Node} writes it: what arrived, where each message that left
 * stands in its stream, what a sealed step left. After a restart the same messages are computed once more; each finds the place
 * that it had, and one that is not the same is not sent.
 */

import { federationErrors } from './errors.ts'
import { decodeState, encodeState } from './messages/codec.ts'
import type { Encoded } from './messages/envelope.ts'
import type { MessageType } from './messages/schema.ts'
import type { Clock, Untaken } from './ports.ts'
import type { JournalRecord, KeptRun, RunJournal, RunJournals, SentMessage } from './run-journal.ts'
import type { Link, Place, Streams, StreamsState } from './streams.ts'

/** Their bodies cannot be computed again: signatures may be randomised, and a ledger may have grown since. */
const KEPT_WHOLE: ReadonlySet<MessageType> = new Set(['plan.approve', 'run.open', 'ledger.state'])

/** What tells apart messages of one type, round and receiver. */
const DETAILS = ['group', 'provider', 'from', 'opening', 'evaluation', 'vector', 'party'] as const

/** Where a message stands, and its body: the recorded one where it cannot be computed again. */
export interface Noted {
  readonly place: Place
  readonly encoded: Encoded
  /** Resolves when the message may leave. */
  readonly durable: Promise<void>
}

/** Once a step is sealed, a role knows from its own state what it may still draw. */
const NO_SECRET: Uint8Array = new Uint8Array(0)

/** What of a run was sealed last; not its secret, from which the randomness of every sealed step would follow. */
export interface SealedState {
  readonly plan: string
  readonly streams: StreamsState
  readonly role: object
  /** What members had not taken yet when the platform sealed the step: its queues do not outlive it. */
  readonly untaken?: readonly Untaken[]
}

export class RunLog {
  readonly run: string
  /** Empty once a step was sealed in an earlier life. */
  readonly secret: Uint8Array
  /** Number of sealed steps. */
  step: number
  /** It is not gone on with any more. */
  over = false
  #node: string
  #journal: RunJournal
  #clock: Clock
  /** Messages of the current step that were sent in an earlier life, by what they are. */
  #earlier = new Map<string, SentMessage>()
  /** How often a message of one description was sent in this step. */
  #times = new Map<string, number>()

  private constructor(
    node: string,
    run: string,
    secret: Uint8Array,
    journal: RunJournal,
    clock: Clock,
    step: number,
  ) {
    this.#node = node
    this.run = run
    this.secret = secret
    this.#journal = journal
    this.#clock = clock
    this.step = step
  }

  /** @throws RunRecorded, JournalUnwritable */
  static async begin(
    node: string,
    journals: RunJournals,
    run: string,
    secret: Uint8Array,
    clock: Clock,
  ): Promise<RunLog> {
    const log = new RunLog(node, run, secret, await journals.begin(run), clock, 0)
    await log.#append({ kind: 'secret', secret })
    return log
  }

  /** Opens what is left of a run. */
  static async reopen(
    node: string,
    run: string,
    kept: KeptRun,
    clock: Clock,
  ): Promise<{ log: RunLog; sealed: SealedState | null }> {
    const sealed = kept.state && decodeState<SealedState>(kept.state)
    let secret: Uint8Array | undefined = sealed ? NO_SECRET : undefined
    const sent: SentMessage[] = []
    for await (const record of kept.records()) {
      if (record.kind === 'secret') secret = record.secret
      if (record.kind === 'sent') sent.push(record.message)
    }
    // A run that was cut off before its secret was on disk has sent nothing.
    if (!secret) throw new federationErrors.RunUnrecorded(run)
    const log = new RunLog(node, run, secret, kept.journal, clock, kept.step)
    for (const message of sent) log.#earlier.set(log.#describe(message), message)
    log.#times.clear()
    return { log, sealed }
  }

  /** Lets the streams know of what was sent in an earlier life. */
  advance(streams: Streams): void {
    const earlier = [...this.#earlier.values()].sort((a, b) => a.counter - b.counter)
    for (const message of earlier) streams.advance(message.to, message, message)
  }

  /** An envelope that is about to be handled; resolves when it is durable. */
  received(envelope: Uint8Array): Promise<void> {
    return this.#append({ kind: 'received', at: this.#clock.now().getTime(), envelope })
  }

  /**
   * A message that is about to leave takes its place.
   * @throws RunDiverged if another one left at that place before
   */
  sending(
    to: string,
    message: { type: MessageType; round: number; body: object },
    encoded: Encoded,
    streams: Streams,
  ): Noted {
    const { type, round } = message
    const detail = detailOf(message.body)
    const link: Link = { type, round, step: this.step, body: encoded.hash }
    const earlier = this.#earlier.get(this.#describe({ to, type, round, detail }))
    if (earlier) {
      const { content, body: hash } = earlier
      if (content === undefined && hash !== encoded.hash)
        throw new federationErrors.RunDiverged(this.#node, type, to)
      const bytes = content === undefined ? encoded.bytes : new Uint8Array(Buffer.from(content, 'base64'))
      return { place: earlier, encoded: { bytes, hash }, durable: Promise.resolve() }
    }
    const place = streams.next(to, link)
    const content = KEPT_WHOLE.has(type) && { content: Buffer.from(encoded.bytes).toString('base64') }
    const sent: SentMessage = { to, ...link, type, detail, ...place, ...content }
    return { place, encoded, durable: this.#append({ kind: 'sent', message: sent }) }
  }

  /**
   * A step is over; resolves when that is durable.
   * @param early envelopes of the steps to come
   */
  async seal(
    step: number,
    state: SealedState,
    outcome: object | undefined,
    early: readonly Uint8Array[],
  ): Promise<void> {
    const at = this.#clock.now().getTime()
    const carried = early.map((envelope): JournalRecord => ({ kind: 'received', at, envelope }))
    const bytes = outcome && encodeState(outcome)
    await this.#heed(this.#journal.seal(step, encodeState(state), bytes, carried))
    this.step = step
    this.#earlier.clear()
    this.#times.clear()
  }

  close(): Promise<void> {
    return this.#journal.close()
  }

  #append(record: JournalRecord): Promise<void> {
    return this.#heed(this.#journal.append(record))
  }

  async #heed(kept: Promise<void>): Promise<void> {
    try {
      await kept
    } catch (fault) {
      const cause = (fault as { code?: string }).code ?? (fault as Error).name
      throw new federationErrors.JournalUnwritable(this.run, cause)
    }
  }

  /** The name of a message within its step: the same in every life, whatever came between. */
  #describe({ to, type, round, detail }: Pick<SentMessage, 'to' | 'type' | 'round' | 'detail'>): string {
    const description = JSON.stringify([to, type, round, detail])
    const times = (this.#times.get(description) ?? 0) + 1
    this.#times.set(description, times)
    return `${description} ${times}`
  }
}

function detailOf(body: object): string {
  const known = body as Record<string, unknown>
  return DETAILS.filter((name) => name in known)
    .map((name) => `${name} ${known[name]}`)
    .join(', ')
}
