/** Which fine bins of a basis carry one weight together: those that optimal binning merges. */
import type { Basis, BasisColumn } from './basis.ts'
import { type BinRules, type FineCount, optimalBins, type Trend } from './optimal-bins.ts'
import { type BinCount, cleanCount } from './woe.ts'

/** Group of each basis index, 0, 1, ... without gaps; -1 for a bin that weighs nothing. */
export type Groups = readonly number[]

/**
 * Merges the ordinary bins of each column of a stated trend by {@link optimalBins}; missing and not held stay apart. Categories
 * have no order of their own: they are merged in the order of their bad rates, freely, whatever the trend. A column of no stated
 * trend keeps its bins, as all do where nothing was counted.
 *
 * @param counts noisy counts per basis index; empty where none were opened
 * @param trends one entry a basis column; undefined where nothing is stated
 * @throws SettingInvalid
 */
export function groupColumns(
  basis: Pick<Basis, 'columns'>,
  counts: readonly BinCount[],
  trends: readonly (Trend | undefined)[],
  rules?: BinRules,
): number[] {
  let next = 0
  return basis.columns.flatMap((column, at) => {
    const trend = trends[at]
    const own = mergedBins(column, counts, trend, rules)
    const groups = own.map((group) => next + group)
    next += Math.max(...own) + 1
    return groups
  })
}

function mergedBins(
  { kind, from, bins }: BasisColumn,
  counts: readonly BinCount[],
  trend: Trend | undefined,
  rules: BinRules | undefined,
): number[] {
  if (trend === undefined || counts.length === 0) return bins.map((_, b) => b)
  const fine = bins
    .map(({ rows, special }, b): FineCount & { special: boolean } => ({
      ...counts[from + b],
      rows,
      special: special !== undefined,
    }))
    .filter(({ special }) => !special)
  const order = kind === 'categorical' ? byBadRate(fine) : fine.map((_, b) => b)
  const merged = optimalBins(
    order.map((b) => fine[b]),
    kind === 'categorical' ? 'free' : trend,
    rules,
  )
  const groups = new Array<number>(fine.length)
  order.forEach((b, place) => {
    groups[b] = merged[place]
  })
  const ordinary = Math.max(-1, ...groups) + 1
  return [...groups, ...bins.slice(fine.length).map((_, special) => ordinary + special)]
}

/** Rising bad rates of smoothed counts; what is withheld stands where the rate is that of all. */
function byBadRate(fine: readonly FineCount[]): number[] {
  const open = fine.filter((bin) => bin.open)
  const all = open.map(cleanCount).reduce((sum, { bads, goods }) => [sum[0] + bads, sum[1] + goods], [0, 0])
  const rates = fine.map((bin) => {
    const { bads, goods } = bin.open ? cleanCount(bin) : { bads: all[0], goods: all[1] }
    return (bads + 0.5) / (bads + goods + 1)
  })
  return fine.map((_, b) => b).sort((a, b) => rates[a] - rates[b] || a - b)
}
