import { describe, expect, test } from 'vitest'
import { gaussianNoise } from '../../../engine/index.ts'
import { chiSquare, chiSquareLimit, seededRandom } from './fixtures.ts'

const moments = (values: Float64Array) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, variance }
}

/** The exact probabilities exp(-x^2/(2 sd^2)) / sum, computed over all x that matter. */
function probabilities(sd: number): { at: (x: number) => number; variance: number } {
  const reach = 60 * sd
  let total = 0
  let second = 0
  for (let x = -reach; x <= reach; x++) {
    const weight = Math.exp(-(x * x) / (2 * sd * sd))
    total += weight
    second += x * x * weight
  }
  return { at: (x) => Math.exp(-(x * x) / (2 * sd * sd)) / total, variance: second / total }
}

describe.each([1, 3])('discrete Gaussian of sd %d', (sd) => {
  const draws = 40_000
  const values = gaussianNoise(seededRandom(`noise ${sd}`), sd, draws)
  const exact = probabilities(sd)

  test('mean and variance', () => {
    const { mean, variance } = moments(values)
    expect(Math.abs(mean)).toBeLessThan((5 * sd) / Math.sqrt(draws))
    expect(Math.abs(variance / exact.variance - 1)).toBeLessThan(5 * Math.sqrt(2 / draws))
  })

  test('chi-square against the exact probabilities; one of another sd fails', () => {
    const reach = Math.ceil(2.5 * sd)
    // cells -reach..reach with both tails folded into the outermost cells
    const counts = new Uint32Array(2 * reach + 1)
    for (const value of values) counts[Math.max(-reach, Math.min(reach, value)) + reach]++
    const expected = (source: typeof exact) => (cell: number) => {
      const x = cell - reach
      if (Math.abs(x) < reach) return draws * source.at(x)
      let tail = 0
      for (let far = reach; far < 40 * sd; far++) tail += source.at(far)
      return draws * tail
    }
    expect(chiSquare(counts, expected(exact))).toBeLessThan(chiSquareLimit(2 * reach))
    expect(chiSquare(counts, expected(probabilities(sd * 1.05)))).toBeGreaterThan(chiSquareLimit(2 * reach))
  })

  test('draws are integers', () => {
    expect(values.every(Number.isInteger)).toBe(true)
  })
})

test('a large sd has its variance, and neighbours are not correlated', () => {
  const values = gaussianNoise(seededRandom('large'), 100_000, 20_000)
  const { mean, variance } = moments(values)
  expect(Math.abs(mean)).toBeLessThan((5 * 100_000) / Math.sqrt(20_000))
  expect(Math.abs(variance / 1e10 - 1)).toBeLessThan(5 * Math.sqrt(2 / 20_000))
  let lag = 0
  for (let i = 1; i < values.length; i++) lag += values[i] * values[i - 1]
  expect(Math.abs(lag / values.length / variance)).toBeLessThan(5 / Math.sqrt(20_000))
})

test('sd 0 gives zeros without asking for randomness', () => {
  const noise = gaussianNoise(
    () => {
      throw new RangeError('asked')
    },
    0,
    5,
  )
  expect(Array.from(noise)).toEqual([0, 0, 0, 0, 0])
})

test('a non-integer sd is rounded', () => {
  expect(gaussianNoise(seededRandom('round'), 2.6, 50)).toEqual(gaussianNoise(seededRandom('round'), 3, 50))
})

test.each([-1, -1e-9, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 41])(
  'sd %d is refused',
  (sd) => {
    expect(() => gaussianNoise(seededRandom('refused'), sd, 1)).toThrow(
      expect.objectContaining({ code: 'YX_ENGINE_OUT_OF_RANGE' }),
    )
  },
)
