/** Ordinary bins of a numeric column: quantile cuts, thin bins merged. */

/** Ordinary bins by ascending value: bin b holds (cuts[b-1], cuts[b]], the first and last are open-ended. */
export interface NumericBins {
  readonly cuts: number[]
  /** Training rows per bin, cuts.length + 1 entries (none at all if no row holds a value). */
  readonly rows: number[]
}

/** Number of cuts < x, by bisection: the index of the bin (lo, hi] that holds x. */
export function binOf(cuts: readonly number[], x: number): number {
  let low = 0
  let high = cuts.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (cuts[middle] < x) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Cuts at v[ceil(k*n/bins)-1], k = 1..bins-1, without duplicates and without the maximum; then a bin of fewer than
 * `minRows` rows, the thinnest first, joins its smaller neighbour (the lower one of two equal), until none is left or one
 * bin is.
 *
 * @param sorted held training values, ascending
 */
export function numericBins(sorted: Float64Array, bins: number, minRows: number): NumericBins {
  const n = sorted.length
  if (n === 0) return { cuts: [], rows: [] }
  const cuts: number[] = []
  for (let k = 1; k < bins; k++) {
    // + 0 turns -0 into 0, which JSON would do too.
    const cut = sorted[Math.max(Math.ceil((k * n) / bins), 1) - 1] + 0
    if (cut < sorted[n - 1] && (cuts.length === 0 || cut > cuts[cuts.length - 1])) cuts.push(cut)
  }
  const rows = cuts.map((cut, b) => countUpTo(sorted, cut) - (b === 0 ? 0 : countUpTo(sorted, cuts[b - 1])))
  rows.push(n - rows.reduce((sum, count) => sum + count, 0))
  for (let thin = thinnest(rows, minRows); thin >= 0; thin = thinnest(rows, minRows)) {
    const upper = smallerNeighbour(rows, thin) > thin ? thin + 1 : thin
    rows.splice(upper - 1, 2, rows[upper - 1] + rows[upper])
    cuts.splice(upper - 1, 1)
  }
  return { cuts, rows }
}

/** Index of the smallest entry below `least` (the first of equal ones); -1 if none, or if one entry is left. */
export function thinnest(rows: readonly number[], least: number): number {
  if (rows.length < 2) return -1
  let at = 0
  for (let b = 1; b < rows.length; b++) if (rows[b] < rows[at]) at = b
  return rows[at] < least ? at : -1
}

/** The neighbour, `at - 1` or `at + 1`, with fewer rows; the lower one if equal. */
export function smallerNeighbour(rows: readonly number[], at: number): number {
  if (at === 0) return 1
  if (at === rows.length - 1) return at - 1
  return rows[at + 1] < rows[at - 1] ? at + 1 : at - 1
}

function countUpTo(sorted: Float64Array, x: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle] <= x) low = middle + 1
    else high = middle
  }
  return low
}

/** Interval text of each bin, as "(0.5, 3]". */
export function intervalLabels(cuts: readonly number[]): string[] {
  const text = (b: number) => (b < 0 ? '-∞' : b >= cuts.length ? '∞' : String(cuts[b]))
  return Array.from({ length: cuts.length + 1 }, (_, b) =>
    b < cuts.length ? `(${text(b - 1)}, ${text(b)}]` : `(${text(b - 1)}, ${text(b)})`,
  )
}
