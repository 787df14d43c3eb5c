import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bandOf,
  GRADES,
  gradeBands,
  gradeOf,
  isotonic,
  logitOfTotal,
  offsetHundredths,
  pdOfScore,
  platt,
  pointsPerBin,
  publishScore,
  scoreBands,
  scoreOfPd,
} from '../../../models/index.ts'

const code = (name: string) => expect.objectContaining({ code: `YX_MODELS_${name}` })

describe('scale', () => {
  it.each([
    [1 / 21, 600],
    [1 / 41, 650],
    [1 / 11, 550],
    [0.00621, 750],
    [0.2857, 450],
  ])('domain.md 3.2: PD %f is score %i', (pd, score) => {
    expect(Math.abs(scoreOfPd(pd) - score)).toBeLessThan(0.05)
    expect(pdOfScore(score)).toBeCloseTo(pd, 4)
  })

  it('falls as the default probability rises: odds are good:bad', () => {
    expect(scoreOfPd(0.01)).toBeGreaterThan(scoreOfPd(0.02))
    expect(scoreOfPd(1 / 21)).toBeCloseTo(600, 9)
    expect(() => scoreOfPd(0)).toThrow(code('PD_OUT_OF_RANGE'))
    expect(() => scoreOfPd(Number.NaN)).toThrow(code('PD_OUT_OF_RANGE'))
  })

  it('grades start at the scores of domain.md 3.2 and hold its default probabilities', () => {
    const cuts = [803, 742, 686, 635, 583, 528, 484, 429]
    cuts.forEach((cut, index) => {
      expect([gradeOf(cut), gradeOf(cut - 1)]).toEqual([index, index + 1])
    })
    expect([gradeOf(1000), gradeOf(0)]).toEqual([0, 8])
    expect(GRADES.map(({ grade }) => grade).join()).toBe('AAA,AA,A,BBB,BB,B,CCC,CC,C')
    ;[0.003, 0.007, 0.015, 0.03, 0.06, 0.12, 0.2, 0.35].forEach((pd, index) => {
      expect(Math.abs(scoreOfPd(pd) - cuts[index])).toBeLessThan(1)
    })
  })

  it('points and offset add up to the score of the calibrated probability', () => {
    const weights = Float64Array.of(0.7, -0.4)
    const scale = { intercept: 0.3, slope: 0.9 }
    const p0 = 0.05
    const total = pointsPerBin(weights, scale.slope).reduce((sum, p) => sum + p, offsetHundredths(p0, scale))
    const logit = 0.3 + 0.9 * (Math.log(0.05 / 0.95) + 0.7 - 0.4)
    expect(total / 100).toBeCloseTo(scoreOfPd(1 / (1 + Math.exp(-logit))), 1)
    expect(logitOfTotal(total)).toBeCloseTo(logit, 3)
    expect([publishScore(60049), publishScore(60050), publishScore(-5), publishScore(1e9)]).toEqual([
      600, 601, 0, 1000,
    ])
  })
})

describe('platt', () => {
  const bands = (intercept: number, slope: number) =>
    [-6, -5, -4, -3, -2, -1, 0].map((logit) => ({
      logit,
      n: 1000,
      bad: 1000 / (1 + Math.exp(-(intercept + slope * logit))),
    }))

  it('finds the curve that made the counts', () => {
    const fit = platt(bands(0.5, 1.4))
    expect(fit.calibrated).toBe(true)
    expect(fit.intercept).toBeCloseTo(0.5, 1)
    expect(fit.slope).toBeCloseTo(1.4, 1)
  })

  it('moves only the level when the slope is not plausible', () => {
    const fit = platt(bands(-2, -1))
    expect(fit.slope).toBe(1)
    expect(fit.reason).not.toBeNull()
  })

  it('is the identity without two bands or two outcomes', () => {
    const identity = expect.objectContaining({ intercept: 0, slope: 1, calibrated: false })
    expect(platt([])).toEqual(identity)
    expect(platt([{ logit: -3, n: 100, bad: 3 }])).toEqual(identity)
    expect(platt([1, 2].map((logit) => ({ logit, n: 100, bad: -2 })))).toEqual(identity)
    expect(platt([1, 2].map((logit) => ({ logit, n: 100, bad: 100 })))).toEqual(identity)
  })

  it('is finite and within its range for any noisy counts', () => {
    const count = fc.integer({ min: -50, max: 5000 })
    const band = fc.record({ logit: fc.double({ min: -30, max: 30, noNaN: true }), n: count, bad: count })
    fc.assert(
      fc.property(fc.array(band, { maxLength: 12 }), (list) => {
        const { intercept, slope } = platt(list)
        expect(Number.isFinite(intercept)).toBe(true)
        expect(slope).toBeGreaterThanOrEqual(0.2)
        expect(slope).toBeLessThanOrEqual(5)
      }),
    )
  })
})

describe('isotonic', () => {
  it('pools violators, keeps the mean, never falls', () => {
    expect(isotonic([10, 30, 20, 60].map((bad) => ({ n: 100, bad })))).toEqual([0.1, 0.25, 0.25, 0.6])
    const count = fc.integer({ min: -5, max: 100 })
    fc.assert(
      fc.property(fc.array(fc.record({ n: count, bad: count }), { maxLength: 10 }), (list) => {
        const rates = isotonic(list)
        expect(rates).toHaveLength(list.length)
        rates.forEach((rate, b) => {
          expect(rate).toBeGreaterThanOrEqual(b === 0 ? 0 : rates[b - 1])
        })
      }),
    )
  })
})

describe('bands', () => {
  it('partition any scores, low ones first, ties together, none thin but a lone one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 120 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 30 }),
        (scores, maxBands, minRows) => {
          const { edges, band, rows } = scoreBands(Int32Array.from(scores), { maxBands, minRows })
          expect(rows).toHaveLength(edges.length + 1)
          expect(rows.length).toBeLessThanOrEqual(maxBands)
          expect(rows).toEqual(rows.map((_, b) => band.filter((index) => index === b).length))
          if (rows.length > 1) expect(Math.min(...rows)).toBeGreaterThanOrEqual(minRows)
          scores.forEach((a, i) => {
            scores.forEach((b, j) => {
              if (a <= b) expect(band[i]).toBeLessThanOrEqual(band[j])
            })
          })
          expect(bandOf(scores, edges)).toEqual(band)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('are near quantiles where scores differ', () => {
    const scores = Int32Array.from({ length: 1000 }, (_, i) => (i * 7) % 1000)
    expect(scoreBands(scores, { maxBands: 10, minRows: 50 }).rows).toEqual(Array(10).fill(100))
  })

  it('of grades merge thin neighbours and name them', () => {
    const scores = Int32Array.of(900, 760, 760, 700, 650, 650, 500, 500, 100)
    const { bands, rows, band } = gradeBands(scores, 2)
    expect(rows.every((count) => count >= 2)).toBe(true)
    expect(rows.reduce((a, b) => a + b)).toBe(9)
    expect(bands[0].from).toBe(0)
    expect(bands[bands.length - 1].to).toBe(1000)
    bands.slice(1).forEach(({ from }, b) => {
      expect(bands[b].to).toBe(from - 1)
    })
    expect(bands[bands.length - 1].label).toBe('AAA-AA')
    scores.forEach((score, i) => {
      expect(score).toBeGreaterThanOrEqual(bands[band[i]].from)
      expect(score).toBeLessThanOrEqual(bands[band[i]].to)
    })
    expect(gradeBands(new Int32Array(0), 100).bands).toEqual([{ label: 'AAA-C', from: 0, to: 1000 }])
  })
})
