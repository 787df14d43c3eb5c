/**
 * Stands on the wire of a test consortium: sees every message before it is sealed, as its receiver will, and lets a test
 * play a party that deviates. Nothing inside a role is touched.
 */
import { expect } from 'vitest'
import { PLATFORM, type RunOptions, type RunResult } from '../../../federation/index.ts'
import type { Body, MessageType } from '../../../federation/messages/schema.ts'
import { type ConsortiumInput, type TestConsortium, testConsortium } from '../../helpers/consortium.ts'
import { syntheticInput } from '../../helpers/synthetic.ts'

/** A message on its way. */
export interface Posted {
  readonly from: string
  readonly to: string
  readonly type: MessageType
  readonly round: number
  readonly body: Record<string, unknown>
}

/** What a sender posts instead of a message; undefined leaves it as it is, an empty list swallows it. */
export type Deviation = (message: Posted, consortium: TestConsortium) => readonly Posted[] | undefined

/** What one party opens to another: a sum, a count or a mask that the receiver could not have known before. */
const RELEASES: readonly MessageType[] = [
  'labels.opened',
  'bins.counts',
  'round.gradient',
  'totals.masks',
  'score.masks',
  'evaluation.opened',
]

/** Three providers and two banks, small enough for many runs. */
export const smallInput = (changes: Partial<ConsortiumInput> = {}): ConsortiumInput => ({
  ...syntheticInput({ rows: 600, providers: 3, banks: 2, seed: 1, rounds: 1, columns: 1 }),
  ...changes,
})

/** Records all messages of a consortium, those that a deviation adds included. */
export function intercept(consortium: TestConsortium, deviate: Deviation = () => undefined): Posted[] {
  const recorded: Posted[] = []
  for (const [from, node] of consortium.nodes) {
    const post = node.post.bind(node)
    node.post = (to, type, body, round = 0) => {
      const message: Posted = { from, to, type, round, body: body as Record<string, unknown> }
      const instead = deviate(message, consortium) ?? [message]
      recorded.push(...instead)
      const sent = instead.map((one) => post(one.to, one.type, one.body as Body<MessageType>, one.round))
      return Promise.all(sent).then(() => {})
    }
  }
  return recorded
}

/** Replaces the first message that fits by others. */
export function onFirst(
  fits: Partial<Pick<Posted, 'from' | 'to' | 'type' | 'round'>>,
  instead: (message: Posted, consortium: TestConsortium) => readonly Posted[],
): Deviation {
  let done = false
  return (message, consortium) => {
    const wanted = Object.entries(fits).every(([key, value]) => message[key as keyof Posted] === value)
    if (done || !wanted) return undefined
    done = true
    return instead(message, consortium)
  }
}

/** The message with some fields of its body changed. */
export const changed = (message: Posted, fields: Record<string, unknown>): Posted => ({
  ...message,
  body: { ...message.body, ...fields },
})

export interface Outcome {
  readonly result: RunResult | undefined
  /** Code of the fault that ended the run, the party's own where a party reported it; null for none. */
  readonly code: string | null
  readonly text: string
  readonly recorded: readonly Posted[]
  readonly scorecards: ReadonlyMap<string, object>
}

/** Long enough for everything on its way: a hop of the memory transport takes one turn of the event loop. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30))

/** Runs a consortium with one deviation to its end, good or bad. */
export async function runWith(
  input: ConsortiumInput,
  deviate?: Deviation,
  overrides: Partial<RunOptions> = {},
): Promise<Outcome> {
  const consortium = await testConsortium(input)
  const recorded = intercept(consortium, deviate)
  const { scorecards } = consortium
  try {
    const result = await consortium.run(overrides)
    await settled()
    return { result, code: null, text: '', recorded, scorecards }
  } catch (fault) {
    await settled()
    const { code, cause, message } = fault as { code?: string; cause?: unknown; message: string }
    const own = typeof cause === 'string' ? cause : (code ?? 'no code')
    return { result: undefined, code: own, text: message, recorded, scorecards }
  } finally {
    await consortium.close()
  }
}

/** What opens something to the platform or begins another step. */
const FURTHER: readonly MessageType[] = [
  'labels.opened',
  'totals.masks',
  'score.masks',
  'evaluation.opened',
  'plan.approve',
  'round.start',
  'round.share',
  'totals.share',
  'score.share',
  'run.finish',
]

/**
 * The run ended with this code and this party's name, nobody kept a scorecard, and once the platform has told everybody,
 * nothing is opened to it and no step begins. (Parts of one gradient that were on their way to providers may still arrive.)
 */
export function expectStopped(outcome: Outcome, code: string, party: string): void {
  expect(outcome.code).toBe(`YX_FEDERATION_${code}`)
  expect(outcome.text).toContain(party)
  expect(outcome.scorecards.size).toBe(0)
  const stop = outcome.recorded.findIndex(({ from, type }) => from === PLATFORM && type === 'run.abort')
  const later = stop < 0 ? [] : outcome.recorded.slice(stop)
  const further = later.filter(({ type }) => FURTHER.includes(type))
  expect(further.map(({ from, to, type }) => `${from} -> ${to}: ${type}`)).toEqual([])
}

/** What a party released after it had itself said that the run is over. */
export function releasedAfterStopping({ recorded }: Outcome, party: string): string[] {
  const stop = recorded.findIndex(({ from, type }) => from === party && type === 'run.abort')
  return (stop < 0 ? [] : recorded.slice(stop))
    .filter(({ from, type }) => from === party && RELEASES.includes(type))
    .map(({ from, to, type }) => `${from} -> ${to}: ${type}`)
}

/** The counts of a `bins.counts` body, and which of them the gate shows. */
export function openedCounts(body: Record<string, unknown>) {
  const bytes = Uint8Array.from(body.counts as Uint8Array)
  const words = new Int32Array(bytes.buffer)
  const open = Array.from(body.open as Uint8Array, (flag) => flag === 1)
  return { counts: open.map((_, j) => ({ n: words[2 * j], bad: words[2 * j + 1] })), open }
}
