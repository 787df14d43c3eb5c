import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expandAt, levelOf } from '../../../models/index.ts'

const scale = { unit: 2 ** 20, curvature: 256, most: 0.06 }
const totals = fc.array(fc.integer({ min: -65536, max: 65536 }), { minLength: 1, maxLength: 40 })
const meanAt = (values: readonly number[], level: number) =>
  values.reduce((sum, u) => sum + 1 / (1 + Math.exp(-(level + u) / 4096)), 0) / values.length

describe('probability and curvature at opened totals', () => {
  it('are the logistic function and p(1-p), rounded, the curvature bounded', () => {
    fc.assert(
      fc.property(totals, fc.integer({ min: -40000, max: 10000 }), (values, level) => {
        const { probabilities, curvatures } = expandAt(Float64Array.from(values), level, scale)
        values.forEach((u, row) => {
          const p = 1 / (1 + Math.exp(-(level + u) / 4096))
          expect(Math.abs(probabilities[row] - scale.unit * p)).toBeLessThan(0.5 + 1e-6)
          expect(Math.abs(curvatures[row] - 256 * Math.min(0.06, p * (1 - p)))).toBeLessThan(0.5 + 1e-6)
        })
        expect(Math.max(...curvatures)).toBeLessThanOrEqual(16)
      }),
    )
  })

  it('stay finite far outside, and refuse scales of zero', () => {
    const far = expandAt(Float64Array.of(-1e9, 1e9), 0, scale)
    expect([...far.probabilities, ...far.curvatures]).toEqual([0, scale.unit, 0, 0])
    expect(() => expandAt(Float64Array.of(0), 0, { ...scale, most: 0 })).toThrow(
      expect.objectContaining({ code: 'YX_MODELS_SETTING_INVALID' }),
    )
  })
})

describe('the level', () => {
  it('is the whole number where the mean probability passes p0', () => {
    fc.assert(
      fc.property(totals, fc.double({ min: 0.01, max: 0.5, noNaN: true }), (values, p0) => {
        const level = levelOf(Float64Array.from(values), p0)
        // Totals of one row may lie further off than levels are looked for.
        fc.pre(Math.abs(level - 4096 * Math.log(p0 / (1 - p0))) < 15 * 4096)
        expect(meanAt(values, level)).toBeLessThanOrEqual(p0 + 1e-9)
        expect(meanAt(values, level + 1)).toBeGreaterThan(p0 - 1e-9)
      }),
    )
  })

  it('lies below the logit of p0 where few firms are bad and totals spread wide', () => {
    const spread = Float64Array.from({ length: 1000 }, (_, i) => 4096 * (i / 125 - 4))
    expect(levelOf(spread, 0.05)).toBeLessThan(4096 * (Math.log(0.05 / 0.95) - 1))
    expect(levelOf(new Float64Array(10), 0.05)).toBe(Math.floor(4096 * Math.log(0.05 / 0.95)))
  })
})
