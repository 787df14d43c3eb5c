/**
 * What a provider fits in the rounds of a run, a scorecard or a booster as the plan says. The first thing of a scorecard, before its
 * first totals leave, is what it decides on its own columns by the fine bins that it knows (models/column-choice.ts): bins that carry
 * one weight. Once decided it stays, over restarts too.
 */
import {
  boosterEstimator,
  type ColumnChoice,
  type ColumnRules,
  checkSigns,
  chooseColumns,
  type Estimator,
  type EstimatorState,
  type FittedPart,
  groupsOf,
  leakyColumns,
  type StepScale,
  scorecardEstimator,
  type Trend,
} from '../../models/index.ts'
import { federationErrors } from '../errors.ts'
import type { RunPlan } from '../plan.ts'
import type { ProviderBins } from './provider-bins.ts'
import type { ProviderColumns } from './provider-columns.ts'

/** What is kept of it at the end of a step, which no tree is half grown at; null before the first round. */
export type FitState = { readonly choice: ColumnChoice | null; readonly estimator: EstimatorState } | null

/** What is fitted, and by which rules. */
export interface FitParts {
  readonly plan: RunPlan
  readonly columns: ProviderColumns
  readonly bins: ProviderBins
  /** One entry a basis column. */
  readonly trends: readonly (Trend | undefined)[]
  readonly rules: ColumnRules
  /** Codes of all rows of the roster that may be used for training. */
  readonly all: () => readonly Uint8Array[]
}

/** What comes out of it. */
export interface ProviderPart {
  /** No weight against a stated trend. */
  readonly part: FittedPart
  /** What was decided on the columns of a scorecard. */
  readonly choice: ColumnChoice | null
  /** Columns whose weights the sign check changed, one entry a basis column. */
  readonly pooled: readonly boolean[]
}

interface Begun {
  readonly choice: ColumnChoice | null
  readonly estimator: Estimator
}

export class ProviderFit {
  readonly #parts: FitParts
  #begun: Begun | undefined

  constructor(parts: FitParts, from: FitState = null) {
    this.#parts = parts
    if (from) this.#begun = this.#open(from.choice, from.estimator)
  }

  get state(): FitState {
    return this.#begun ? { choice: this.#begun.choice, estimator: this.#begun.estimator.toJSON() } : null
  }

  /** The level of a tree that the next gradient is about; 0 of a scorecard. */
  get level(): number {
    return this.#begun?.estimator.level ?? 0
  }

  /** Lists of codes that the next gradient is about. */
  get asked(): readonly (readonly Uint8Array[])[] {
    return this.#begin().estimator.asked
  }

  /** Clipped totals of every training row at the point that the next residual is about. @throws ColumnHeld before the first ones */
  totals(bound: number): { totals: Float64Array; clipped: number } {
    return this.#begin().estimator.totals(bound)
  }

  /** @param scale of a logistic round's gradient */
  advance(gradient: Float64Array, scale?: StepScale): void {
    this.#begin().estimator.advance(gradient, scale)
  }

  get fitted(): ProviderPart {
    const { choice, estimator } = this.#begin()
    const { part } = estimator
    if (!choice) return { part, choice, pooled: [] }
    const { weights, pooled } = checkSigns(this.#parts.columns.basis, choice, part.weights)
    return { part: { ...part, weights }, choice, pooled }
  }

  #begin(): Begun {
    if (this.#begun) return this.#begun
    const { plan, columns, bins, trends, rules, all } = this.#parts
    const { basis, codes } = columns
    const counts = bins.knownOf(basis.width)
    const { labelled, bads, trainRows } = plan
    const totals = { rows: trainRows, labelled, bads }
    // A booster takes every column as it is, but none unseen that holds the outcome.
    const { approvedColumns = [] } = rules
    const own = plan.booster ? { trends: false, approvedColumns } : rules
    const choice = chooseColumns({ basis, counts, trends, rules: own, training: codes, all, totals })
    const leaky = leakyColumns(basis, choice, own)
    if (leaky.length > 0) throw new federationErrors.ColumnHeld(plan.run, leaky.join(', '))
    this.#begun = this.#open(plan.booster ? null : choice)
    return this.#begun
  }

  #open(choice: ColumnChoice | null, from?: EstimatorState): Begun {
    const { plan, columns } = this.#parts
    const { basis, codes, rowsPerBin } = columns
    const common = { codes, width: basis.width, c: plan.labelled / plan.trainRows, lambda: plan.lambda }
    if (plan.booster) {
      const own = basis.columns.map(({ from: first, to, kind, bins }) => ({
        from: first,
        to,
        ordered: kind === 'numeric' ? bins.filter(({ special }) => special === undefined).length : 0,
      }))
      return { choice, estimator: boosterEstimator({ ...common, columns: own, ...plan.booster }, from) }
    }
    const ranges = basis.columns.map(({ from: first, to }) => ({ from: first, to }))
    const options = { ...common, ranges, rowsPerBin, kappa: plan.kappa }
    return { choice, estimator: scorecardEstimator(options, groupsOf(choice as ColumnChoice), from) }
  }
}
