/**
 * What a server received in one run: sender, type, round and hash of each body, in order and hash-chained. An auditor at a
 * provider compares a replay with it, because a provider that deviates would not write its own deviation into its journal.
 */
import type { Suite } from '../engine/index.ts'
import { federationErrors } from './errors.ts'
import { KEY_HOLDER, type Membership, PLATFORM } from './members.ts'
import type { MessageType } from './messages/schema.ts'
import type { Node } from './node.ts'

export interface TranscriptEntry {
  readonly from: string
  readonly type: MessageType
  readonly round: number
  /** Hash of the encoded body, hex. */
  readonly body: string
  /** Hash of the entry before, empty for the first. */
  readonly previous: string
  readonly hash: string
}

/** Keeps the entries of each run, in order. */
export interface TranscriptSink {
  /** What an earlier life of the server noted of a run; empty if there is nothing. */
  load?(run: string): Promise<readonly TranscriptEntry[]>
  append(run: string, entry: TranscriptEntry): Promise<void>
}

/** What a server gives to an auditor. */
export interface Transcript {
  readonly server: string
  readonly run: string
  readonly entries: readonly TranscriptEntry[]
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const hashOf = (
  suite: Suite,
  run: string,
  { from, type, round, body, previous }: Omit<TranscriptEntry, 'hash'>,
) =>
  hex(
    suite.hash(
      Buffer.from(`yinxin transcript 1\n${JSON.stringify([run, from, type, round, body, previous])}`),
    ),
  )

/** What is signed under an exported transcript. */
const closing = (suite: Suite, run: string, server: string, last: string): Uint8Array =>
  suite.hash(Buffer.from(`yinxin transcript end 1\n${JSON.stringify([run, server, last])}`))

/**
 * Lets a server's node note everything that it receives in a run, before it handles it. What it handles once more after a restart is
 * in its transcript already.
 */
export function keepTranscripts(node: Node, sink: TranscriptSink): void {
  const { suite } = node.membership
  const noted = { run: '', hash: '', messages: new Set<string>() }
  const keyOf = ({ from, type, round, body }: Omit<TranscriptEntry, 'previous' | 'hash'>) =>
    [from, type, round, body].join(' ')
  node.onReceived = async ({ from, type, round, run, bytes }) => {
    // Late or foreign messages belong to no transcript: they would break the chains of two runs. A greeting is of no run.
    if (run === '' || ![node.current.run, node.night].includes(run) || type === 'party.hello') return
    if (run !== noted.run) {
      const kept = (await sink.load?.(run)) ?? []
      Object.assign(noted, { run, hash: kept.at(-1)?.hash ?? '', messages: new Set(kept.map(keyOf)) })
    }
    const entry = { from, type, round, body: hex(suite.hash(bytes)), previous: noted.hash }
    if (noted.messages.has(keyOf(entry))) return
    noted.messages.add(keyOf(entry))
    noted.hash = hashOf(suite, run, entry)
    await sink.append(run, { ...entry, hash: noted.hash })
  }
}

/** A transcript as a server hands it out: a line an entry, then its signature. */
export function signTranscript(
  membership: Membership,
  run: string,
  entries: readonly TranscriptEntry[],
): string {
  const { name, suite } = membership
  const signature = hex(membership.sign(closing(suite, run, name, entries.at(-1)?.hash ?? '')))
  const lines = [...entries, { run, server: name, signature }]
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

/**
 * Reads a transcript that a server handed out.
 * @throws TranscriptRefused if its chain or its signature does not hold
 */
export function readTranscript(membership: Membership, text: string): Transcript {
  const { suite } = membership
  const refuse = (why: string) => new federationErrors.TranscriptRefused(why)
  let lines: Record<string, unknown>[]
  try {
    lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  } catch {
    throw refuse('it is not one JSON object a line')
  }
  const { run, server, signature } = (lines.pop() ?? {}) as Record<string, string>
  const entries = lines as unknown as TranscriptEntry[]
  if (![run, server, signature].every((value) => typeof value === 'string'))
    throw refuse('it has no signature')
  let previous = ''
  for (const entry of entries) {
    if (entry.previous !== previous || entry.hash !== hashOf(suite, run, entry))
      throw refuse('its chain is broken')
    previous = entry.hash
  }
  const signed = closing(suite, run, server, previous)
  if (server !== PLATFORM && server !== KEY_HOLDER) throw refuse('it is not of a server')
  if (!membership.verify(server, signed, Buffer.from(signature, 'hex')))
    throw refuse('its signature does not hold')
  return { server, run, entries }
}
