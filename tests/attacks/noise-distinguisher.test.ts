/** security.md T05: the owner of the key computes the noise of answers; unflooded it tells heavy columns from empty ones. */
import { describe, expect, test } from 'vitest'
import { crossContext, linearContext } from '../../engine/bfv/context.ts'
import { answerCross } from '../../engine/bfv/cross.ts'
import { EphemeralKey } from '../../engine/bfv/key.ts'
import { LinearResponder } from '../../engine/bfv/linear.ts'
import { packVector } from '../../engine/bfv/packing.ts'
import { Polynomial, toPlaintext } from '../../engine/bfv/plaintext.ts'
import { parseShortAnswer } from '../../engine/bfv/wire.ts'
import { type PackedColumns, T } from '../../engine/index.ts'
import { freshResidues } from '../../engine/stream.ts'
import { packingOf, seededRandom } from '../unit/engine/fixtures.ts'
import { noiseOf, secretKeyOf } from './owner.ts'
import { weakAnswer } from './weak-responder.ts'

const STRIDE = 8
const ROWS = 2048
const ANSWERS = 30
const packing = packingOf(ROWS, STRIDE)
const context = await linearContext()

const empty: PackedColumns = { rows: ROWS, width: STRIDE, codes: [new Uint8Array(ROWS).fill(255)] }
const heavy: PackedColumns = {
  rows: ROWS,
  width: 0,
  codes: [],
  dense: Array.from({ length: STRIDE }, (_, j) => new Int16Array(ROWS).fill(j % 2 ? 256 : -256)),
}

function queryUnder(key: EphemeralKey, values: Float64Array): Uint8Array[] {
  const polynomial = new Polynomial(context)
  return Array.from({ length: packing.blocks }, (_, block) => {
    packVector(polynomial, packing, values, block)
    using plain = toPlaintext(context, polynomial)
    return key.encrypt(plain)
  })
}

/** Largest distance between two empirical distributions. */
function kolmogorovSmirnov(a: bigint[], b: bigint[]): number {
  const order = (x: bigint, y: bigint) => (x < y ? -1 : x > y ? 1 : 0)
  const [x, y] = [a.toSorted(order), b.toSorted(order)]
  let [i, j, distance] = [0, 0, 0]
  while (i < x.length && j < y.length) {
    if (x[i] <= y[j]) i++
    else j++
    distance = Math.max(distance, Math.abs(i / x.length - j / y.length))
  }
  return distance
}
/** `count` values evenly spread over +-interval. */
const uniformOn = (interval: bigint, count: number): bigint[] =>
  Array.from({ length: count }, (_, i) => ((2n * BigInt(i) + 1n) * interval) / BigInt(count) - interval)
/** The two-sample test rejects at 10^-3 above this. */
const critical = (n: number) => Math.sqrt(-Math.log(0.0005) / 2) * Math.sqrt(2 / n)

describe('noise of answers', () => {
  using key = new EphemeralKey(context)
  const secret = secretKeyOf(context, key)
  const values = freshResidues(seededRandom('noise values'), ROWS)
  const blocks = queryUnder(key, values)
  const query = new Uint8Array(blocks.length * blocks[0].length)
  blocks.forEach((block, index) => {
    query.set(block, index * block.length)
  })

  const weakNoise = (columns: PackedColumns, flood: bigint): bigint[] => {
    const random = seededRandom('weak')
    return Array.from({ length: ANSWERS }, () => {
      const masks = freshResidues(random, STRIDE)
      const asked = { publicKey: key.publicKey, blocks }
      const answer = weakAnswer(context, asked, packing, columns, masks, { rerandomise: true, flood }, random)
      return noiseOf(context, answer, secret, STRIDE).map(({ noise }) => noise)
    }).flat()
  }

  test('the secret key that the attack works with is ternary and not trivial', () => {
    const counts = [-1, 0, 1].map((digit) => secret.filter((value) => value === digit).length)
    expect(counts[0] + counts[1] + counts[2]).toBe(8192)
    for (const count of counts) expect(Math.abs(count - 8192 / 3)).toBeLessThan(6 * Math.sqrt((8192 * 2) / 9))
  })

  test('control: without flooding, heavy columns are told from empty ones', () => {
    const [none, all] = [weakNoise(empty, 0n), weakNoise(heavy, 0n)]
    expect(kolmogorovSmirnov(none, all)).toBeGreaterThan(critical(none.length))
  })

  test('the bound beside the parameters holds: honest noise of heavy columns is below n W 2^8 20.5 + 2^19', () => {
    const bound = BigInt(Math.ceil(ROWS * STRIDE * 256 * 20.5)) + 2n ** 19n
    const largest = weakNoise(heavy, 0n).reduce(
      (most, noise) => (noise > most ? noise : -noise > most ? -noise : most),
      0n,
    )
    expect(largest).toBeLessThan(bound)
    expect(largest).toBeGreaterThan(2n ** 10n) // the measure sees noise at all
    expect(bound).toBeLessThan(2n ** 36n)
  })

  test('the real answer: the same distribution for both, uniform over the whole interval', async () => {
    const realNoise = async (columns: PackedColumns, seed: string) => {
      using responder = await LinearResponder.create(packing, columns, 2 ** 24)
      // seeded masks and floods: SEAL's own noise is 2^-38 of the flood, so the outcome cannot flicker
      const random = seededRandom(seed)
      const noises: bigint[] = []
      for (let count = 0; count < ANSWERS; count++) {
        const masks = freshResidues(random, STRIDE)
        const asked = { publicKey: key.publicKey, blocks: query }
        const { bytes } = responder.answer(asked, 0, STRIDE, masks, random(32))
        const answer = parseShortAnswer(context, bytes, STRIDE)
        noises.push(...noiseOf(context, answer, secret, STRIDE).map(({ noise }) => noise))
      }
      return noises
    }
    const [none, all] = [await realNoise(empty, 'none'), await realNoise(heavy, 'all')]
    expect(kolmogorovSmirnov(none, all)).toBeLessThan(critical(none.length))
    const interval = (context.primes[0] * context.primes[1]) / (2n * BigInt(T))
    const uniform = uniformOn(interval, none.length)
    for (const noises of [none, all]) {
      expect(kolmogorovSmirnov(noises, uniform)).toBeLessThan(critical(noises.length))
    }
  })

  test('the cross answer: every word of c0 is flooded over the whole interval', async () => {
    const context = await crossContext()
    using key = new EphemeralKey(context)
    using plain = toPlaintext(context, new Polynomial(context))
    const encrypted = key.encrypt(plain)
    const asked = { publicKey: key.publicKey, first: encrypted, second: encrypted, third: encrypted }
    const large = new Float64Array(8192).fill(T - 1)
    const { answer } = await answerCross(asked, [large, large, large], seededRandom('cross noise')(32))
    const noises = noiseOf(context, answer, secretKeyOf(context, key), 8192).map(({ noise }) => noise)
    const interval = (context.primes[0] * context.primes[1]) / (2n * BigInt(T))
    expect(kolmogorovSmirnov(noises, uniformOn(interval, 8192))).toBeLessThan(critical(8192))
  })
})
