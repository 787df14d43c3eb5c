import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addInto,
  addMultipleInto,
  addProductInto,
  combineResidues,
  gather,
  lift,
  mulmod,
  packResidues,
  residueOf,
  subtractInto,
  sumResidues,
  T,
  unpackResidues,
} from '../../../engine/index.ts'
import { BIG_T } from './fixtures.ts'

const LIMB = 2 ** 23
const EDGES = [
  0,
  1,
  2,
  LIMB - 1,
  LIMB,
  LIMB + 1,
  2 * LIMB,
  507903,
  2 ** 45,
  (T - 1) / 2,
  (T + 1) / 2,
  Math.floor(T / LIMB) * LIMB,
  T - LIMB,
  T - 2,
  T - 1,
]
const residue = fc.oneof(
  fc.integer({ min: 0, max: T - 1 }),
  fc.constantFrom(...EDGES),
  fc.integer({ min: 0, max: Math.floor(T / LIMB) }).map((multiple) => Math.min(multiple * LIMB, T - 1)),
)
const residues = fc.array(residue, { minLength: 1, maxLength: 40 }).map((values) => Float64Array.from(values))
const big = (value: bigint): number => Number(((value % BIG_T) + BIG_T) % BIG_T)

test('t is the largest 46-bit prime that allows batching at N = 8192', () => {
  const isPrime = (n: bigint) => {
    for (let d = 3n; d * d <= n; d += 2n) if (n % d === 0n) return false
    return n % 2n === 1n
  }
  expect(BIG_T).toBe(2n ** 46n - 507903n)
  expect(BIG_T % 16384n).toBe(1n)
  expect(isPrime(BIG_T)).toBe(true)
  for (let larger = BIG_T + 16384n; larger < 2n ** 46n; larger += 16384n) expect(isPrime(larger)).toBe(false)
})

describe('mulmod', () => {
  test('equals BigInt on every pair of edges', () => {
    for (const a of EDGES) {
      for (const b of EDGES) expect(mulmod(a, b), `${a} * ${b}`).toBe(big(BigInt(a) * BigInt(b)))
    }
  })

  test('equals BigInt on random residues', () => {
    fc.assert(
      fc.property(residue, residue, (a, b) => mulmod(a, b) === big(BigInt(a) * BigInt(b))),
      { numRuns: 20_000 },
    )
  })
})

describe('signed integers and residues', () => {
  test('lift undoes residueOf for every |v| < t/2', () => {
    const signed = fc.integer({ min: -(T - 1) / 2, max: (T - 1) / 2 })
    fc.assert(fc.property(signed, (value) => lift(residueOf(value)) === value))
    for (const value of [0, 1, -1, (T - 1) / 2, -(T - 1) / 2]) expect(lift(residueOf(value))).toBe(value)
  })

  test('residueOf reduces every safe integer and never gives -0', () => {
    fc.assert(fc.property(fc.maxSafeInteger(), (value) => residueOf(value) === big(BigInt(value))))
    for (const value of [-0, -T, T, -3 * T]) expect(residueOf(value)).toBe(0)
  })
})

describe('vectors', () => {
  const pairs = fc.array(fc.tuple(residue, residue, residue), { minLength: 1, maxLength: 40 })
  const column = (rows: number[][], index: number) => Float64Array.from(rows, (row) => row[index])

  test('in-place sums and products equal BigInt', () => {
    fc.assert(
      fc.property(pairs, residue, (rows, factor) => {
        const [target, a, b] = [0, 1, 2].map((index) => column(rows, index))
        const run = (action: (into: Float64Array) => void) => {
          const into = target.slice()
          action(into)
          return Array.from(into)
        }
        const expected = (value: (x: bigint, y: bigint, z: bigint) => bigint) =>
          rows.map(([x, y, z]) => big(value(BigInt(x), BigInt(y), BigInt(z))))
        const f = BigInt(factor)
        expect(run((into) => addInto(into, a))).toEqual(expected((x, y) => x + y))
        expect(run((into) => subtractInto(into, a))).toEqual(expected((x, y) => x - y))
        expect(run((into) => addMultipleInto(into, a, factor))).toEqual(expected((x, y) => x + y * f))
        expect(run((into) => addProductInto(into, a, b))).toEqual(expected((x, y, z) => x + y * z))
      }),
    )
  })

  test('sumResidues and combineResidues equal BigInt', () => {
    const weighted = fc.array(fc.tuple(residue, fc.integer({ min: -32768, max: 32767 })), { maxLength: 60 })
    fc.assert(
      fc.property(weighted, (rows) => {
        const values = column(rows, 0)
        const weights = Int16Array.from(rows, (row) => row[1])
        expect(sumResidues(values)).toBe(big(rows.reduce((sum, [v]) => sum + BigInt(v), 0n)))
        expect(combineResidues(values, weights)).toBe(
          big(rows.reduce((sum, [v, w]) => sum + BigInt(v) * BigInt(w), 0n)),
        )
      }),
    )
  })

  test('gather picks rows in the order asked', () => {
    expect(Array.from(gather(Float64Array.of(10, 11, 12), Int32Array.of(2, 0, 2)))).toEqual([12, 10, 12])
  })
})

describe('six bytes a residue', () => {
  test('unpack undoes pack, out of the middle of a larger buffer too', () => {
    fc.assert(
      fc.property(residues, fc.nat({ max: 9 }), (values, offset) => {
        const packed = packResidues(values)
        expect(packed.length).toBe(6 * values.length)
        const larger = new Uint8Array(packed.length + offset + 3).fill(255)
        larger.set(packed, offset)
        const view = larger.subarray(offset, offset + packed.length)
        expect(unpackResidues(view, values.length)).toEqual(values)
      }),
    )
  })

  test('is little-endian', () => {
    expect(Array.from(packResidues(Float64Array.of(0x010203040506)))).toEqual([6, 5, 4, 3, 2, 1])
  })

  test.each([T, T + 1, 2 ** 46, 2 ** 48 - 1])('refuses %d, which is not below t', (value) => {
    const bytes = packResidues(Float64Array.of(1, value, 2))
    expect(() => unpackResidues(bytes, 3)).toThrow(
      expect.objectContaining({ code: 'YX_ENGINE_MALFORMED_VECTOR' }),
    )
  })

  test.each([0, 1, 3])('refuses a vector of two residues where %d are expected', (count) => {
    const bytes = packResidues(Float64Array.of(1, 2))
    expect(() => unpackResidues(bytes, count)).toThrow(
      expect.objectContaining({ code: 'YX_ENGINE_MALFORMED_VECTOR' }),
    )
    expect(() => unpackResidues(bytes.subarray(0, 11), 2)).toThrow(
      expect.objectContaining({ code: 'YX_ENGINE_MALFORMED_VECTOR' }),
    )
  })
})
