/** What a provider fits in the rounds of a run, whichever model the plan names: a scorecard's weights or a booster's trees. */
import { additivePoints, additiveTotals, clipTotals } from './additive.ts'
import { type BoostingOptions, type BoostingState, LocalBoosting } from './boosting.ts'
import { pointsPerBin } from './scorecard.ts'
import { STEP_UNIT, type StepOptions, type StepScale, type StepState } from './step.ts'
import { type Groups, TiedStep } from './tied-step.ts'
import { leavesOf, rootOf, type Tree } from './tree.ts'

/** A provider's part of a model, on the logit scale: a row's total is the weights of its bins and the values of its leaves. */
export interface FittedPart {
  /** One a basis index; all 0 of a booster. */
  readonly weights: Float64Array
  /** None of a scorecard. */
  readonly trees: readonly Tree[]
}

export type EstimatorState = StepState | BoostingState

/** Deterministic; every gradient is one exchange with both servers. */
export interface Estimator {
  readonly part: FittedPart
  /** The level of a tree that the next gradient is about; always 0 of a scorecard. */
  readonly level: number
  /** Lists of codes over the training rows that the next gradient is about; at level 0 the committed columns alone. */
  readonly asked: readonly (readonly Uint8Array[])[]
  /** 4096 times the total of every training row at the point that the next residual is about, clipped to +-bound; how many were. */
  totals(bound: number): { totals: Float64Array; clipped: number }
  /**
   * @param gradient lifted, `width` entries for each list asked for
   * @param scale of a scorecard's logistic round; units of 1/4096 without it
   * @throws GradientInvalid
   */
  advance(gradient: Float64Array, scale?: StepScale): void
  /** What is kept to resume between two rounds. */
  toJSON(): EstimatorState
}

/**
 * Weights of bins, fitted by accelerated steps.
 * @param groups bins that carry one weight
 * @throws what `TiedStep` throws
 */
export function scorecardEstimator(options: StepOptions, groups: Groups, from?: EstimatorState): Estimator {
  const step = new TiedStep(options, groups, from as StepState | undefined)
  return {
    get part() {
      return { weights: step.weights, trees: [] }
    },
    level: 0,
    asked: [options.codes],
    totals: (bound) => additiveTotals(options.codes, step.lookAhead, bound, step.lookAheadLevel),
    advance: (gradient, scale) => step.advance(gradient, scale),
    toJSON: () => step.toJSON(),
  }
}

/** Boosted trees. @throws what `LocalBoosting` throws */
export function boosterEstimator(options: BoostingOptions, from?: EstimatorState): Estimator {
  const boosting = from ? LocalBoosting.fromJSON(from as BoostingState, options) : new LocalBoosting(options)
  return {
    get part() {
      return { weights: new Float64Array(options.width), trees: boosting.trees }
    },
    get level() {
      return boosting.level
    },
    get asked() {
      return boosting.asked
    },
    totals: (bound) => clipTotals(boosting.totals.slice(), bound),
    advance: (gradient) => boosting.advance(gradient),
    toJSON: () => boosting.toJSON(),
  }
}

/** A tree as a scorecard carries it: hundredths of a point for each leaf, rounded once per leaf. */
export interface PointTree extends Pick<Tree, 'depth' | 'splits'> {
  readonly points: readonly number[]
}

/** @param slope of the calibration, folded into the points */
export function pointTrees(trees: readonly Tree[], slope: number): PointTree[] {
  return trees.map(({ depth, splits, values }) => {
    const logits = Float64Array.from(values, (value) => value / STEP_UNIT)
    return { depth, splits, points: Array.from(pointsPerBin(logits, slope), (points) => points + 0) }
  })
}

/**
 * Points of each row in hundredths: of the bins it occupies and of the leaves it falls into. A row that occupies no bin has
 * none. Signed 32-bit words that wrap around.
 *
 * @param codes one array per column, one code a row
 * @param points one per basis index
 * @throws ColumnLength
 */
export function pointsOfRows(
  codes: readonly Uint8Array[],
  points: Int32Array,
  trees: readonly PointTree[],
): Int32Array {
  const totals = additivePoints(codes, points)
  if (trees.length === 0) return totals
  const root = rootOf(codes)
  for (const tree of trees) {
    const leaves = leavesOf(tree, codes, root)
    for (let row = 0; row < totals.length; row++) totals[row] += tree.points[leaves[row]]
  }
  return totals
}
