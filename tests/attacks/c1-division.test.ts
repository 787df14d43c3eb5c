/** security.md E1, T04: without re-randomising, c1 of the answer divided by c1 of the query is the column, no key needed. */
import { describe, expect, test } from 'vitest'
import { linearContext } from '../../engine/bfv/context.ts'
import { LinearResponder } from '../../engine/bfv/linear.ts'
import { LinearOwner } from '../../engine/bfv/linear-owner.ts'
import { N } from '../../engine/bfv/parameters.ts'
import { parseShortAnswer } from '../../engine/bfv/wire.ts'
import { systemRandom } from '../../engine/index.ts'
import { freshResidues } from '../../engine/stream.ts'
import { packingOf, randomColumns, seededRandom } from '../unit/engine/fixtures.ts'
import { answerC1, cellsShown, queryC1, quotient, type Residues, toNtt } from './division.ts'
import { polynomialAt } from './owner.ts'
import { weakAnswer } from './weak-responder.ts'

const STRIDE = 8
const packing = packingOf(1024, STRIDE)
const columns = randomColumns(1024, [5, 3], 0, 'division')
const masks = freshResidues(seededRandom('division'), STRIDE)

const context = await linearContext()

/** Cells that the division of the answer's c1 by the query's shows. */
function divide(query: Uint8Array, c1: Residues): number {
  const divisor = toNtt(context, queryC1(context, query)[0])
  return cellsShown(quotient(context, toNtt(context, c1), divisor), packing, columns).shown
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
    expect(divide(blocks, polynomialAt(answer, 2))).toBe(N)
  })

  test('the real answer shows no cell, for any group of columns', async () => {
    using owner = await LinearOwner.create(packing)
    using responder = await LinearResponder.create(packing, columns, 0)
    const { publicKey, blocks } = owner.encrypt(freshResidues(systemRandom, 1024))
    const { bytes } = responder.answer({ publicKey, blocks }, 0, STRIDE, masks, systemRandom(32))
    expect(divide(blocks, answerC1(context, bytes, STRIDE)[0])).toBe(0)
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
