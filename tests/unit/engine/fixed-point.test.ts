import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  assertInRange,
  assertLogisticInRange,
  BAD_UNIT,
  logisticScale,
  MAX_BIN_LABELS,
  MAX_LABELS,
  residualScale,
  splitCounts,
  T,
  TOTAL_BOUND,
  UNIT,
} from '../../../engine/index.ts'

const outOfRange = expect.objectContaining({ code: 'YX_ENGINE_OUT_OF_RANGE' })

describe('splitCounts', () => {
  test('gives back every count and number of bads that section 5B allows, slightly negative ones too', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1024, max: MAX_BIN_LABELS }),
        fc.integer({ min: -1024, max: MAX_BIN_LABELS }),
        (n, bad) => {
          expect(splitCounts(n + BAD_UNIT * bad)).toEqual({ n, bad: bad === 0 ? expect.closeTo(0) : bad })
        },
      ),
    )
  })

  test.each([
    [-1024, 0],
    [-1024, -3],
    [0, -1],
    [-1, 1],
    [MAX_BIN_LABELS, 7],
  ])('n = %d, bad = %d', (n, bad) => {
    const split = splitCounts(n + BAD_UNIT * bad)
    expect(split.n).toBe(n)
    expect(split.bad + 0).toBe(bad)
  })

  test('the largest packed sum stays far below t/2', () => {
    expect(MAX_BIN_LABELS * (1 + BAD_UNIT)).toBeLessThan(T / 2)
  })
})

describe('residualScale', () => {
  test('A and C of section 2', () => {
    expect(residualScale(0.25)).toEqual({
      p0: 0.25,
      a: Math.round(4096 / 0.75),
      c: Math.round(4096 / 0.1875),
    })
  })

  test('the integer residual is 4096 (p0 + s u - y) / s to within its rounding', () => {
    const share = fc.double({ min: 0.002, max: 0.5, noNaN: true })
    const u = fc.double({ min: -4, max: 4, noNaN: true })
    fc.assert(
      fc.property(share, u, fc.constantFrom(0, 1), (p, logit, y) => {
        const { p0, a, c } = residualScale(p)
        const s = p0 * (1 - p0)
        const integer = a + Math.round(UNIT * logit) - c * y
        expect(Math.abs(integer - (UNIT * (p0 + s * logit - y)) / s)).toBeLessThanOrEqual(1.5 + 1e-6)
      }),
    )
  })

  test.each([
    [-1, 0.002],
    [0, 0.002],
    [0.001, 0.002],
    [0.7, 0.5],
    [1, 0.5],
  ])('a share of %d is clamped to %d', (share, p0) => {
    expect(residualScale(share)).toEqual(residualScale(p0))
    expect(residualScale(share).p0).toBe(p0)
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%d is refused', (share) => {
    expect(() => residualScale(share)).toThrow(outOfRange)
  })
})

describe('assertInRange', () => {
  const scale = residualScale(0.5)
  const worst = { providers: 16, labels: MAX_LABELS, bads: MAX_LABELS, noiseSd: 10 * scale.c }

  test('accepts the worst case of the proof, whose bound is below 2^39.1 without noise', () => {
    expect(() => assertInRange(scale, worst)).not.toThrow()
    const bound = MAX_LABELS * (scale.a + 16 * TOTAL_BOUND + scale.c)
    expect(Math.log2(bound)).toBeLessThan(39.1)
  })

  test.each([
    ['too many providers', { providers: 17 }],
    ['too many labels', { labels: MAX_LABELS + 1 }],
    ['too much noise', { noiseSd: 2 ** 41 }],
    ['labels that are no number', { labels: Number.NaN }],
    ['bads that are no number', { bads: Number.NaN }],
    ['infinite noise', { noiseSd: Number.POSITIVE_INFINITY }],
  ])('refuses %s', (_name, change) => {
    expect(() => assertInRange(scale, { ...worst, ...change })).toThrow(outOfRange)
  })

  test('a negative noisy number of bads counts as none', () => {
    expect(() => assertInRange(scale, { ...worst, bads: -500 })).not.toThrow()
  })
})

describe('logistic rounds', () => {
  const shares = fc.double({ min: 0.002, max: 0.5, noNaN: true })

  test('scales of protocol.md section 8: S = 4096*2^b <= 2^24, 2^b * max h at most 16 and above 8', () => {
    fc.assert(
      fc.property(shares, (p0) => {
        const { unit, curvature, most, gradient, ratio } = logisticScale(p0)
        expect(Number.isInteger(Math.log2(curvature))).toBe(true)
        expect(unit).toBe(4096 * curvature)
        expect(unit).toBeLessThanOrEqual(2 ** 24)
        expect(most).toBeCloseTo(Math.min(0.25, 1.5 * p0 * (1 - p0)), 12)
        expect(curvature * most).toBeLessThanOrEqual(16)
        expect(curvature * most).toBeGreaterThan(8)
        expect(gradient).toBeCloseTo(unit * p0 * (1 - p0), 6)
        expect(ratio).toBeCloseTo(most / (p0 * (1 - p0)), 12)
      }),
    )
    expect(logisticScale(0.002).unit).toBe(2 ** 24)
    expect(logisticScale(0.5)).toMatchObject({ unit: 2 ** 18, most: 0.25, ratio: 1 })
  })

  test('worst rows and worst sums stay in range, and what could wrap is refused', () => {
    fc.assert(
      fc.property(shares, fc.integer({ min: 1, max: 16 }), (p0, providers) => {
        const scale = logisticScale(p0)
        const labels = 500_000
        const bads = p0 * labels
        expect(() => assertLogisticInRange(scale, { providers, labels, bads, sigma: 100 })).not.toThrow()
        // p = 1 and the whole way from one end of the totals to the other, on every labelled row
        const whole = Math.floor(scale.curvature * scale.most)
        const row = scale.unit + whole * 2 * providers * TOTAL_BOUND
        expect(labels * row + bads * scale.unit).toBeLessThan(T / 2)
      }),
    )
    const limits = { providers: 16, labels: MAX_LABELS, bads: 2000, sigma: 10 }
    expect(() => assertLogisticInRange(logisticScale(0.002), limits)).toThrow(outOfRange)
    expect(() => assertLogisticInRange(logisticScale(0.01), limits)).not.toThrow()
  })
})
