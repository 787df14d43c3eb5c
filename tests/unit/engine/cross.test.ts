import { describe, expect, test } from 'vitest'
import { answerCross, CrossOwner } from '../../../engine/bfv/cross.ts'
import { ANSWER_LENGTH } from '../../../engine/bfv/wire.ts'
import { addInto, addProductInto, T } from '../../../engine/index.ts'
import { freshResidues } from '../../../engine/stream.ts'
import { BIG_T, seededRandom } from './fixtures.ts'

async function crossOf(rows: number, aP: Float64Array, bP: Float64Array, aH: Float64Array, bH: Float64Array) {
  using owner = await CrossOwner.create(rows)
  const query = owner.encrypt(aH, bH)
  const { answer, rho } = await answerCross(query, [bP, aP], seededRandom(`cross ${rows}`)(32))
  return { query, answer, rho, decrypted: owner.decrypt(answer) }
}

describe('shares of a product', () => {
  test.each([1, 8191, 8192, 8193])('%d rows of random residues', async (rows) => {
    const random = seededRandom(`rows ${rows}`)
    const [aP, bP, aH, bH] = [1, 2, 3, 4].map(() => freshResidues(random, rows))
    const { answer, rho, decrypted } = await crossOf(rows, aP, bP, aH, bH)
    expect(answer.length).toBe(Math.ceil(rows / 8192) * ANSWER_LENGTH)
    // P: [a]_P [b]_P + rho, H: [a]_H [b]_H + decrypted
    addProductInto(rho, aP, bP)
    addProductInto(decrypted, aH, bH)
    addInto(rho, decrypted)
    const product = Array.from(aP, (value, row) =>
      Number(((BigInt(value) + BigInt(aH[row])) * (BigInt(bP[row]) + BigInt(bH[row]))) % BIG_T),
    )
    expect(Array.from(rho)).toEqual(product)
  })

  test.each([
    ['P holds zeros', 0, 5],
    ['H holds zeros', 5, 0],
    ['both hold zeros', 0, 0],
    ['the largest residues', T - 1, T - 1],
  ])('%s: the cross term alone', async (_name, p, h) => {
    const [atP, atH] = [new Float64Array(100).fill(p), new Float64Array(100).fill(h)]
    const { answer, rho, decrypted } = await crossOf(100, atP, atP, atH, atH)
    addInto(decrypted, rho)
    const cross = Number((2n * BigInt(p) * BigInt(h)) % BIG_T)
    expect(Array.from(decrypted)).toEqual(new Array(100).fill(cross))
    expect(answer.length).toBe(ANSWER_LENGTH)
  })
})

describe('a quadratic a*(q + h*b) whose q and h only P knows', () => {
  const exact = (values: readonly number[]) => values.map(BigInt)

  test.each([1, 8193])('%d rows of random residues', async (rows) => {
    const random = seededRandom(`quadratic ${rows}`)
    const [aP, bP, aH, bH, q, h] = Array.from({ length: 6 }, () => freshResidues(random, rows))
    const product = new Float64Array(rows)
    addProductInto(product, aH, bH)
    const inner = q.slice()
    addProductInto(inner, h, bP)
    const scaled = new Float64Array(rows)
    addProductInto(scaled, h, aP)
    using owner = await CrossOwner.create(rows)
    const query = owner.encrypt(aH, bH, product)
    const { answer, rho } = await answerCross(query, [inner, scaled, h], random(32))
    expect(answer.length).toBe(Math.ceil(rows / 8192) * ANSWER_LENGTH)
    addProductInto(rho, aP, inner)
    addInto(rho, owner.decrypt(answer))
    const expected = Array.from(aP, (_, row) => {
      const [a, b, c, d, e, f] = exact([aP[row], aH[row], bP[row], bH[row], q[row], h[row]])
      return Number(((a + b) * (e + f * (c + d))) % BIG_T)
    })
    expect(Array.from(rho)).toEqual(expected)
  })

  test('the largest residues everywhere', async () => {
    const large = new Float64Array(8192).fill(T - 1)
    using owner = await CrossOwner.create(8192)
    const query = owner.encrypt(large, large, large)
    const { answer, rho } = await answerCross(query, [large, large, large], seededRandom('large')(32))
    addInto(rho, owner.decrypt(answer))
    // (-1)(-1) three times
    expect(rho.every((value) => value === 3)).toBe(true)
  })

  test('as many factors as vectors', async () => {
    const zeros = new Float64Array(2)
    using owner = await CrossOwner.create(2)
    const query = owner.encrypt(zeros, zeros, zeros)
    await expect(answerCross(query, [zeros, zeros], seededRandom('x')(32))).rejects.toMatchObject({
      code: 'YX_ENGINE_LENGTH_MISMATCH',
    })
  })
})

test('sizes and refusals', async () => {
  using owner = await CrossOwner.create(10)
  const zeros = new Float64Array(10)
  const query = owner.encrypt(zeros, zeros)
  expect(query.publicKey.length).toBe(262_338)
  expect(query.first.length).toBe(196_802)
  expect(() => owner.encrypt(zeros, new Float64Array(11))).toThrow(
    expect.objectContaining({ code: 'YX_ENGINE_LENGTH_MISMATCH' }),
  )
  await expect(
    answerCross(query, [new Float64Array(8193), new Float64Array(8193)], seededRandom('x')(32)),
  ).rejects.toMatchObject({ code: 'YX_ENGINE_MALFORMED_CIPHERTEXT' })
  await expect(answerCross(query, [zeros, new Float64Array(9)], seededRandom('x')(32))).rejects.toMatchObject(
    {
      code: 'YX_ENGINE_LENGTH_MISMATCH',
    },
  )
})
