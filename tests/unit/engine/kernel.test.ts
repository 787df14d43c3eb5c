import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { crossContext, linearContext } from '../../../engine/bfv/context.ts'
import { createKernel, deltaOf, PANEL } from '../../../engine/kernel/kernel.ts'
import { assembleKernel, kernelFile } from '../../../scripts/assemble-kernel.mjs'
import { faultOf, seededRandom } from './fixtures.ts'

const WORDS = 512
const PLANE = WORDS * 8
const primes = (await linearContext()).primes.slice(0, 2)
const smallest = 2n ** 60n - 2n ** 24n + 1n

/** Words below the prime; the first ones are the largest there are, the last ones 0 and 1. */
function wordsBelow(prime: bigint, seed: string): bigint[] {
  const draws = new BigUint64Array(seededRandom(seed)(PLANE).buffer)
  return Array.from(draws, (draw, i) =>
    i < 8 ? prime - 1n : i > WORDS - 3 ? BigInt(WORDS - 1 - i) : draw % prime,
  )
}

/** Runs the kernel on `blocks` pairs of polynomials and gives what it leaves in the sum. */
function accumulated(prime: bigint, blocks: number, before: bigint[]): { got: bigint[]; expected: bigint[] } {
  const pairs = Array.from({ length: blocks }, (_, block) => ({
    cipher: wordsBelow(prime, `cipher ${block}`),
    factor: wordsBelow(prime, `factor ${block}`),
  }))
  const kernel = createKernel((2 * blocks + 1) * PLANE)
  const words = new BigUint64Array(kernel.bytes.buffer)
  pairs.forEach(({ cipher, factor }, block) => {
    words.set(cipher, block * WORDS)
    words.set(factor, (blocks + block) * WORDS)
  })
  words.set(before, 2 * blocks * WORDS)
  kernel.split(0, 2 * blocks * WORDS)
  kernel.accumulate(0, PLANE, blocks * PLANE, PLANE, blocks, 2 * blocks * PLANE, WORDS, deltaOf(prime), prime)
  return {
    got: Array.from(words.subarray(2 * blocks * WORDS, (2 * blocks + 1) * WORDS)),
    expected: before.map(
      (sum, i) => pairs.reduce((all, { cipher, factor }) => all + cipher[i] * factor[i], sum) % prime,
    ),
  }
}

describe('sums of products in the kernel', () => {
  const cases = [...primes, smallest].flatMap((prime) =>
    [1, 2, 7, PANEL].map((blocks) => [prime, blocks] as const),
  )

  test.each(cases)('modulo %d over %i blocks equal BigInt, the largest words included', (prime, blocks) => {
    const { got, expected } = accumulated(prime, blocks, wordsBelow(prime, 'before'))
    expect(got).toEqual(expected)
  })

  test('one block more than a panel may overflow: the bound of the proof is sharp', () => {
    const { got, expected } = accumulated(primes[0], PANEL + 2, wordsBelow(primes[0], 'before'))
    expect(got.slice(0, 8)).not.toEqual(expected.slice(0, 8))
  })

  test('limbs of 30 bits stand in the halves of a word', () => {
    const kernel = createKernel(16)
    const words = new BigUint64Array(kernel.bytes.buffer)
    words[0] = 2n ** 60n - 1n
    words[1] = 2n ** 30n + 5n
    kernel.split(0, 2)
    expect([words[0], words[1]]).toEqual([0x3fffffff_3fffffffn, 0x1_00000005n])
  })

  test('the primes of both parameter sets are covered by the proof of range, others are refused', async () => {
    for (const { primes: all } of [await linearContext(), await crossContext()]) {
      for (const prime of all.slice(0, 2)) expect(deltaOf(prime)).toBe(2n ** 60n - prime)
    }
    for (const prime of [2n ** 60n, 2n ** 60n - 2n ** 24n, 4079617n]) {
      expect(faultOf(() => deltaOf(prime)).code).toBe('YX_ENGINE_OUT_OF_RANGE')
    }
  })

  test('the committed bytes are those of the committed text', async () => {
    const file = join(import.meta.dirname, '../../../engine/kernel/polynomials-wasm.ts')
    expect(readFileSync(file, 'utf8')).toBe(kernelFile(await assembleKernel()))
  })
})
