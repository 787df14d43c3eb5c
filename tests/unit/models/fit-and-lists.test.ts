import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  buildBasis,
  CELL,
  fitLogistic,
  logisticTotals,
  pdOfScore,
  pointsPerBin,
  providerScorecard,
  selectWhitelist,
  WHITELIST_STATUS,
  woeTable,
} from '../../../models/index.ts'

const code = (name: string) => expect.objectContaining({ code: `YX_MODELS_${name}` })

/** Two columns of 2 and 3 bins; every eighth row adds nothing in the second. */
const n = 240
const codes = [
  Uint8Array.from({ length: n }, (_, i) => (i * 5) % 2),
  Uint8Array.from({ length: n }, (_, i) => (i % 8 === 7 ? 255 : 2 + ((i * 7) % 3))),
]
const bad = Uint8Array.from({ length: n }, (_, i) => ((i * i * 31 + codes[0][i] * 40) % 97 < 25 ? 1 : 0))

/** Gradient of 0.5*ridge*|w|^2 + log loss by its definition. */
function gradient(weights: ArrayLike<number>, intercept: number, ridge: number, rows: number[]): number[] {
  const g = Array.from({ length: 6 }, (_, j) => (j < 5 ? ridge * weights[j] : 0))
  for (const i of rows) {
    const held = codes.map((column) => column[i]).filter((j) => j < 5)
    const p = 1 / (1 + Math.exp(-held.reduce((sum, j) => sum + weights[j], intercept)))
    for (const j of [...held, 5]) g[j] += p - bad[i]
  }
  return g
}

describe('logistic regression', () => {
  const rows = Array.from({ length: n }, (_, i) => i)

  it('stops where the gradient of the penalised loss vanishes', () => {
    for (const ridge of [0.01, 1, 50]) {
      const model = fitLogistic(codes, 5, bad, { ridge })
      for (const g of gradient(model.weights, model.intercept, ridge, rows))
        expect(Math.abs(g)).toBeLessThan(1e-5)
    }
  })

  it('does not depend on row order, and a refit is equal', () => {
    const model = fitLogistic(codes, 5, bad, { ridge: 1 })
    expect(fitLogistic(codes, 5, bad, { ridge: 1 })).toEqual(model)
    const turned = fitLogistic(
      codes.map((c) => Uint8Array.from(c).reverse()),
      5,
      Uint8Array.from(bad).reverse(),
      { ridge: 1 },
    )
    turned.weights.forEach((w, j) => {
      expect(w).toBeCloseTo(model.weights[j], 9)
    })
  })

  it('fits on the masked rows alone; 16-bit codes are the same', () => {
    const mask = Uint8Array.from(rows, (i) => (i < 100 ? 1 : 0))
    const model = fitLogistic(codes, 5, bad, { ridge: 1, mask })
    const cut = fitLogistic(
      codes.map((c) => Uint16Array.from(c.subarray(0, 100))),
      5,
      bad.subarray(0, 100),
      { ridge: 1 },
    )
    expect(cut).toEqual(model)
  })

  it('adds up totals as the model says', () => {
    const model = { weights: Float64Array.of(1, 2, 3, 4, 5), intercept: -1 }
    const totals = logisticTotals([Uint8Array.of(0, 1), Uint8Array.of(4, 255)], model)
    expect([...totals]).toEqual([5, 1])
  })

  it('says something finite of one class, one row and none', () => {
    for (const y of [[], [0], [1], [1, 1, 1], [0, 0, 0]]) {
      const model = fitLogistic([new Uint8Array(y.length)], 1, Uint8Array.from(y), { ridge: 1 })
      expect(model.weights).toEqual(new Float64Array(1))
      expect(Number.isFinite(model.intercept)).toBe(true)
    }
    expect(() => fitLogistic(codes, 5, bad, { ridge: 0 })).toThrow(code('SETTING_INVALID'))
    expect(() => fitLogistic([codes[0].subarray(1)], 5, bad, { ridge: 1 })).toThrow(code('COLUMN_LENGTH'))
  })
})

describe('whitelist', () => {
  const firm = fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.boolean())
  const input = (firms: [number, boolean][], targetPd: number, floor: number) => {
    const scores = Int32Array.from(firms, ([score]) => score)
    const pds = Float64Array.from(scores, pdOfScore)
    return { scores, pds, excluded: Uint8Array.from(firms, ([, out]) => Number(out)), targetPd, floor }
  }

  it('lists exactly the firms that the definition lists', () => {
    fc.assert(
      fc.property(
        fc.array(firm, { maxLength: 40 }),
        fc.double({ min: 0.001, max: 0.5, noNaN: true }),
        fc.integer({ min: 0, max: 700 }),
        (firms, targetPd, floor) => {
          const args = input(firms, targetPd, floor)
          const result = selectWhitelist(args)
          const able = firms.flatMap(([score, out], i) => (!out && score >= floor ? [{ score, i }] : []))
          const mean = (cut: number) => {
            const list = able.filter(({ score }) => score >= cut)
            return list.reduce((sum, { i }) => sum + args.pds[i], 0) / list.length
          }
          const cuts = [...new Set(able.map(({ score }) => score))].filter(
            (cut) => mean(cut) <= targetPd + 1e-12,
          )
          const cut = cuts.length > 0 ? Math.min(...cuts) : 1001
          expect(result.cut).toBe(cut)
          const listed = able
            .filter(({ score }) => score >= cut)
            .sort((a, b) => b.score - a.score || a.i - b.i)
          expect([...result.rows]).toEqual(listed.map(({ i }) => i))
          expect(result.listed).toBe(listed.length)
          const { counts } = result
          expect(counts.listed + counts.excluded + counts.belowCut + counts.belowFloor).toBe(firms.length)
          firms.forEach(([score, out], i) => {
            const { excluded, belowFloor, belowCut, listed: yes } = WHITELIST_STATUS
            const why = out ? excluded : score < floor ? belowFloor : score < cut ? belowCut : yes
            expect(result.status[i]).toBe(why)
          })
        },
      ),
    )
  })

  it('an excluded firm is never listed, however good; nothing listed is no NaN', () => {
    const result = selectWhitelist(input([[1000, true]], 0.1, 0))
    expect(result).toMatchObject({ listed: 0, meanPd: 0, cut: 1001 })
    expect(() => selectWhitelist(input([], Number.NaN, 0))).toThrow(code('SETTING_INVALID'))
    expect(() => selectWhitelist(input([], 0.1, -1))).toThrow(code('SETTING_INVALID'))
  })
})

describe('weight of evidence', () => {
  it('follows its formula', () => {
    const counts = [
      { n: 100, bad: 20, open: true },
      { n: 300, bad: 15, open: true },
    ]
    const { woe, iv } = woeTable(counts, 2)
    const b = [20.5 / 36, 15.5 / 36]
    const g = [80.5 / 366, 285.5 / 366]
    b.forEach((share, i) => {
      expect(woe[i]).toBeCloseTo(Math.log(share / g[i]), 12)
    })
    expect(iv).toBeCloseTo(
      b.reduce((sum, share, i) => sum + (share - g[i]) * Math.log(share / g[i]), 0),
      12,
    )
  })

  it('a withheld bin borrows from its nearest open neighbour, a special one from nobody', () => {
    const shut = { n: 0, bad: 0, open: false }
    const counts = [{ n: 90, bad: 30, open: true }, shut, shut, { n: 90, bad: 5, open: true }, shut]
    const { woe, mergedInto } = woeTable(counts, 4)
    expect(mergedInto).toEqual([null, 0, 3, null, null])
    expect([woe[1], woe[2], woe[4]]).toEqual([woe[0], woe[3], null])
    expect(woeTable([shut, shut], 2)).toEqual({ woe: [null, null], mergedInto: [null, null], iv: null })
  })

  it('is finite for noisy counts', () => {
    const { woe, iv } = woeTable(
      [
        { n: -3, bad: 5, open: true },
        { n: 5, bad: -1, open: true },
      ],
      2,
    )
    for (const value of [...woe, iv]) expect(Number.isFinite(value)).toBe(true)
  })
})

describe('cards', () => {
  const weights = Float64Array.of(0.1234567, -0.7654321)
  const basis = buildBasis(
    [
      {
        kind: 'numeric',
        name: 'x',
        values: Float64Array.of(1, 2, 3, 4),
        state: new Uint8Array(4).fill(CELL.held),
      },
    ],
    { bins: 2, rows: Int32Array.of(0, 1, 2, 3), minRows: 1 },
  )

  it("a provider's scorecard states interval, points, counts and evidence per bin", () => {
    const counts = [
      { n: 60, bad: 10, open: true },
      { n: 0, bad: 0, open: false },
    ]
    const card = providerScorecard({
      provider: 'p',
      run: 'r',
      planHash: 'h',
      basis,
      part: { weights, trees: [] },
      slope: 1.1,
      counts,
      authorisation: null,
    })
    const points = pointsPerBin(weights, 1.1)
    expect(card.columns[0].bins).toEqual([
      {
        label: '(-∞, 2]',
        rows: 2,
        points: points[0],
        labelled: 60,
        bads: 10,
        woe: expect.any(Number),
        mergedInto: null,
      },
      {
        label: '(2, ∞)',
        rows: 2,
        points: points[1],
        labelled: null,
        bads: null,
        woe: expect.any(Number),
        mergedInto: '(-∞, 2]',
      },
    ])
    const uncounted = providerScorecard({
      provider: 'p',
      run: 'r',
      planHash: 'h',
      basis,
      part: { weights, trees: [] },
      slope: 1,
      counts: [],
      authorisation: null,
    })
    expect(uncounted.columns[0].iv).toBeNull()
    expect(() =>
      providerScorecard({
        provider: 'p',
        run: 'r',
        planHash: 'h',
        basis,
        part: { weights: new Float64Array(1), trees: [] },
        slope: 1,
        counts,
        authorisation: null,
      }),
    ).toThrow(code('COLUMN_LENGTH'))
  })
})
