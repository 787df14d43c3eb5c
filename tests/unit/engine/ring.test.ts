/** The kernel's transforms and sums against SEAL's own and against BigInt. */
import { describe, expect, test } from 'vitest'
import { linearContext } from '../../../engine/bfv/context.ts'
import { EphemeralKey } from '../../../engine/bfv/key.ts'
import { N } from '../../../engine/bfv/parameters.ts'
import { Polynomial, toPlaintext } from '../../../engine/bfv/plaintext.ts'
import { PLANE, Ring } from '../../../engine/bfv/ring.ts'
import { CIPHER_HEADER, PLAIN_HEADER, POLY_BYTES } from '../../../engine/bfv/templates.ts'
import { seededRandom } from './fixtures.ts'

const context = await linearContext()
const { seal, evaluator, primes } = context
const ring = new Ring(context, 4 * PLANE)
const planes = [0, 1, 2, 3].map((plane) => ring.start + plane * PLANE)
const wordsAt = (at: number) => new BigUint64Array(ring.bytes.buffer, at, N)

/** Words below the prime; the largest and the smallest ones among them. */
function wordsBelow(prime: bigint, seed: string): BigUint64Array {
  const words = new BigUint64Array(seededRandom(seed)(8 * N).buffer)
  return words.map((word, i) => (i < 20 ? prime - 1n : i < 40 ? 0n : i === 41 ? 1n : word % prime))
}

describe('transforms', () => {
  test('forward equals SEAL on a fresh ciphertext, all four polynomials, word for word', () => {
    using key = new EphemeralKey(context)
    using plain = toPlaintext(context, new Polynomial(context))
    using cipher = new seal.Ciphertext()
    cipher.loadFromArray(context.context, key.encrypt(plain))
    const before = cipher.saveToArray(seal.ComprModeType.none)
    evaluator.cipherTransformToNttInplace(cipher)
    const after = cipher.saveToArray(seal.ComprModeType.none)
    planes.forEach((at, plane) => {
      ring.place(before, CIPHER_HEADER + plane * POLY_BYTES, at)
      ring.transform(at, plane % 2)
      const from = CIPHER_HEADER + plane * POLY_BYTES
      expect(
        Buffer.from(after)
          .subarray(from, from + POLY_BYTES)
          .equals(ring.plane(at)),
      ).toBe(true)
    })
  })

  test('a factor of small coefficients equals SEAL’s, negative ones included', () => {
    const small = Int16Array.from({ length: N }, (_, i) => ((i * 37) % 513) - 256)
    const polynomial = new Polynomial(context)
    small.forEach((value, index) => {
      polynomial.add(index, value)
    })
    using plain = toPlaintext(context, polynomial)
    using parms = context.context.firstParmsId()
    evaluator.plainTransformToNttInplace(plain, parms)
    const expected = Buffer.from(plain.saveToArray(seal.ComprModeType.none))
    for (const k of [0, 1]) {
      ring.placeSmall(small, planes[k], k)
      ring.transform(planes[k], k)
      const from = PLAIN_HEADER + k * POLY_BYTES
      expect(expected.subarray(from, from + POLY_BYTES).equals(ring.plane(planes[k]))).toBe(true)
    }
  })

  test.each([0, 1])('backward undoes forward, border words included (prime %i)', (k) => {
    const words = wordsBelow(primes[k], `there and back ${k}`)
    wordsAt(planes[0]).set(words)
    ring.transform(planes[0], k)
    expect(wordsAt(planes[0])).not.toEqual(words)
    expect(wordsAt(planes[0]).every((word) => word < primes[k])).toBe(true)
    ring.restore(planes[0], k)
    expect(wordsAt(planes[0])).toEqual(words)
  })

  test('products of transformed polynomials are negacyclic products', () => {
    const [a, b] = [Int16Array.from({ length: N }, () => 0), Int16Array.from({ length: N }, () => 0)]
    a[0] = 3
    a[N - 1] = -2
    b[1] = 5
    b[2] = 7
    for (const k of [0, 1]) {
      ring.placeSmall(a, planes[0], k)
      ring.placeSmall(b, planes[1], k)
      for (const at of planes.slice(0, 2)) ring.transform(at, k)
      const product = wordsAt(planes[0]).map((word, i) => (word * wordsAt(planes[1])[i]) % primes[k])
      wordsAt(planes[2]).set(product)
      ring.restore(planes[2], k)
      // (3 - 2X^(N-1)) * (5X + 7X^2) = 15X + 21X^2 + 10 + 14X, because X^N = -1
      const [first, second, third, ...rest] = wordsAt(planes[2])
      expect([first, second, third]).toEqual([10n, 29n, 21n])
      expect(rest.every((word) => word === 0n)).toBe(true)
    }
  })
})

test('sums modulo a prime equal BigInt, at the borders too', () => {
  for (const k of [0, 1]) {
    const [a, b] = [wordsBelow(primes[k], 'left'), wordsBelow(primes[k], 'right')]
    wordsAt(planes[0]).set(a)
    wordsAt(planes[1]).set(b)
    ring.add(planes[0], planes[1], k)
    expect(wordsAt(planes[0])).toEqual(a.map((word, i) => (word + b[i]) % primes[k]))
  }
})
