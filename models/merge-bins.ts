/** Which fine bins of a column become one, by optimal binning. */
import type { BasisColumn } from './basis.ts'
import { type BinRules, type FineCount, optimalBins, type Trend } from './optimal-bins.ts'
import { type BinCount, cleanCount } from './woe.ts'

/**
 * The merged bin of each bin of a column, 0, 1, ... without gaps. Ordinary bins are merged by {@link optimalBins}; missing and not
 * held stay apart. Categories have no order of their own: they are merged in the order of their bad rates, freely, whatever the
 * trend.
 *
 * @param counts noisy counts, one a bin of the column
 * @throws SettingInvalid
 */
export function mergeBins(
  { kind, bins }: Pick<BasisColumn, 'kind' | 'bins'>,
  counts: readonly BinCount[],
  trend: Trend,
  rules?: BinRules,
): number[] {
  const fine = bins.flatMap(({ rows, special }, b): FineCount[] =>
    special === undefined ? [{ ...counts[b], rows }] : [],
  )
  const order = kind === 'categorical' ? byBadRate(fine) : fine.map((_, b) => b)
  const cut = optimalBins(
    order.map((b) => fine[b]),
    kind === 'categorical' ? 'free' : trend,
    rules,
  )
  const merged = new Array<number>(fine.length)
  order.forEach((b, place) => {
    merged[b] = cut[place]
  })
  const ordinary = Math.max(-1, ...merged) + 1
  return bins.map((_, b) => (b < fine.length ? merged[b] : ordinary + b - fine.length))
}

/** Rising bad rates of smoothed counts; what is withheld stands where the rate is that of all. */
function byBadRate(fine: readonly FineCount[]): number[] {
  const open = fine.filter((bin) => bin.open).map(cleanCount)
  const all = open.reduce((sum, { bads, goods }) => ({ bads: sum.bads + bads, goods: sum.goods + goods }), {
    bads: 0,
    goods: 0,
  })
  const rates = fine.map((bin) => {
    const { bads, goods } = bin.open ? cleanCount(bin) : all
    return (bads + 0.5) / (bads + goods + 1)
  })
  return fine.map((_, b) => b).sort((a, b) => rates[a] - rates[b] || a - b)
}

/** Counts of merged bins: sums over their open fine ones, open where any of them is. */
export function mergedCounts(counts: readonly BinCount[], merged: readonly number[]): BinCount[] {
  const sums: BinCount[] = []
  merged.forEach((bin, b) => {
    const { n, bad, open } = sums[bin] ?? { n: 0, bad: 0, open: false }
    const own = counts[b]
    sums[bin] = own.open ? { n: n + own.n, bad: bad + own.bad, open: true } : { n, bad, open }
  })
  return sums
}
