/**
 * What a provider fits in the rounds of a run. The first thing, before its first totals leave, is what it decides on its own columns
 * by the fine bins that it knows (models/column-choice.ts): bins that carry one weight. Once decided it stays, over restarts too.
 */
import {
  additiveTotals,
  type CheckedWeights,
  COLUMN_RULES,
  type ColumnChoice,
  type ColumnRules,
  checkSigns,
  chooseColumns,
  groupsOf,
  type StepScale,
  type StepState,
  TiedStep,
  type Trend,
} from '../../models/index.ts'
import type { RunPlan } from '../plan.ts'
import type { ProviderBins } from './provider-bins.ts'
import type { ProviderColumns } from './provider-columns.ts'

/** What is kept of it at the end of a step; null before the first round. */
export type FitState = { readonly choice: ColumnChoice; readonly step: StepState } | null

/** What is fitted, and by which rules. */
export interface FitParts {
  readonly plan: RunPlan
  readonly columns: ProviderColumns
  readonly bins: ProviderBins
  /** One entry a basis column. */
  readonly trends: readonly (Trend | undefined)[]
  readonly rules: Partial<ColumnRules>
}

export class ProviderFit {
  readonly #parts: FitParts
  #begun: { readonly choice: ColumnChoice; readonly step: TiedStep } | undefined

  constructor(parts: FitParts, from: FitState = null) {
    this.#parts = parts
    if (from) this.#begun = { choice: from.choice, step: this.#stepOf(from.choice, from.step) }
  }

  get state(): FitState {
    return this.#begun ? { choice: this.#begun.choice, step: this.#begun.step.toJSON() } : null
  }

  /** Null before the first round. */
  get choice(): ColumnChoice | null {
    return this.#begun?.choice ?? null
  }

  /** Clipped totals of every training row at the look-ahead point. */
  totals(bound: number): { totals: Float64Array; clipped: number } {
    const { lookAhead, lookAheadLevel } = this.#begin().step
    return additiveTotals(this.#parts.columns.codes, lookAhead, bound, lookAheadLevel)
  }

  /** @param scale of a logistic round's gradient */
  advance(gradient: Float64Array, scale?: StepScale): void {
    this.#begin().step.advance(gradient, scale)
  }

  /** The weights of the scorecard, none against a stated trend. */
  get checked(): CheckedWeights {
    const { choice, step } = this.#begin()
    return checkSigns(this.#parts.columns.basis, choice, step.weights)
  }

  #begin(): { readonly choice: ColumnChoice; readonly step: TiedStep } {
    if (this.#begun) return this.#begun
    const { columns, bins, trends, rules } = this.#parts
    const { basis } = columns
    const choice = chooseColumns(basis, bins.knownOf(basis.width), trends, { ...COLUMN_RULES, ...rules })
    this.#begun = { choice, step: this.#stepOf(choice) }
    return this.#begun
  }

  #stepOf(choice: ColumnChoice, from?: StepState): TiedStep {
    const { plan, columns } = this.#parts
    const { basis, codes, rowsPerBin } = columns
    const options = {
      codes,
      width: basis.width,
      ranges: basis.columns.map(({ from, to }) => ({ from, to })),
      rowsPerBin,
      c: plan.labelled / plan.trainRows,
      lambda: plan.lambda,
      kappa: plan.kappa,
    }
    return new TiedStep(options, groupsOf(choice), from)
  }
}
