/** What a provider's own scorecard says of the bins that were merged, beside the fine ones. */
import type { BasisColumn } from './basis.ts'
import type { ChosenColumn } from './column-choice.ts'
import { mergedCounts } from './merge-bins.ts'
import { intervalLabels } from './numeric-bins.ts'
import type { Trend } from './optimal-bins.ts'
import { type BinCount, woeTable } from './woe.ts'

export interface MergedBin {
  readonly label: string
  /** Training rows of the roster. */
  readonly rows: number
  /** In hundredths of a score point, those of each of its fine bins. */
  readonly points: number
  /** Noisy counts of its open fine bins; null where none is. */
  readonly labelled: number | null
  readonly bads: number | null
  readonly woe: number | null
}

export interface MergedColumn {
  readonly trend: Trend
  /** True where weights ran against the trend and were pooled, weighted by rows. */
  readonly pooled: boolean
  /** Of the merged bins; null where none is open. */
  readonly iv: number | null
  readonly bins: readonly MergedBin[]
}

/**
 * @param counts one a bin of the column
 * @param points one a bin of the column
 * @returns null for a column whose trend is not stated
 */
export function mergedColumn(
  column: BasisColumn,
  { trend, merged }: Pick<ChosenColumn, 'trend' | 'merged'>,
  counts: readonly BinCount[],
  points: ArrayLike<number>,
  pooled: boolean,
): MergedColumn | null {
  if (trend === null) return null
  const members: number[][] = []
  merged.forEach((bin, b) => {
    members[bin] = [...(members[bin] ?? []), b]
  })
  const sums = mergedCounts(counts, merged)
  const ordinary = members.filter(([first]) => column.bins[first].special === undefined).length
  const { woe, iv } = woeTable(sums, ordinary)
  const labels = labelsOf(column, members)
  const bins = members.map(
    (own, at): MergedBin => ({
      label: labels[at],
      rows: own.reduce((sum, b) => sum + column.bins[b].rows, 0),
      points: points[own[0]],
      labelled: sums[at].open ? sums[at].n : null,
      bads: sums[at].open ? sums[at].bad : null,
      woe: woe[at],
    }),
  )
  return { trend, pooled, iv, bins }
}

/** One interval over all its fine ones, or its categories one after the other. */
function labelsOf({ bins, cuts }: BasisColumn, members: readonly (readonly number[])[]): string[] {
  const joined = members.map((own) => own.map((b) => bins[b].label).join(', '))
  if (!cuts) return joined
  // The last fine bin of a merged one ends at its own cut; the last of all has none.
  const ends = members.map((own) => cuts[own[own.length - 1]]).filter((cut) => cut !== undefined)
  const intervals = intervalLabels(ends)
  return joined.map((label, at) => (bins[members[at][0]].special === undefined ? intervals[at] : label))
}
