/** The encryption of zero inside an answer: its small polynomials, its noise, and that nothing of it repeats. */
import { describe, expect, test } from 'vitest'
import { linearContext } from '../../../engine/bfv/context.ts'
import { EphemeralKey } from '../../../engine/bfv/key.ts'
import { N } from '../../../engine/bfv/parameters.ts'
import { type ProductSums, SUM_BYTES } from '../../../engine/bfv/products.ts'
import { release } from '../../../engine/bfv/release.ts'
import { parseShortAnswer } from '../../../engine/bfv/wire.ts'
import { errors, ternary } from '../../../engine/bfv/zero.ts'
import { freshResidues } from '../../../engine/stream.ts'
import { noiseOf, polynomialAt, secretKeyOf } from '../../attacks/owner.ts'
import { chiSquare, chiSquareLimit, packingOf, seededRandom } from './fixtures.ts'

const STRIDE = 8
const packing = packingOf(8192 / STRIDE, STRIDE)
const context = await linearContext()
const nothing = () => new ArrayBuffer(SUM_BYTES) as ProductSums

describe('small polynomials', () => {
  test('the ternary one is uniform, rejected bytes included', () => {
    const counts = [0, 0, 0]
    for (let draw = 0; draw < 30; draw++) {
      for (const value of ternary(seededRandom(`ternary ${draw}`))) counts[value + 1]++
    }
    expect(chiSquare(counts, () => (30 * N) / 3)).toBeLessThan(chiSquareLimit(2))
    // 255 is rejected: a stream that begins with it gives the same as one without
    const stream = (first: number[]) => {
      const random = seededRandom('rejected')
      let begun = false
      return (length: number) => {
        const bytes = random(N)
        if (begun) return new Uint8Array(length).fill(4)
        begun = true
        bytes.set(first)
        return bytes
      }
    }
    const [with255, with3] = [ternary(stream([255, 7])), ternary(stream([3, 7]))]
    expect(with255.slice(0, N - 1)).toEqual(with3.slice(1))
    expect(with255[N - 1]).toBe(0) // byte 4
  })

  test('errors follow the centred binomial distribution of 21 coins', () => {
    const counts = new Array(43).fill(0)
    const draws = 30
    for (let draw = 0; draw < draws; draw++) {
      for (const value of errors(seededRandom(`errors ${draw}`))) counts[value + 21]++
    }
    // the probability of a difference d is binomial(42, 21 + d) / 2^42
    const binomial = (k: number) =>
      Array.from({ length: k }, (_, i) => (42 - i) / (i + 1)).reduce((a, b) => a * b, 1)
    const inner = [...counts.keys()].filter((cell) => Math.abs(cell - 21) <= 11)
    const observed = inner.map((cell) => counts[cell])
    const statistic = chiSquare(observed, (index) => (draws * N * binomial(inner[index])) / 2 ** 42)
    expect(statistic).toBeLessThan(chiSquareLimit(inner.length - 1))
    expect(
      counts
        .slice(0, 8)
        .concat(counts.slice(35))
        .every((count) => count < 5),
    ).toBe(true)
  })
})

test('an answer to nothing decrypts to its masks, its noise is the flood, and both halves look uniform', () => {
  using key = new EphemeralKey(context)
  const secret = secretKeyOf(context, key)
  const masks = freshResidues(seededRandom('zero masks'), STRIDE)
  const answers = ['one', 'two'].map((name) =>
    parseShortAnswer(
      context,
      release(context, packing, [nothing()], {
        publicKey: key.publicKey,
        firstGroup: 0,
        masks,
        seed: seededRandom(name)(32),
      }),
      STRIDE,
    ),
  )
  for (const answer of answers) {
    const found = noiseOf(context, answer, secret, STRIDE)
    expect(found.map(({ message }) => Number(message))).toEqual(Array.from(masks))
    // the flood spans +-2^73; the encryption of zero alone would stay below 2^19
    expect(found.filter(({ noise }) => noise > 2n ** 60n || noise < -(2n ** 60n)).length).toBe(STRIDE)
    for (const part of [2, 3]) {
      const prime = context.primes[part % 2]
      const cells = new Array(64).fill(0)
      for (const word of polynomialAt(answer, part)) cells[Number((word * 64n) / prime)]++
      expect(chiSquare(cells, () => N / 64)).toBeLessThan(chiSquareLimit(63))
    }
  }
  const [first, second] = answers.map((answer) => polynomialAt(answer, 2))
  expect(first.filter((word, i) => word === second[i]).length).toBe(0)
})

test('without the flood the noise of the encryption of zero stays below 2^19', () => {
  // e*u + e1*s, computed in the clear for polynomials of the real distributions
  const random = seededRandom('noise of zero')
  const [e, u, e1, s] = [errors(random), ternary(random), errors(random), ternary(random)]
  let largest = 0
  for (let j = 0; j < N; j += 61) {
    let sum = 0
    for (let i = 0; i < N; i++) {
      const sign = i > j ? -1 : 1
      const other = (j - i + N) % N
      sum += sign * (e[i] * u[other] + e1[i] * s[other])
    }
    largest = Math.max(largest, Math.abs(sum))
  }
  expect(largest).toBeGreaterThan(100)
  expect(largest).toBeLessThan(2 ** 19)
})
