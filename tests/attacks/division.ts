/**
 * What anybody on the wire computes without a key (security.md E1, E2b): c1 of an answer that was not re-randomised is the sum
 * over blocks of A_b * c1 of the query's block b, so that division shows the columns A. All of it modulo the first prime.
 */
import type { BfvContext } from '../../engine/bfv/context.ts'
import type { PackedColumns, Packing } from '../../engine/bfv/packing.ts'
import { N } from '../../engine/bfv/parameters.ts'
import { ANSWER_LENGTH, parseShortAnswer, shortLength } from '../../engine/bfv/wire.ts'
import { QUERY_BYTES } from '../../engine/index.ts'
import { inverse, modulo, polynomialAt, setPolynomial } from './owner.ts'

/** c1 in the bytes of an answer or of an expanded query. */
const C1 = 2

/** A polynomial modulo the first prime, in coefficient form or transformed. */
export type Residues = BigUint64Array

function transformed(context: BfvContext, bytes: Uint8Array, toNtt: boolean): Uint8Array {
  const { seal, evaluator } = context
  using cipher = new seal.Ciphertext()
  cipher.loadFromArray(context.context, bytes)
  if (toNtt) evaluator.cipherTransformToNttInplace(cipher)
  else evaluator.cipherTransformFromNttInplace(cipher)
  return cipher.saveToArray(seal.ComprModeType.none)
}

function carrier(context: BfvContext, polynomial: Residues): Uint8Array {
  const bytes = new Uint8Array(ANSWER_LENGTH)
  bytes.set(context.templates.answer)
  setPolynomial(bytes, C1, polynomial)
  return bytes
}

export function toNtt(context: BfvContext, polynomial: Residues): Residues {
  // SEAL refuses a ciphertext whose c1 is zero.
  if (polynomial.every((value) => value === 0n)) return polynomial
  return polynomialAt(transformed(context, carrier(context, polynomial), true), C1)
}

function fromNtt(context: BfvContext, values: Residues): Residues {
  // The carrier is transformed for its header, which says in which form it is.
  const bytes = transformed(context, carrier(context, values), true)
  setPolynomial(bytes, C1, values)
  return polynomialAt(transformed(context, bytes, false), C1)
}

/** c1 of every block of a seeded query. */
export function queryC1(context: BfvContext, blocks: Uint8Array): Residues[] {
  const { seal } = context
  return Array.from({ length: blocks.length / QUERY_BYTES }, (_, block) => {
    using cipher = new seal.Ciphertext()
    cipher.loadFromArray(context.context, blocks.slice(block * QUERY_BYTES, (block + 1) * QUERY_BYTES))
    return polynomialAt(cipher.saveToArray(seal.ComprModeType.none), C1)
  })
}

/** The second half of a seeded public key; SEAL keeps keys transformed. */
export function publicKeyC1(context: BfvContext, publicKey: Uint8Array): Residues {
  const { seal, primes } = context
  using key = new seal.PublicKey()
  key.loadFromArray(context.context, publicKey)
  return polynomialAt(key.saveToArray(seal.ComprModeType.none), primes.length)
}

/** c1 of every short answer of a message. */
export function answerC1(context: BfvContext, bytes: Uint8Array, stride: number): Residues[] {
  const size = shortLength(stride)
  return Array.from({ length: bytes.length / size }, (_, group) => {
    const short = bytes.subarray(group * size, (group + 1) * size)
    return polynomialAt(parseShortAnswer(context, short, stride), C1)
  })
}

/** One cell of the packed columns. */
const cellOf = (columns: PackedColumns, row: number, column: number): bigint =>
  column < columns.width
    ? BigInt(columns.codes.filter((codes) => codes[row] === column).length)
    : BigInt(columns.dense?.[column - columns.width]?.[row] ?? 0)

/** Visits row, column and exponent of every cell in a block and group of W columns. */
function eachCell(
  { rows, stride, blockRows }: Packing,
  block: number,
  group: number,
  visit: (row: number, column: number, exponent: number) => void,
): void {
  const from = block * blockRows
  for (let row = from; row < Math.min(rows, from + blockRows); row++) {
    for (let j = 0; j < stride; j++) visit(row, group * stride + j, j - stride * (row - from))
  }
}

/** A(X) of a block and group modulo the first prime, for somebody who knows these columns. */
export function columnsOf(
  context: BfvContext,
  packing: Packing,
  columns: PackedColumns,
  block: number,
  group: number,
): Residues {
  const polynomial = new BigUint64Array(N)
  const [prime] = context.primes
  eachCell(packing, block, group, (row, column, exponent) => {
    const cell = cellOf(columns, row, column)
    if (cell === 0n) return
    if (exponent >= 0) polynomial[exponent] = modulo(cell, prime)
    else polynomial[exponent + N] = modulo(-cell, prime)
  })
  return polynomial
}

/** dividend - sum of factors[i]*terms[i], all transformed. */
export function without(
  context: BfvContext,
  dividend: Residues,
  factors: Residues[],
  terms: Residues[],
): Residues {
  const [prime] = context.primes
  return dividend.map((value, i) =>
    modulo(
      factors.reduce((rest, factor, k) => rest - factor[i] * terms[k][i], value),
      prime,
    ),
  )
}

/** The quotient of two transformed polynomials in coefficient form, as signed integers. */
export function quotient(context: BfvContext, dividend: Residues, divisor: Residues): bigint[] {
  const [prime] = context.primes
  const values = dividend.map((value, i) => (value * inverse(divisor[i], prime)) % prime)
  return Array.from(fromNtt(context, values), (value) => (value > prime / 2n ? value - prime : value))
}

/** How many cells of a block and group a polynomial shows rightly, and how many there are. */
export function cellsShown(
  polynomial: bigint[],
  packing: Packing,
  columns: PackedColumns,
  block = 0,
  group = 0,
): { shown: number; cells: number } {
  let shown = 0
  let cells = 0
  eachCell(packing, block, group, (row, column, exponent) => {
    const seen = exponent >= 0 ? polynomial[exponent] : -polynomial[exponent + N]
    if (seen === cellOf(columns, row, column)) shown++
    cells++
  })
  return { shown, cells }
}
