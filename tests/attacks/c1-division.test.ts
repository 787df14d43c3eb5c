/** security.md E1, T04: without re-randomising, c1 of the answer divided by c1 of the query is the column, no key needed. */
import { describe, expect, test } from 'vitest'
import { type BfvContext, linearContext } from '../../engine/bfv/context.ts'
import { LinearResponder } from '../../engine/bfv/linear.ts'
import { LinearOwner } from '../../engine/bfv/linear-owner.ts'
import { N } from '../../engine/bfv/parameters.ts'
import { parseShortAnswer } from '../../engine/bfv/wire.ts'
import { systemRandom } from '../../engine/index.ts'
import { freshResidues } from '../../engine/stream.ts'
import { packingOf, randomColumns, seededRandom } from '../unit/engine/fixtures.ts'
import { inverse, polynomialAt, setPolynomial } from './owner.ts'
import { weakAnswer } from './weak-responder.ts'

const STRIDE = 8
const packing = packingOf(1024, STRIDE)
const columns = randomColumns(1024, [5, 3], 0, 'division')
const masks = freshResidues(seededRandom('division'), STRIDE)

const context = await linearContext()

/** Bytes of the same ciphertext in the other form. */
function transformed(
  { seal, context: parameters, evaluator }: BfvContext,
  bytes: Uint8Array,
  toNtt: boolean,
) {
  using cipher = new seal.Ciphertext()
  cipher.loadFromArray(parameters, bytes)
  if (toNtt) evaluator.cipherTransformToNttInplace(cipher)
  else evaluator.cipherTransformFromNttInplace(cipher)
  return cipher.saveToArray(seal.ComprModeType.none) as Uint8Array
}

/** Divides c1 by c1 in the transformed domain and transforms the quotient back: a polynomial modulo the first prime. */
function quotient(query: Uint8Array, answer: Uint8Array): bigint[] {
  const prime = context.primes[0]
  const divisor = polynomialAt(transformed(context, query, true), 2)
  const ntt = transformed(context, answer, true)
  const dividend = polynomialAt(ntt, 2)
  setPolynomial(
    ntt,
    0,
    dividend.map((value, i) => (value * inverse(divisor[i], prime)) % prime),
  )
  return Array.from(polynomialAt(transformed(context, ntt, false), 0), (value) =>
    value > prime / 2n ? value - prime : value,
  )
}

/** How many of the 8,192 cells (row, column) the polynomial A(X) = sum x_ij X^(j - W i) shows rightly. */
function cellsShown(polynomial: bigint[]): number {
  let shown = 0
  for (let row = 0; row < 1024; row++) {
    for (let column = 0; column < STRIDE; column++) {
      const exponent = column - STRIDE * row
      const cell = exponent >= 0 ? polynomial[exponent] : -polynomial[exponent + N]
      const truth = columns.codes.some((codes) => codes[row] === column) ? 1n : 0n
      if (cell === truth) shown++
    }
  }
  return shown
}

describe('c1 division', () => {
  test('control: without an added encryption of zero, mask and flood hide nothing: all 8,192 cells', async () => {
    using owner = await LinearOwner.create(packing)
    const { publicKey, blocks } = owner.encrypt(freshResidues(systemRandom, 1024))
    const answer = weakAnswer(
      context,
      { publicKey, blocks: [blocks] },
      packing,
      columns,
      masks,
      { rerandomise: false, flood: context.flood },
      systemRandom,
    )
    expect(cellsShown(quotient(blocks, answer))).toBe(N)
  })

  test('the real answer shows no cell, for any group of columns', async () => {
    using owner = await LinearOwner.create(packing)
    using responder = await LinearResponder.create(packing, columns, 0)
    const { publicKey, blocks } = owner.encrypt(freshResidues(systemRandom, 1024))
    const { bytes } = responder.answer({ publicKey, blocks }, 0, STRIDE, masks, systemRandom(32))
    const shown = cellsShown(quotient(blocks, parseShortAnswer(context, bytes, STRIDE)))
    expect(shown).toBe(0)
  })

  test('guess and confirm: two answers to the same query with the same mask differ in every word of c1', async () => {
    using owner = await LinearOwner.create(packing)
    using responder = await LinearResponder.create(packing, columns, 0)
    const query = owner.encrypt(new Float64Array(1024).fill(1))
    const [first, second] = [1, 2].map(() => {
      const { bytes } = responder.answer(query, 0, STRIDE, masks, systemRandom(32))
      return parseShortAnswer(context, bytes, STRIDE)
    })
    for (const part of [2, 3]) {
      const [a, b] = [polynomialAt(first, part), polynomialAt(second, part)]
      expect(a.filter((word, i) => word === b[i]).length).toBe(0)
    }
  })
})
