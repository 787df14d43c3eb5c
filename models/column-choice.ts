/**
 * What a provider decides on its own columns once their fine bins are counted: which bins carry one weight. Local, and made of what
 * it knows anyway, so nothing more is asked of anybody. Decided once a run and kept with it, because the same must come out when
 * the run is gone on with.
 */
import type { Basis, BasisColumn } from './basis.ts'
import { mergeBins } from './merge-bins.ts'
import { BIN_RULES, type BinRules, type Trend } from './optimal-bins.ts'
import { poolWeights } from './pool-weights.ts'
import type { BinCount } from './woe.ts'

/** Rules of a provider for its own columns. */
export interface ColumnRules extends BinRules {
  /** Whether stated trends bind bins and weights. */
  readonly trends: boolean
}

export const COLUMN_RULES: ColumnRules = { ...BIN_RULES, trends: true }

/** What was decided on one column of the basis. */
export interface ChosenColumn {
  /** Null where none is stated: the column keeps its fine bins and the weights that come out. */
  readonly trend: Trend | null
  /** Merged bin of each bin of the column, 0, 1, ... without gaps. */
  readonly merged: readonly number[]
}

/** One entry a basis column; survives JSON. */
export type ColumnChoice = readonly ChosenColumn[]

/**
 * @param counts noisy counts per basis index; empty where none were opened: nothing is merged then
 * @param trends one entry a basis column; undefined where nothing is stated
 * @throws SettingInvalid
 */
export function chooseColumns(
  basis: Pick<Basis, 'columns'>,
  counts: readonly BinCount[],
  trends: readonly (Trend | undefined)[],
  rules: ColumnRules = COLUMN_RULES,
): ColumnChoice {
  return basis.columns.map((column, at): ChosenColumn => {
    const trend = (rules.trends && trends[at]) || null
    const own = counts.slice(column.from, column.to)
    const { leastShare, leastLabelled, leastBads, leastGoods } = rules
    const least = { leastShare, leastLabelled, leastBads, leastGoods }
    const merged =
      trend && own.length > 0 ? mergeBins(column, own, trend, least) : column.bins.map((_, b) => b)
    return { trend, merged }
  })
}

/** Group of each basis index for `TiedStep`. */
export function groupsOf(choice: ColumnChoice): number[] {
  let next = 0
  return choice.flatMap(({ merged }) => {
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
