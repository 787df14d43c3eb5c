/**
 * protocol.md section 8, "Replay": a server that was stopped makes its query again from a seed. Two vectors encrypted under one
 * stream are a two-time pad without any key: c1 is the same, so that the difference of the two c0 is round(Q/t) times that of the
 * vectors. The attacker sees both queries, as a relay does when a server goes back to an earlier state and then takes
 * another way.
 */
import { describe, expect, test } from 'vitest'
import { linearContext } from '../../engine/bfv/context.ts'
import { LinearOwner } from '../../engine/bfv/linear-owner.ts'
import { ANSWER_PRIMES, N } from '../../engine/bfv/parameters.ts'
import { systemRandom, T } from '../../engine/index.ts'
import { freshResidues } from '../../engine/stream.ts'
import { packingOf } from '../unit/engine/fixtures.ts'
import { inverse, modulo, polynomialAt } from './owner.ts'

const STRIDE = 8
const ROWS = 1024
const packing = packingOf(ROWS, STRIDE)
const context = await linearContext()
const [first, second] = [1, 2].map(() => freshResidues(systemRandom, ROWS))

/** The halves of one expanded block, modulo the first two primes. */
function halves(block: Uint8Array): BigUint64Array[] {
  using cipher = new context.seal.Ciphertext()
  cipher.loadFromArray(context.context, block)
  const bytes: Uint8Array = cipher.saveToArray(context.seal.ComprModeType.none)
  return [0, 1, 2, 3].map((part) => polynomialAt(bytes, part))
}

/** Rows whose difference the attacker reads out of two queries. */
function rowsShown(one: Uint8Array, two: Uint8Array): number {
  const [p0, p1] = context.primes
  const modulus = p0 * p1
  const t = BigInt(T)
  const [before, after] = [halves(one), halves(two)]
  let shown = 0
  for (let row = 0; row < ROWS; row++) {
    const at = row * STRIDE
    const [r0, r1] = [0, 1].map((k) => modulo(after[k][at] - before[k][at], context.primes[k]))
    const joined = r0 + p0 * modulo((r1 - r0) * inverse(modulo(p0, p1), p1), p1)
    const seen = ((joined * t + modulus / 2n) / modulus) % t
    if (seen === modulo(BigInt(second[row]) - BigInt(first[row]), t)) shown++
  }
  return shown
}

describe('two vectors under one seed', () => {
  test('the attack works on whole ciphertexts of two primes', () => {
    expect([context.set.dataPrimes, N / STRIDE]).toEqual([ANSWER_PRIMES, ROWS])
  })

  test('control: without the binding to the values every row of the difference is read, without a key', async () => {
    using owner = await LinearOwner.create(packing)
    const unbound = systemRandom(32)
    const [one, two] = [first, second].map((values) =>
      owner.encryptBlocks(values, { from: 0, to: 1 }, unbound),
    )
    expect(rowsShown(one, two)).toBe(ROWS)
  })

  test('bound to the values, by an owner made twice from one seed, no row is read', async () => {
    const seed = systemRandom(32)
    const blocks: Uint8Array[] = []
    for (const values of [first, second]) {
      using owner = await LinearOwner.create(packing, seed)
      blocks.push(owner.encrypt(values).blocks)
    }
    expect(rowsShown(blocks[0], blocks[1])).toBe(0)
  })

  test('nor by one owner that encrypts twice', async () => {
    using owner = await LinearOwner.create(packing, systemRandom(32))
    expect(rowsShown(owner.encrypt(first).blocks, owner.encrypt(second).blocks)).toBe(0)
  })
})
