/**
 * What a provider keeps of one run: its secret, every envelope it handled, the hash of every body it sent. From these and
 * its data files the run can be replayed (replay.ts). The envelopes are signed by platform and key holder, so a provider
 * cannot make up what it was asked.
 *
 * One record is u32 length of what follows the kind | u8 kind | content: append-only, so a journal that a crash cut short
 * is whole up to its last record.
 */
import type { MessageType } from './messages/schema.ts'

export type JournalRecord =
  | { readonly kind: 'secret'; readonly secret: Uint8Array }
  | {
      readonly kind: 'received'
      /** Milliseconds of the node's clock: plans expire. */
      readonly at: number
      readonly envelope: Uint8Array
    }
  | { readonly kind: 'sent'; readonly message: SentMessage }

/** What is kept of a message that left: never its content, which can be computed again. */
export interface SentMessage {
  readonly to: string
  readonly type: MessageType
  readonly round: number
  /** Hash of the encoded body, hex. */
  readonly body: string
}

export interface RunJournal {
  /** Resolves once the record, and everything before it, will survive a crash. */
  append(record: JournalRecord): Promise<void>
  close(): Promise<void>
}

/** The journals of a provider, one a run. */
export interface RunJournals {
  /** @throws RunRecorded for a run that has one */
  begin(run: string): Promise<RunJournal>
  /** @throws RunUnrecorded */
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
