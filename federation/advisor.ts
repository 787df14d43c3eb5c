/**
 * The advisor: rounds, bins, ridge, noise and trees of a plan, from the noisy counts of labelled rows and bads alone; nobody picks them
 * by trial on labels (protocol.md section 2).
 */
import { listsOfRound } from './exchanges.ts'
import {
  type BoosterPlan,
  MAX_BOOSTER_ROUNDS,
  MAX_ROUNDS,
  ROWS_PER_COLUMN_AND_ROUND,
  type RunPlan,
  type RunSettings,
} from './plan.ts'

/** Fewer rounds than this do not train a model worth its privacy. */
const LEAST_ROUNDS = 2

export interface Advice {
  readonly bins: number
  readonly lambda: number
  /** All rounds, and those of them that are logistic ones. */
  readonly rounds: number
  readonly logisticRounds: number
  readonly sigma: number
  readonly booster: BoosterPlan | null
  readonly warnings: readonly string[]
}

const SCORECARD_SIZES = {
  rich: (providers: number) => ({ bins: 10, lambda: 100, rounds: providers >= 10 ? 12 : 8, sigma: 10 }),
  poor: { bins: 5, lambda: 400, rounds: 4, sigma: 4 },
}
const BOOSTER_SIZES = {
  rich: (providers: number) => ({ bins: 16, lambda: 100, rounds: providers >= 4 ? 20 : 30, sigma: 10 }),
  poor: { bins: 8, lambda: 400, rounds: 15, sigma: 4 },
}
const TREE_DEPTH = 2
/**
 * All providers boost the same residual at once, so what their trees have in common is added up: together they take 1.8 of it,
 * 0.3 each of six (protocol.md section 2); measured, sixteen stall at 0.3 each, and two learn too little.
 */
const JOINT_SHRINKAGE = 1.8
const MOST_SHRINKAGE = 0.6
/** As of an ordinary bin. */
const LEAST_LEAF_ROWS = 100

/**
 * Rounds, bins, ridge, noise and trees for a label snapshot (protocol.md section 2).
 * @param bads noisy number of bads in the training folds
 */
export function advise(bads: number, providers: number, settings: RunSettings): Advice {
  const warnings: string[] = []
  if (bads < 150) {
    warnings.push(
      `about ${Math.max(0, Math.round(bads))} defaults to learn from: no small epsilon and good model go together below 150`,
    )
  }
  const rich = bads >= 2000
  const boosts = settings.model === 'booster'
  const sizes = boosts ? BOOSTER_SIZES : SCORECARD_SIZES
  const advice = rich ? sizes.rich(providers) : sizes.poor
  const logisticRounds = settings.logisticRounds ?? 0
  const most = boosts ? MAX_BOOSTER_ROUNDS : MAX_ROUNDS
  const linear = settings.rounds ?? Math.min(advice.rounds, most - logisticRounds)
  return {
    bins: settings.bins ?? advice.bins,
    lambda: settings.lambda ?? advice.lambda,
    rounds: linear + logisticRounds,
    logisticRounds,
    sigma: settings.sigma ?? advice.sigma,
    booster: boosts
      ? {
          depth: settings.depth ?? TREE_DEPTH,
          shrinkage: Math.min(MOST_SHRINKAGE, JOINT_SHRINKAGE / providers),
          leastRows: LEAST_LEAF_ROWS,
        }
      : null,
    warnings,
  }
}

/**
 * The advised rounds, cut down to what the labelled rows allow; a number that the user fixed is left to {@link checkLimits}.
 */
export function roundsFor(
  advised: number,
  labelled: number,
  widest: number,
  model: Pick<RunPlan, 'booster'>,
): number {
  const asked = Math.max(1, widest) * listsOfRound(model)
  const most = Math.floor(labelled / (ROWS_PER_COLUMN_AND_ROUND * asked))
  return Math.max(LEAST_ROUNDS, Math.min(advised, most))
}
