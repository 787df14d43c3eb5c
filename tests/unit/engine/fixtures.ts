/** Seeded inputs and naive reimplementations that the tests of the engine compare with. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  columnCount,
  international,
  type PackedColumns,
  type Packing,
  type RandomBytes,
  T,
} from '../../../engine/index.ts'

export const BIG_T = BigInt(T)

export const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** A reproducible byte source: AES-CTR streams under a counter, so that statistical tests never flicker. */
export function seededRandom(seed: string): RandomBytes {
  const secret = international.hash(new TextEncoder().encode(seed))
  let draws = 0
  return (length) => {
    const bytes = international.stream(international.derive(secret, `draw ${draws++}`), length)
    return new Uint8Array(bytes)
  }
}

/** Uniform integer in [0, bound), bound at most 2^32; the bias of the modulo does not matter here. */
export function seededIntegers(seed: string): (bound: number) => number {
  const random = seededRandom(seed)
  let pool: Uint32Array = new Uint32Array(0)
  let at = 0
  return (bound) => {
    if (at === pool.length) {
      pool = new Uint32Array(random(4096).buffer)
      at = 0
    }
    return pool[at++] % bound
  }
}

/** One-hot features of `widths` bins each, about one row in ten not held, and dense columns of +-256. */
export function randomColumns(
  rows: number,
  widths: readonly number[],
  denseColumns: number,
  seed: string,
): PackedColumns {
  const integer = seededIntegers(seed)
  let first = 0
  const codes = widths.map((width) => {
    const column = Uint8Array.from({ length: rows }, () => (integer(10) === 0 ? 255 : first + integer(width)))
    first += width
    return column
  })
  const dense = Array.from({ length: denseColumns }, () =>
    Int16Array.from({ length: rows }, () => integer(513) - 256),
  )
  return { rows, width: first, codes, dense }
}

/** sum_i x_ij v_i + mask_j mod t, row by row in BigInt. */
export function naiveProducts(
  columns: PackedColumns,
  values: Float64Array,
  masks: Float64Array = new Float64Array(columnCount(columns)),
): number[] {
  const sums = Array.from(masks, (mask) => BigInt(mask))
  for (let row = 0; row < columns.rows; row++) {
    const value = BigInt(values[row])
    for (const codes of columns.codes) if (codes[row] < columns.width) sums[codes[row]] += value
    columns.dense?.forEach((dense, index) => {
      sums[columns.width + index] += BigInt(dense[row]) * value
    })
  }
  return sums.map((sum) => Number(((sum % BIG_T) + BIG_T) % BIG_T))
}

/** A packing with a stride of the test's choice. */
export function packingOf(rows: number, stride: number): Packing {
  const blockRows = 8192 / stride
  return { rows, blockRows, stride, blocks: Math.ceil(rows / blockRows) }
}

/** Pearson's statistic of observed against expected counts. */
export function chiSquare(observed: ArrayLike<number>, expected: (cell: number) => number): number {
  let sum = 0
  for (let cell = 0; cell < observed.length; cell++) {
    sum += (observed[cell] - expected(cell)) ** 2 / expected(cell)
  }
  return sum
}

/** The statistic lies within six standard deviations above its mean (deterministic draws: it cannot flicker). */
export const chiSquareLimit = (freedom: number): number => freedom + 6 * Math.sqrt(2 * freedom)

/** Counts of the upper bits of residues in `cells` equal cells. */
export function upperCells(values: Float64Array, cells: number): Uint32Array {
  const counts = new Uint32Array(cells)
  for (const value of values) counts[Math.floor((value / T) * cells)]++
  return counts
}

/** Code and text of what an action throws; fails the test when it throws nothing. */
export function faultOf(action: () => unknown): { code: string; message: string } {
  try {
    action()
  } catch (cause) {
    const { code, message } = cause as { code: string; message: string }
    return { code, message }
  }
  throw new RangeError('expected a fault')
}

/** Named texts of a test vector, hexadecimal unless its file says otherwise. */
export type Texts<Names extends string> = Record<Names, string>

/** Published test vectors of the suites; each file names its source. */
export const suiteVectors = <V>(name: string): V =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../vectors/suite', `${name}.json`), 'utf8'))
