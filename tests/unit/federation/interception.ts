/**
 * Stands on the wire of a test consortium: sees every message before it is sealed, as its receiver will, and lets a test
 * play a party that deviates. Nothing inside a role is touched.
 */
import type { Body, MessageType } from '../../../federation/messages/schema.ts'
import type { RunOptions, RunResult } from '../../../federation/index.ts'
import { type ConsortiumInput, type TestConsortium, testConsortium } from '../../helpers/consortium.ts'

/** A message on its way. */
export interface Posted {
  readonly from: string
  readonly to: string
  readonly type: MessageType
  readonly round: number
  readonly body: Record<string, unknown>
}

/** What a sender posts instead of a message; undefined leaves it as it is, an empty list swallows it. */
export type Deviation = (message: Posted) => readonly Posted[] | undefined

/** What one party opens to another: a sum, a count or a mask that the receiver could not have known before. */
export const RELEASES: readonly MessageType[] = [
  'labels.opened',
  'bins.part',
  'bins.counts',
  'round.gradient',
  'score.masks',
  'evaluation.opened',
]

/** Records all messages of a consortium, those that a deviation adds included. */
export function intercept(consortium: TestConsortium, deviate: Deviation = () => undefined): Posted[] {
  const recorded: Posted[] = []
  for (const [from, node] of consortium.nodes) {
    const post = node.post.bind(node)
    node.post = (to, type, body, round = 0) => {
      const message: Posted = { from, to, type, round, body }
      const instead = deviate(message) ?? [message]
      recorded.push(...instead)
      const sent = instead.map((one) => post(one.to, one.type, one.body as Body<MessageType>, one.round))
      return Promise.all(sent).then(() => {})
    }
  }
  return recorded
}

export interface Outcome {
  readonly result: RunResult | undefined
  /** Code of the fault with which the platform's run ended, or of the party's fault that ended it; null for none. */
  readonly code: string | null
  readonly text: string
  readonly recorded: readonly Posted[]
  readonly scorecards: ReadonlyMap<string, object>
}

/** Lets what is still on its way arrive: every hop of the memory transport takes one turn of the event loop. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30))

/** Runs a consortium with one deviation to its end, good or bad. */
export async function runWith(
  input: ConsortiumInput,
  deviate?: Deviation | ((consortium: TestConsortium) => Deviation),
  overrides: Partial<RunOptions> = {},
): Promise<Outcome> {
  const consortium = await testConsortium(input)
  const rule = deviate && (deviate.length === 1 && deviate.name === 'build' ? undefined : (deviate as Deviation))
  const recorded = intercept(consortium, rule)
  try {
    const result = await consortium.run(overrides)
    return { result, code: null, text: '', recorded, scorecards: consortium.scorecards }
  } catch (fault) {
    await settled()
    const { code, cause, message } = fault as { code?: string; cause?: unknown; message: string }
    return {
      result: undefined,
      code: typeof cause === 'string' ? cause : (code ?? 'no code'),
      text: message,
      recorded,
      scorecards: consortium.scorecards,
    }
  } finally {
    await consortium.close()
  }
}

/** Index of the first message that says that the run is over, or -1. */
export const stoppedAt = (recorded: readonly Posted[]): number =>
  recorded.findIndex(({ type }) => type === 'run.abort')
