/** Which of its columns a provider leaves out of its scorecard, by rules with thresholds of domain.md 3.3. Off unless it asks for it. */
import type { Basis } from './basis.ts'
import { correlations, rowsOfBins, varianceInflation } from './column-figures.ts'
import { modelsErrors } from './errors.ts'
import { mergedCounts } from './merge-bins.ts'
import { populationStability } from './metrics/stability.ts'
import type { Trend } from './optimal-bins.ts'
import { type BinCount, woeTable } from './woe.ts'

export interface SelectionRules {
  /** Information value of the bins as merged, below which a column says too little. */
  readonly leastIv: number
  /** Above which it says suspiciously much, unless it is approved by name. */
  readonly mostIv: number
  /** Most population stability index between the training rows and all rows of the roster. */
  readonly mostStability: number
  /** Most variance inflation beside the columns that are kept. */
  readonly mostVif: number
  /** Leave out a numeric column whose merged bins show no risk that moves as its trend says. */
  readonly signs: boolean
}

export const SELECTION_RULES: SelectionRules = {
  leastIv: 0.02,
  mostIv: 0.5,
  mostStability: 0.25,
  mostVif: 10,
  signs: true,
}

/** A column as it stands after merging. */
export interface Candidate {
  readonly trend: Trend | null
  /** Merged bin of each bin of the column. */
  readonly merged: readonly number[]
}

export interface SelectionInput {
  readonly basis: Pick<Basis, 'columns' | 'width'>
  /** Noisy counts per basis index, none missing, withheld ones estimated where they can be. */
  readonly counts: readonly BinCount[]
  /** One a basis column. */
  readonly candidates: readonly Candidate[]
  /** Codes of the training rows and of all rows of the roster, one array a basis column. */
  readonly training: readonly Uint8Array[]
  readonly all: readonly Uint8Array[]
  readonly rules: SelectionRules
  /** Names of columns that may say suspiciously much. */
  readonly approved: readonly string[]
}

export interface Selected {
  /** Of the merged bins; null where none is open. */
  readonly iv: number | null
  readonly stability: number
  /** Beside the columns that are kept and say more. */
  readonly vif: number
  /** Why the column is left out; empty where it is kept. */
  readonly reasons: readonly string[]
}

/** @throws SettingInvalid */
export function checkSelectionRules({ signs: _, ...numbers }: SelectionRules): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (!(value >= 0)) throw new modelsErrors.SettingInvalid(name, value, 'a number of at least 0')
  }
}

/**
 * Judges each column by itself; those that pass are then taken by falling information value, and one that inflates beside those
 * taken before is left out, so that of two columns that say the same the better one stays. Columns are compared by the weight of
 * evidence of their rows' bins.
 *
 * @returns one a basis column
 * @throws SettingInvalid
 */
export function selectColumns(input: SelectionInput): Selected[] {
  const { basis, candidates, training, all, rules, approved } = input
  checkSelectionRules(rules)
  const evidence = new Float64Array(basis.width)
  const judged = basis.columns.map((column, at) => {
    const { woe, iv } = mergedTable(input, at)
    woe.forEach((value, b) => {
      evidence[column.from + b] = value ?? 0
    })
    const stability = populationStability(rowsOfBins(training[at], column), rowsOfBins(all[at], column))
    const reasons: string[] = []
    if (iv === null) reasons.push('no bin is open: nothing can be said of it')
    else if (iv < rules.leastIv) reasons.push(`information value below ${rules.leastIv}`)
    else if (iv > rules.mostIv && !approved.includes(column.name))
      reasons.push(`information value above ${rules.mostIv}: look for a leak, or approve the column by name`)
    if (stability > rules.mostStability)
      reasons.push(`population stability above ${rules.mostStability} between training rows and all rows`)
    if (rules.signs && runsAgainst(column, candidates[at]))
      reasons.push(
        `no cut into bins of the least size has a risk that moves as stated (${candidates[at].trend})`,
      )
    return { iv, stability, reasons }
  })
  const correlation = correlations(training, evidence)
  const taken: number[] = []
  const inflation = new Array<number>(judged.length).fill(1)
  const strongest = judged
    .map((_, at) => at)
    .sort((a, b) => (judged[b].iv ?? 0) - (judged[a].iv ?? 0) || a - b)
  for (const at of strongest) {
    const { reasons } = judged[at]
    inflation[at] = varianceInflation(correlation, at, taken)
    if (reasons.length === 0 && inflation[at] > rules.mostVif)
      reasons.push(`variance inflation above ${rules.mostVif} beside columns that say more`)
    if (reasons.length === 0) taken.push(at)
  }
  return judged.map((one, at) => ({ ...one, vif: inflation[at] }))
}

/** Weight of evidence of each bin of a column by its merged one, and the information value of the merged ones. */
function mergedTable({ basis, counts, candidates }: SelectionInput, at: number) {
  const { from, bins } = basis.columns[at]
  const { merged } = candidates[at]
  const sums = mergedCounts(counts.slice(from, from + bins.length), merged)
  const ordinary = new Set(merged.filter((_, b) => bins[b].special === undefined)).size
  const table = woeTable(sums, ordinary)
  return { woe: merged.map((bin) => table.woe[bin]), iv: table.iv }
}

/** Every ordinary bin became one because no cut keeps the trend. */
function runsAgainst({ kind, bins }: Basis['columns'][number], { trend, merged }: Candidate): boolean {
  const ordinary = merged.filter((_, b) => bins[b].special === undefined)
  const stated = kind === 'numeric' && trend !== null && trend !== 'free'
  return stated && ordinary.length > 1 && new Set(ordinary).size === 1
}
