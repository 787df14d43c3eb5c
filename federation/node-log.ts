/**
 * A node's own log of its part in runs, for whoever has to account for it: one hash chain of what was opened, proposed, decided, what
 * left the node, and how runs ended. It holds hashes and sizes of what left, and no value, secret or content.
 */
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import type { Suite } from '../engine/index.ts'
import { federationErrors } from './errors.ts'
import type { LedgerHead } from './ledger-entry.ts'

export const NODE_EVENTS = [
  ...([
    'started',
    'opened',
    'proposed',
    'approved',
    'refused',
    'left',
    'finished',
    'aborted',
    'failed',
  ] as const),
]
export type NodeEventKind = (typeof NODE_EVENTS)[number]

/** What happened; fields that say nothing of an event are empty or 0. */
export interface NodeEvent {
  readonly kind: NodeEventKind
  readonly run: string
  /** Hash of the plan. */
  readonly plan: string
  /** `policy` or `person` of a decision; the receiver of what left; the code of a fault. */
  readonly who: string
  /** Reason of a decision or fault; type of a message. */
  readonly what: string
  readonly step: number
  readonly round: number
  readonly bytes: number
  /** Hash of the body that left. */
  readonly body: string
}

export interface NodeLogEntry extends NodeEvent {
  readonly index: number
  /** ISO time by the clock of the node. */
  readonly at: string
  readonly previous: string
  readonly hash: string
}

const Count = Type.Integer({ minimum: 0 })
const Text = Type.String({ maxLength: 4096 })
const Hash = Type.String({ pattern: '^([0-9a-f]{64})?$' })
const check = Compile(
  Type.Object(
    {
      index: Count,
      at: Text,
      kind: Type.Enum([...NODE_EVENTS]),
      run: Text,
      plan: Hash,
      who: Text,
      what: Text,
      step: Count,
      round: Count,
      bytes: Count,
      body: Hash,
      previous: Hash,
      hash: Hash,
    },
    { additionalProperties: false },
  ),
)

/** The entry that follows a head. */
export function linkEvent(
  suite: Suite,
  node: string,
  head: LedgerHead,
  at: string,
  { kind, run, plan, who, what, step, round, bytes, body }: NodeEvent,
): NodeLogEntry {
  const entry = {
    index: head.entries,
    at,
    ...{ kind, run, plan, who, what, step, round, bytes, body },
    previous: head.hash,
  }
  const text = JSON.stringify([node, entry])
  const hash = suite.hash(Buffer.from('yinxin node log 1\n'), Buffer.from(text, 'utf8'))
  return { ...entry, hash: Buffer.from(hash).toString('hex') }
}

/** An entry of a line, or null for a line that is none. */
export function parseLogLine(line: string): NodeLogEntry | null {
  try {
    const value: unknown = JSON.parse(line)
    return check.Check(value) ? (value as NodeLogEntry) : null
  } catch {
    return null
  }
}

/**
 * Checks a log link by link.
 * @param kept a head that was written down elsewhere; the log must contain it
 * @returns the head of the log
 * @throws NodeLogTampered naming the first entry that does not follow; NodeLogTruncated
 */
export function verifyLog(
  suite: Suite,
  node: string,
  entries: readonly (NodeLogEntry | null)[],
  kept: LedgerHead | null = null,
): LedgerHead {
  let head: LedgerHead = { entries: 0, hash: '' }
  for (const entry of entries) {
    const again = entry && linkEvent(suite, node, head, entry.at, entry)
    if (!again || JSON.stringify(again) !== JSON.stringify(entry))
      throw new federationErrors.NodeLogTampered(head.entries)
    head = { entries: head.entries + 1, hash: entry.hash }
  }
  if (kept === null) return head
  const there = kept.entries === 0 ? '' : entries[kept.entries - 1]?.hash
  if (there !== kept.hash) throw new federationErrors.NodeLogTruncated(entries.length, kept.entries)
  return head
}
