import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bandCurve,
  bandRate,
  firmsBetween,
  type ModelCardInput,
  modelCard,
  scoreDistribution,
  stabilityState,
} from '../../../models/index.ts'
import { cardInput } from '../../helpers/model-card.ts'
import { generator } from '../../helpers/synthetic.ts'

const BANDS = [
  { n: 100, bad: 40 },
  { n: 200, bad: 30 },
  { n: 300, bad: 10 },
]
const random = generator(5)
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
const sdOf = (values: number[]) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}

describe('figures of bands', () => {
  it('a curve is the cumulated shares of bads and goods', () => {
    const curve = bandCurve(BANDS)
    expect(curve.map(({ bads }) => bads)).toEqual([40 / 80, 70 / 80, 1])
    expect(curve.map(({ goods }) => goods)).toEqual([60 / 520, 230 / 520, 1])
    expect(curve.map(({ labelled }) => labelled)).toEqual([100 / 600, 300 / 600, 1])
    expect(bandCurve([{ n: 5, bad: 0 }])).toEqual([])
    expect(bandCurve([{ n: 5, bad: 6 }], 2)).toEqual([])
  })

  it('its standard errors hold the spread of noise that is really drawn', () => {
    const sd = 3
    const noisy = Array.from({ length: 4000 }, () =>
      bandCurve(BANDS.map(({ n, bad }) => ({ n: n + sd * normal(), bad: bad + sd * normal() }))),
    )
    const [exact, told] = [bandCurve(BANDS), bandCurve(BANDS, sd)]
    for (const point of [0, 1])
      for (const [of, se] of [
        ['bads', 'badsSe'],
        ['goods', 'goodsSe'],
      ] as const) {
        const byNoise = Math.sqrt(told[point][se] ** 2 - exact[point][se] ** 2)
        expect(sdOf(noisy.map((curve) => curve[point][of])) / byNoise).toBeCloseTo(1, 1)
      }
  })

  it('the interval of a rate covers the true rate 19 times of 20, noise and empty bands included', () => {
    for (const [n, rate, sd] of [
      [400, 0.05, 0],
      [400, 0.05, 6],
      [200, 0.3, 6],
    ]) {
      let covered = 0
      for (let i = 0; i < 3000; i++) {
        let bad = 0
        for (let row = 0; row < n; row++) bad += random() < rate ? 1 : 0
        const { from, to } = bandRate({ n: n + sd * normal(), bad: bad + sd * normal() }, sd)
        covered += from <= rate && rate <= to ? 1 : 0
      }
      expect(covered / 3000).toBeGreaterThan(0.925)
    }
    expect(bandRate({ n: 100, bad: 0 }).to).toBeGreaterThan(0.02)
    expect(bandRate({ n: -3, bad: 1 }, 5)).toEqual({ rate: null, from: 0, to: 1 })
    expect(bandRate({ n: 50, bad: -4 }, 5).rate).toBe(0)
  })
})

describe('the distribution of scores', () => {
  it('counts every firm once, in bars and in tenths', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 300 }), (scores) => {
        const { step, firms, mean, tenths } = scoreDistribution(Int32Array.from(scores))
        const bars = new Array(firms.length).fill(0)
        for (const score of scores) bars[score === 1000 ? firms.length - 1 : Math.floor(score / step)]++
        expect(firms).toEqual(bars)
        expect(mean).toBeCloseTo(scores.reduce((sum, score) => sum + score, 0) / scores.length, 9)
        expect(firmsBetween(scores, tenths.edges)).toEqual(tenths.firms)
        tenths.edges.forEach((edge, i) => {
          const below = scores.filter((score) => score < edge).length
          expect(below).toBe(tenths.firms.slice(0, i + 1).reduce((sum, rows) => sum + rows, 0))
        })
      }),
    )
  })

  it('is stable below 0.10, to be watched up to 0.25, and to be acted on above', () => {
    expect([0, 0.0999, 0.1, 0.25, 0.2501].map(stabilityState)).toEqual([
      ...['ok', 'ok', 'watch', 'watch', 'act'],
    ])
  })
})

describe('the model card', () => {
  it('holds no weight, even if its input carries some', () => {
    const weights = [0.1234567]
    const input = cardInput()
    const laden = {
      ...input,
      ...{ weights, iv: weights },
      calibration: { ...input.calibration, weights },
      training: { ...input.training, weights },
      providers: input.providers.map((provider) => ({
        ...{ ...provider, commitment: '0.1234567', runSecret: '0.1234567', weights },
        columns: provider.columns.map((column) => ({ ...column, iv: weights, cuts: weights })),
      })),
      bands: { ...input.bands, test: input.bands.test.map((band) => ({ ...band, weights })) },
    } as unknown as ModelCardInput
    const card = modelCard(laden)
    const text = JSON.stringify(card)
    expect(text).not.toContain('0.1234567')
    expect(text).not.toMatch(/weights|"iv"|cuts|runSecret/)
    expect(JSON.parse(text)).toEqual(card)
    expect(card).toEqual(modelCard(input))
  })

  it('pools observed rates until a better band never has the worse one', () => {
    const input = cardInput()
    const test = [40, 5, 20, 1].map((bad) => ({ ...input.bands.test[0], n: 100, bad }))
    const { bands } = modelCard({ ...input, bands: { ...input.bands, test } })
    expect(bands.test.map(({ isotonic }) => isotonic)).toEqual([0.4, 0.125, 0.125, 0.01])
  })
})
