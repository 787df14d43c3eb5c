/**
 * What a provider decides on its own columns once their fine bins are counted: which bins carry one weight, which columns are left
 * out. Local, and made of what it knows anyway, so nothing more is asked of anybody. Decided once a run and kept with it, because
 * the same must come out when the run is gone on with.
 */
import type { Basis, BasisColumn } from './basis.ts'
import { columnAuc, LEAKY_AUC, type Totals, withWithheld } from './column-figures.ts'
import { SELECTION_RULES, type Selected, type SelectionRules, selectColumns } from './column-selection.ts'
import { mergeBins } from './merge-bins.ts'
import { BIN_RULES, type BinRules, type Trend } from './optimal-bins.ts'
import { poolWeights } from './pool-weights.ts'
import type { BinCount } from './woe.ts'

/** Rules of a provider for its own columns; what is left out is as in `BIN_RULES` and `SELECTION_RULES`. */
export interface ColumnRules extends Partial<BinRules> {
  /** Whether stated trends bind bins and weights; they do without it. */
  readonly trends?: boolean
  /** Columns are left out by these rules; none is without it. */
  readonly select?: Partial<SelectionRules>
  /** Columns that may say suspiciously much, by name. */
  readonly approvedColumns?: readonly string[]
}

/** What was decided on one column of the basis. */
export interface ChosenColumn {
  /** Null where none is stated: the column keeps its fine bins and the weights that come out. */
  readonly trend: Trend | null
  /** Merged bin of each bin of the column, 0, 1, ... without gaps. */
  readonly merged: readonly number[]
  /** AUC of the column alone, 0.5 to 1, withheld bins estimated; null where nothing can be said. */
  readonly auc: number | null
  /** Null where columns are not selected, or nothing was counted. */
  readonly selected: Selected | null
}

/** One entry a basis column; survives JSON. */
export type ColumnChoice = readonly ChosenColumn[]

/** What a choice is made from. */
export interface ChoiceInput {
  readonly basis: Pick<Basis, 'columns' | 'width'>
  /** Noisy counts per basis index; empty where none were opened: nothing is merged or left out then. */
  readonly counts: readonly BinCount[]
  /** One entry a basis column; undefined where nothing is stated. */
  readonly trends: readonly (Trend | undefined)[]
  readonly rules?: ColumnRules
  /** Codes of the training rows and of all rows of the roster; looked at where columns are selected. */
  readonly training: readonly Uint8Array[]
  readonly all: () => readonly Uint8Array[]
  readonly totals: Totals
}

/** @throws SettingInvalid */
export function chooseColumns({
  basis,
  counts,
  trends,
  rules = {},
  training,
  all,
  totals,
}: ChoiceInput): ColumnChoice {
  const { trends: bind = true, select, approvedColumns: approved = [], ...least } = rules
  const known = basis.columns.map((column) =>
    withWithheld(
      counts.slice(column.from, column.to).map((count, b) => ({ ...count, rows: column.bins[b].rows })),
      totals,
    ),
  )
  const candidates = basis.columns.map((column, at) => {
    const trend = (bind && trends[at]) || null
    const own = counts.slice(column.from, column.to)
    const merged =
      trend && own.length > 0
        ? mergeBins(column, own, trend, { ...BIN_RULES, ...least })
        : column.bins.map((_, b) => b)
    return { trend, merged, auc: columnAuc(known[at]) }
  })
  const selected =
    select &&
    counts.length > 0 &&
    selectColumns({
      ...{ basis, counts: known.flat(), candidates, training, all: all(), approved },
      rules: { ...SELECTION_RULES, ...select },
    })
  return candidates.map((one, at) => ({ ...one, selected: selected ? selected[at] : null }))
}

/**
 * Names of columns that take part and tell the outcome too well alone ({@link LEAKY_AUC}), without those that are approved.
 */
export function leakyColumns(
  basis: Pick<Basis, 'columns'>,
  choice: ColumnChoice,
  { approvedColumns = [] }: ColumnRules,
): string[] {
  const names = basis.columns.map(({ name }) => name)
  return names.filter((name, at) => {
    const { auc } = choice[at]
    return auc !== null && auc > LEAKY_AUC && isKept(choice[at]) && !approvedColumns.includes(name)
  })
}

/** Whether a column takes part. */
const isKept = ({ selected }: Pick<ChosenColumn, 'selected'>): boolean =>
  !selected || selected.reasons.length === 0

/** Group of each basis index for `TiedStep`. */
export function groupsOf(choice: ColumnChoice): number[] {
  let next = 0
  return choice.flatMap((column) => {
    const { merged } = column
    if (!isKept(column)) return merged.map(() => -1)
    const groups = merged.map((bin) => next + bin)
    next += Math.max(...merged) + 1
    return groups
  })
}

/** Weights after the sign check, and which columns it changed. */
export interface CheckedWeights {
  readonly weights: Float64Array
  /** One entry a basis column. */
  readonly pooled: readonly boolean[]
}

/**
 * Pools weights of numeric columns that run against the stated trend, weighted by rows ({@link poolWeights}): the sum of
 * rows * weight stays what it was. Special bins keep theirs. Where no trend is stated the weights come back as they are.
 *
 * @param weights per basis index, equal within a merged bin
 * @throws ColumnLength
 */
export function checkSigns(
  basis: Pick<Basis, 'columns'>,
  choice: ColumnChoice,
  weights: Float64Array,
): CheckedWeights {
  const checked = weights.slice()
  const pooled = basis.columns.map((column, at) => {
    const { trend, merged } = choice[at]
    if (trend === null || column.kind !== 'numeric') return false
    const bins = ordinaryBins(column, merged, weights)
    const own = poolWeights(
      bins.map(({ weight }) => weight),
      bins.map(({ rows }) => rows),
      trend,
    )
    if (own.every((weight, b) => weight === bins[b].weight)) return false
    column.bins.forEach(({ special }, b) => {
      if (special === undefined) checked[column.from + b] = own[merged[b]]
    })
    return true
  })
  return { weights: checked, pooled }
}

/** Weight and rows of each merged ordinary bin of a numeric column, in order. */
function ordinaryBins({ from, bins }: BasisColumn, merged: readonly number[], weights: Float64Array) {
  const list: { weight: number; rows: number }[] = []
  bins.forEach(({ special, rows }, b) => {
    if (special !== undefined) return
    const before = list[merged[b]]?.rows ?? 0
    list[merged[b]] = { weight: weights[from + b], rows: before + rows }
  })
  return list
}
