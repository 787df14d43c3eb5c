/**
 * What a node keeps of one run, to go on after it was killed at any point, and what a provider can be audited by: the run's
 * secret, every envelope it handled, where each message that it sent stands and the hash of its body. From these and the
 * node's own data the same messages are computed again. The envelopes are signed by their senders, so a provider cannot make
 * up what it was asked.
 *
 * One record is u32 length of what follows the kind | u8 kind | content: append-only, so a journal that a crash cut short
 * is whole up to its last record.
 */
import type { MessageType } from './messages/schema.ts'
import type { Place } from './streams.ts'

export type JournalRecord =
  | { readonly kind: 'secret'; readonly secret: Uint8Array }
  | {
      readonly kind: 'received'
      /** Milliseconds of the node's clock: plans expire. */
      readonly at: number
      readonly envelope: Uint8Array
    }
  | { readonly kind: 'sent'; readonly message: SentMessage }

/** What is kept of a message that left: not its content, which can be computed again. */
export interface SentMessage extends Place {
  readonly to: string
  readonly type: MessageType
  readonly round: number
  readonly step: number
  /** Tells apart messages of one type, round and receiver: key group, column range, opening. */
  readonly detail: string
  /** Hash of the encoded body, hex. */
  readonly body: string
  /** The body, base64, where it cannot be computed again: a signature may be randomised. */
  readonly content?: string
}

export interface RunJournal {
  /** Resolves once the record, and everything before it, will survive a crash. */
  append(record: JournalRecord): Promise<void>
  /**
   * A step of the run is over. Resolves once that will survive a crash.
   * @param state what the node goes on from; it replaces that of the step before, and the records before it
   * @param outcome what the step came to, kept to the end of the run
   * @param carried records that came before and are not covered by the state: they stand before all that follow
   */
  seal(
    step: number,
    state: Uint8Array,
    outcome?: Uint8Array,
    carried?: readonly JournalRecord[],
  ): Promise<void>
  close(): Promise<void>
}

/** What is left of a run that was not ended. */
export interface KeptRun {
  readonly journal: RunJournal
  /** Number of sealed steps, and what the last of them left. */
  readonly step: number
  readonly state: Uint8Array | null
  readonly outcomes: readonly Uint8Array[]
  /** Records since then, in their order; can be read more than once. */
  records(): AsyncIterable<JournalRecord>
}

/** The journals of a node, one a run. */
export interface RunJournals {
  /** @throws RunRecorded for a run that has one */
  begin(run: string): Promise<RunJournal>
  /** The newest run that was begun and not ended; none of which nothing was kept yet. */
  unfinished(): Promise<string | null>
  /** @throws RunUnrecorded */
  resume(run: string): Promise<KeptRun>
  /** The run is over: it is not gone on with, and what served that only is deleted. */
  end(run: string): Promise<void>
  /** Every record that is kept, for an audit. @throws RunUnrecorded */
  read(run: string): AsyncIterable<JournalRecord>
}

const KINDS = ['secret', 'received', 'sent'] as const
export const RECORD_HEAD = 5

/** Head and content of a record. */
export function encodeRecord(record: JournalRecord): [head: Uint8Array, ...content: Uint8Array[]] {
  const content = contentOf(record)
  const head = Buffer.alloc(RECORD_HEAD)
  head.writeUInt32LE(content.reduce((sum, part) => sum + part.length, 0))
  head[4] = KINDS.indexOf(record.kind)
  return [head, ...content]
}

function contentOf(record: JournalRecord): Uint8Array[] {
  if (record.kind === 'secret') return [record.secret]
  if (record.kind === 'sent') return [Buffer.from(JSON.stringify(record.message), 'utf8')]
  const at = Buffer.alloc(8)
  at.writeDoubleLE(record.at)
  return [at, record.envelope]
}

/** Bytes that follow a head. */
export const contentLength = (head: Uint8Array): number =>
  new DataView(head.buffer, head.byteOffset).getUint32(0, true)

export function decodeRecord(head: Uint8Array, content: Uint8Array): JournalRecord {
  const kind = KINDS[head[4]]
  if (kind === 'secret') return { kind, secret: content }
  if (kind === 'sent') return { kind, message: JSON.parse(Buffer.from(content).toString('utf8')) }
  const at = new DataView(content.buffer, content.byteOffset).getFloat64(0, true)
  return { kind: 'received', at, envelope: content.subarray(8) }
}
