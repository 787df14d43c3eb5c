/**
 * Packing of rows and columns into polynomial coefficients: no batching, no rotation (protocol.md section 4).
 *
 * A block of R rows has stride W = N/R:   D(X) = sum_i d_i X^(W*i),   A(X) = sum_{j<W} sum_i x_ij X^(j - W*i),  X^-e = -X^(N-e).
 * Coefficient j of A*D is sum_i x_ij d_i: one plaintext product serves R rows times W columns.
 */
import { engineErrors } from '../errors.ts'
import { residueOf, T } from '../field.ts'
import { N } from './parameters.ts'
import type { Polynomial } from './plaintext.ts'

/** No column: the row contributes nothing here. */
export const NO_COLUMN = 255
/** Largest dense value and most rows of a dense column: the bounds of the noise (parameters.ts) rest on both. */
const MAX_DENSE = 256
const MAX_DENSE_ROWS = 2 ** 20

/** Columns of one provider over the rows of a run. */
export interface PackedColumns {
  readonly rows: number
  /** Number of 0/1 columns that `codes` point to. */
  readonly width: number
  /** One array per feature: the 0/1 column that each row occupies, or NO_COLUMN. */
  readonly codes: readonly Uint8Array[]
  /** Further columns of small signed integers, |x| <= 2^8; they follow the 0/1 columns. */
  readonly dense?: readonly Int16Array[]
}

/** Where rows and columns of one run go. */
export interface Packing {
  readonly rows: number
  readonly blockRows: number
  /** W: columns per answer, words per short answer. */
  readonly stride: number
  readonly blocks: number
}

/**
 * Refuses columns that do not fit the rows of a run or the proven bounds.
 * @throws LengthMismatch, OutOfRange
 */
export function assertColumns(columns: PackedColumns, rows: number): void {
  for (const column of [...columns.codes, ...(columns.dense ?? [])]) {
    if (column.length !== rows) throw new engineErrors.LengthMismatch('a column', column.length, rows)
  }
  if (columns.width > NO_COLUMN) {
    throw new engineErrors.OutOfRange('the number of 0/1 columns', `at most ${NO_COLUMN}`)
  }
  for (const dense of columns.dense ?? []) {
    if (dense.length > MAX_DENSE_ROWS)
      throw new engineErrors.OutOfRange('the rows of a dense column', `at most ${MAX_DENSE_ROWS}`)
    if (dense.some((value) => value > MAX_DENSE || value < -MAX_DENSE)) {
      throw new engineErrors.OutOfRange('a dense column', `whole numbers from -${MAX_DENSE} to ${MAX_DENSE}`)
    }
  }
}

/** Number of columns in all. */
export const columnCount = (columns: PackedColumns): number => columns.width + (columns.dense?.length ?? 0)

/**
 * Writes D(X) of one block of residues.
 * @param values residues of consecutive rows; `block` counts from the first of them
 */
export function packVector(
  polynomial: Polynomial,
  packing: Packing,
  values: Float64Array,
  block: number,
): void {
  polynomial.clear()
  const from = block * packing.blockRows
  const to = Math.min(values.length, from + packing.blockRows)
  for (let row = from; row < to; row++) polynomial.set((row - from) * packing.stride, values[row])
}

/**
 * Writes A(X) of one block for the columns [group*W, group*W + W).
 * @param coefficients N small signed integers; each is met by one row and column at most
 */
export function packColumns(
  coefficients: Int16Array,
  packing: Packing,
  columns: PackedColumns,
  block: number,
  group: number,
): void {
  const { stride, blockRows, rows } = packing
  const first = group * stride
  const from = block * blockRows
  const to = Math.min(rows, from + blockRows)
  coefficients.fill(0)
  const put = (row: number, column: number, value: number) => {
    const exponent = column - first - stride * (row - from)
    if (exponent >= 0) coefficients[exponent] += value
    else coefficients[exponent + N] -= value
  }
  for (const codes of columns.codes) {
    for (let row = from; row < to; row++) {
      const column = codes[row]
      if (column >= first && column < first + stride && column < columns.width) put(row, column, 1)
    }
  }
  columns.dense?.forEach((dense, index) => {
    const column = columns.width + index
    if (column < first || column >= first + stride) return
    for (let row = from; row < to; row++) if (dense[row] !== 0) put(row, column, dense[row])
  })
}

/**
 * The same inner products in the clear, mod t: a server's own share against columns it knows itself.
 * @param values residues, one a row
 */
export function innerProducts(columns: PackedColumns, values: Float64Array): Float64Array {
  const sums = new Float64Array(columnCount(columns))
  for (const codes of columns.codes) {
    for (let row = 0; row < codes.length; row++) {
      const column = codes[row]
      if (column >= columns.width) continue
      const sum = sums[column] + values[row]
      sums[column] = sum >= T ? sum - T : sum
    }
  }
  columns.dense?.forEach((dense, index) => {
    let sum = 0
    for (let row = 0; row < dense.length; row++) {
      // |x| <= 2^8 times a 46-bit residue stays below 2^54 only after reduction; two exact halves avoid the loss.
      const high = Math.floor(values[row] / 8388608)
      const low = values[row] - high * 8388608
      const scaled = ((((high * dense[row]) % T) * 8388608) % T) + low * dense[row]
      sum = (sum + scaled) % T
    }
    sums[columns.width + index] = residueOf(sum)
  })
  return sums
}
