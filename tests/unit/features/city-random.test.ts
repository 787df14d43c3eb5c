import { describe, expect, test } from 'vitest'
import { openStream } from '../../../features/city/random.ts'

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

describe('openStream', () => {
  const draw = (count: number, one: () => number): number[] => Array.from({ length: count }, one)

  test('has the moments of its distributions', () => {
    const stream = openStream(11, 'moments')
    const uniform = draw(50_000, stream.uniform)
    expect(mean(uniform)).toBeCloseTo(0.5, 2)
    expect(Math.min(...uniform.slice(0, 9999))).toBeGreaterThanOrEqual(0)
    const normal = draw(50_000, stream.normal)
    expect(Math.abs(mean(normal))).toBeLessThan(0.02)
    expect(mean(normal.map((value) => value * value))).toBeCloseTo(1, 1)
    const poisson = draw(50_000, () => stream.poisson(3))
    expect(Math.abs(mean(poisson) - 3)).toBeLessThan(0.05)
    expect(Math.abs(mean(poisson.map((value) => (value - 3) ** 2)) - 3)).toBeLessThan(0.15)
    const picks = draw(40_000, () => stream.pick([1, 0, 3]))
    expect(picks.filter((pick) => pick === 1).length).toBe(0)
    expect(picks.filter((pick) => pick === 2).length / 40_000).toBeCloseTo(0.75, 1)
  })

  test('streams of one seed with different labels, and of different seeds, are unrelated', () => {
    const first = draw(8, openStream(1, 'a').uniform)
    expect(draw(8, openStream(1, 'a').uniform)).toEqual(first)
    expect(draw(8, openStream(1, 'b').uniform)).not.toEqual(first)
    expect(draw(8, openStream(2, 'a').uniform)).not.toEqual(first)
  })
})
