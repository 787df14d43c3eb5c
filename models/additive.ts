/** The additive model: a row's total is the sum of the weights of the bins it occupies. */
import { NO_BIN } from './basis.ts'
import { requireLength, requirePositive } from './settings.ts'

/**
 * totals[i] = level + sum over columns of weights[code of row i], clipped to +-bound. Exact for whole weights, as in training.
 *
 * @param codes one array per basis column, `NO_BIN` adds nothing
 * @param weights one per basis index
 * @param level added to every row
 * @returns the totals and how many of them were clipped
 * @throws SettingInvalid, ColumnLength
 */
export function additiveTotals(
  codes: readonly Uint8Array[],
  weights: Float64Array,
  bound: number,
  level = 0,
): { totals: Float64Array; clipped: number } {
  const totals = new Float64Array(codes[0]?.length ?? 0).fill(level)
  addColumns(codes, weights, new Float64Array(NO_BIN + 1), totals)
  return clipTotals(totals, bound)
}

/** Cuts totals to +-bound, in place. @throws SettingInvalid */
export function clipTotals(totals: Float64Array, bound: number): { totals: Float64Array; clipped: number } {
  requirePositive('bound', bound)
  let clipped = 0
  for (let i = 0; i < totals.length; i++) {
    if (totals[i] > bound || totals[i] < -bound) {
      totals[i] = totals[i] > 0 ? bound : -bound
      clipped++
    }
  }
  return { totals, clipped }
}

/**
 * points of each row: the sum over columns of points[code], as signed 32-bit words that wrap around.
 *
 * @throws ColumnLength
 */
export function additivePoints(codes: readonly Uint8Array[], points: Int32Array): Int32Array {
  const totals = new Int32Array(codes[0]?.length ?? 0)
  addColumns(codes, points, new Int32Array(NO_BIN + 1), totals)
  return totals
}

/** `table` has an entry for every possible code, so that the loop needs no branch for `NO_BIN`. */
function addColumns<T extends Float64Array | Int32Array>(
  codes: readonly Uint8Array[],
  weights: T,
  table: T,
  totals: T,
): void {
  table.set(weights)
  for (const column of codes) {
    requireLength('Coded column', column.length, totals.length)
    for (let i = 0; i < column.length; i++) totals[i] += table[column[i]]
  }
}
