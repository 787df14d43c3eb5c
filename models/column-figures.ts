/** Figures of one column that a risk officer looks at before it is taken into a scorecard. */
import { NO_BIN } from './basis.ts'
import type { FineCount } from './optimal-bins.ts'
import { type BinCount, cleanCount } from './woe.ts'

/** What stands for a variance inflation without end, so that no figure is infinite: a column that others say word for word. */
export const MOST_VIF = 1e6

/**
 * The AUC that one column reaches alone with the best points for its bins: bins in the order of their bad rates, ties halved. Over
 * open bins, special ones too, because who is not held may be the leak.
 *
 * @returns 0.5 to 1; null where no open bin has bads or none has goods
 */
export function columnAuc(counts: readonly BinCount[]): number | null {
  const open = counts
    .filter((bin) => bin.open)
    .map(cleanCount)
    .filter(({ bads, goods }) => bads + goods > 0)
    .sort((a, b) => b.bads * (a.bads + a.goods) - a.bads * (b.bads + b.goods))
  let [worse, wins, goodsOfAll] = [0, 0, 0]
  for (const { bads, goods } of open) {
    wins += goods * (worse + bads / 2)
    worse += bads
    goodsOfAll += goods
  }
  return worse === 0 || goodsOfAll === 0 ? null : wins / (worse * goodsOfAll)
}

/** Above which one column alone tells the outcome too well: it may hold it (protocol: held for approval). */
export const LEAKY_AUC = 0.9
/** Labelled rows from which on a withheld bin counts as withheld for its outcomes: twice what the gate of fine bins shows a bin from. */
const LARGE = 100
/** Most bads of a bin that was withheld for having too few. */
const FEW = 4
/** Share of a bin that must be left of the bads to take it for one of bads alone. */
const ENOUGH = 0.8

/** The run's noisy sums over its training rows. */
export interface Totals {
  readonly rows: number
  readonly labelled: number
  readonly bads: number
}

/**
 * Counts with an estimate for withheld bins, without which the worst leak would be the one that is not seen: a bin of bads alone, or
 * of goods alone, is withheld. What of the labelled rows is in no open bin is divided over the rows in none; a large withheld bin then has either hardly
 * a good, if as many bads are left over, or hardly a bad. Small ones stay withheld.
 *
 * @param bins all bins of a column
 */
export function withWithheld(bins: readonly FineCount[], totals: Totals): BinCount[] {
  const open = bins.filter((bin) => bin.open)
  const counted = open.map(cleanCount)
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
  const labelled = Math.max(0, totals.labelled - sum(counted.map(({ bads, goods }) => bads + goods)))
  const rows = totals.rows - sum(open.map((bin) => bin.rows))
  let bads = Math.min(labelled, Math.max(0, totals.bads - sum(counted.map((count) => count.bads))))
  const sizeOf = (bin: FineCount) => (rows > 0 ? (labelled * bin.rows) / rows : 0)
  const large = bins.filter((bin) => !bin.open && sizeOf(bin) >= LARGE).sort((a, b) => b.rows - a.rows)
  const full = new Set<FineCount>()
  for (const bin of large) {
    if (bads < ENOUGH * sizeOf(bin)) continue
    full.add(bin)
    bads = Math.max(0, bads - sizeOf(bin))
  }
  const each = Math.min(FEW, bads / Math.max(1, large.length - full.size))
  return bins.map((bin) => {
    if (!large.includes(bin)) return bin
    const n = sizeOf(bin)
    return { n, bad: full.has(bin) ? n : each, open: true }
  })
}

/** Rows of each bin from..to-1 and of none, the last entry. */
export function rowsOfBins(codes: Uint8Array, { from, to }: { from: number; to: number }): number[] {
  const rows = new Array<number>(to - from + 1).fill(0)
  for (const code of codes) rows[code === NO_BIN ? to - from : code - from]++
  return rows
}

/**
 * Correlation of columns of numbers in one place each row, sums of products as they come; 0 beside a constant column.
 *
 * @param codes one array a column over the same rows
 * @param values value of each basis index; a row of no bin counts as 0
 */
export function correlations(codes: readonly Uint8Array[], values: Float64Array): number[][] {
  const table = new Float64Array(NO_BIN + 1)
  table.set(values)
  const rows = codes[0]?.length ?? 0
  const laid = codes.map((column) => {
    const own = Float64Array.from(column, (code) => table[code])
    const mean = own.reduce((sum, value) => sum + value, 0) / Math.max(1, rows)
    return own.map((value) => value - mean)
  })
  const product = (a: Float64Array, b: Float64Array) => {
    let sum = 0
    for (let i = 0; i < rows; i++) sum += a[i] * b[i]
    return sum
  }
  const squares = laid.map((column) => product(column, column))
  return laid.map((a, i) =>
    laid.map((b, j) => {
      if (i === j) return 1
      const scale = Math.sqrt(squares[i] * squares[j])
      return scale > 0 ? product(a, b) / scale : 0
    }),
  )
}

/**
 * Variance inflation of a column beside others, 1/(1 - R^2) of its regression on them, from the correlations of all: the pivot of a
 * Cholesky factorisation that ends with it. Others that say the same among themselves are looked at once.
 *
 * @returns 1 to {@link MOST_VIF}
 */
export function varianceInflation(
  correlation: readonly (readonly number[])[],
  of: number,
  beside: readonly number[],
): number {
  const factor: number[][] = []
  let left = 1
  const kept: number[] = []
  for (const column of [...beside, of]) {
    const row: number[] = []
    kept.forEach((other, k) => {
      const known = row.reduce((sum, value, j) => sum + value * factor[k][j], 0)
      row.push((correlation[column][other] - known) / factor[k][k])
    })
    left = 1 - row.reduce((sum, value) => sum + value * value, 0)
    if (column !== of && left > 1 / MOST_VIF) {
      kept.push(column)
      factor.push([...row, Math.sqrt(left)])
    }
  }
  return 1 / Math.max(left, 1 / MOST_VIF)
}
