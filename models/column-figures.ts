/** Figures of one column that a risk officer looks at before it is taken into a scorecard. */
import { NO_BIN } from './basis.ts'
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
