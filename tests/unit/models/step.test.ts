import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { additivePoints, additiveTotals, LocalStep, NO_BIN } from '../../../models/index.ts'

const code = (name: string) => expect.objectContaining({ code: `YX_MODELS_${name}` })

/** Two columns of 2 and 3 bins over 8 rows; one row of the second adds nothing. */
const codes = [Uint8Array.of(0, 0, 0, 1, 1, 1, 1, 0), Uint8Array.of(2, 3, 4, 2, 3, 4, 2, NO_BIN)]
const ranges = [
  { from: 0, to: 2 },
  { from: 2, to: 5 },
]
const options = { codes, width: 5, ranges, c: 0.75, lambda: 3, kappa: 0.5 }

/** Gauss-Jordan, nothing in common with Cholesky. */
function solve(matrix: number[][], right: number[]): number[] {
  const a = matrix.map((row, i) => [...row, right[i]])
  for (let p = 0; p < a.length; p++) {
    const best = a.findIndex(
      (row, i) => i >= p && Math.abs(row[p]) === Math.max(...a.slice(p).map((r) => Math.abs(r[p]))),
    )
    ;[a[p], a[best]] = [a[best], a[p]]
    for (let i = 0; i < a.length; i++) {
      if (i === p) continue
      const factor = a[i][p] / a[p][p]
      a[i] = a[i].map((value, j) => value - factor * a[p][j])
    }
  }
  return a.map((row, i) => row[a.length] / row[i])
}

interface Naive {
  w: number[]
  V: readonly number[]
  t: number
}

/** One step of protocol.md section 2, as written there, from whole look-ahead weights V; the next ones are not rounded yet. */
function naiveStep({ w, V, t }: Naive, G: number[]): Naive {
  const X = codes[0].map((_, i) => i)
  const dense = Array.from(X, (i) =>
    Array.from({ length: 5 }, (_, j) => (codes.some((c) => c[i] === j) ? 1 : 0)),
  )
  const rows = [0, 1, 2, 3, 4].map((j) => dense.reduce((sum, row) => sum + row[j], 0))
  const B = rows.map((_, i) =>
    rows.map(
      (_, j) =>
        options.c * dense.reduce((sum, row) => sum + row[i] * row[j], 0) + (i === j ? options.lambda : 0),
    ),
  )
  const d = solve(
    B,
    G.map((g, j) => g / 4096 + (options.lambda * V[j]) / 4096),
  )
  const next = V.map((v, j) => v / 4096 - options.kappa * d[j])
  for (const { from, to } of ranges) {
    const bins = [0, 1, 2, 3, 4].slice(from, to)
    const mean = bins.reduce((s, j) => s + rows[j] * next[j], 0) / bins.reduce((s, j) => s + rows[j], 0)
    for (const j of bins) next[j] -= mean
  }
  const tNext = (1 + Math.sqrt(1 + 4 * t * t)) / 2
  const ahead = next.map((value, j) => 4096 * (value + ((t - 1) / tNext) * (value - w[j])))
  return { w: next, V: ahead, t: tNext }
}

const gradient = fc.array(fc.integer({ min: -30000, max: 30000 }), { minLength: 5, maxLength: 5 })

describe('LocalStep', () => {
  it('follows the formula of the protocol', () => {
    fc.assert(
      fc.property(fc.array(gradient, { minLength: 1, maxLength: 8 }), (gradients) => {
        const step = new LocalStep(options)
        let state: Naive = { w: [0, 0, 0, 0, 0], V: [0, 0, 0, 0, 0], t: 1 }
        for (const g of gradients) {
          step.advance(Float64Array.from(g))
          const next = naiveStep(state, g)
          step.weights.forEach((weight, j) => {
            expect(weight).toBeCloseTo(next.w[j], 9)
          })
          // A sum that falls on a half may round either way between two solvers, so the next step starts from what was rounded.
          step.lookAhead.forEach((v, j) => {
            expect(Math.abs(v - next.V[j])).toBeLessThanOrEqual(0.5 + 1e-6)
          })
          state = { ...next, V: [...step.lookAhead] }
        }
      }),
    )
  })

  it('keeps whole look-ahead weights without -0 and columns centred', () => {
    const step = new LocalStep(options)
    for (let r = 0; r < 5; r++) step.advance(Float64Array.of(0, 900 - r, -40, 0, 1e-9))
    expect([...step.lookAhead].every((v) => Number.isInteger(v) && !Object.is(v, -0))).toBe(true)
    expect(4 * step.weights[0] + 4 * step.weights[1]).toBeCloseTo(0, 12)
    expect(3 * step.weights[2] + 2 * step.weights[3] + 2 * step.weights[4]).toBeCloseTo(0, 12)
  })

  it('divides a logistic gradient by its own unit and the step by the curvature, and keeps the level', () => {
    fc.assert(
      fc.property(fc.array(gradient, { minLength: 1, maxLength: 6 }), (gradients) => {
        const scale = { unit: 1_000_000, ratio: 1.5, levelled: true }
        const step = new LocalStep(options)
        // A linear step of the same protocol with kappa/1.5, its gradient in the other unit.
        const linear = new LocalStep({ ...options, kappa: options.kappa / 1.5 })
        for (const g of gradients) {
          step.advance(Float64Array.from(g), scale)
          linear.advance(Float64Array.from(g, (value) => (value * 4096) / 1_000_000))
          step.weights.forEach((weight, j) => {
            expect(weight).toBeCloseTo(linear.weights[j], 9)
          })
        }
        expect(linear.lookAheadLevel).toBe(0)
        expect(Number.isInteger(step.lookAheadLevel)).toBe(true)
      }),
    )
  })

  it('a level is what centring took out: with it the totals of a full row are those of uncentred weights', () => {
    const full = { ...options, codes: codes.map((column) => column.slice(0, 7)), kappa: 1, c: 1 }
    const step = new LocalStep(full)
    const g = Float64Array.of(-8192, -4096, -6000, -9000, 100)
    step.advance(g, { unit: 4096, ratio: 1, levelled: true })
    const dense = full.codes[0].map((_, i) => i)
    const B = Array.from({ length: 5 }, (_, a) =>
      Array.from({ length: 5 }, (_, b) =>
        Array.from(dense).reduce(
          (sum, i) => sum + Number(full.codes.some((x) => x[i] === a) && full.codes.some((x) => x[i] === b)),
          3 * Number(a === b),
        ),
      ),
    )
    const uncentred = solve(
      B,
      Array.from(g, (value) => value / 4096),
    ).map((value) => -value)
    const { totals } = additiveTotals(full.codes, step.lookAhead, 1e9, step.lookAheadLevel)
    totals.forEach((total, i) => {
      const whole = full.codes.reduce((sum, column) => sum + uncentred[column[i]], 0)
      expect(Math.abs(total - 4096 * whole)).toBeLessThan(2)
    })
    expect(step.lookAheadLevel).toBeGreaterThan(1000)
    expect(LocalStep.fromJSON(JSON.parse(JSON.stringify(step)), full).lookAheadLevel).toBe(
      step.lookAheadLevel,
    )
  })

  it('resumes bit for bit from JSON, and a look-ahead handed out is not changed later', () => {
    const whole = new LocalStep(options)
    const first = Float64Array.of(1234, -77, 3, 999, -5)
    whole.advance(first)
    const held = whole.lookAhead
    const copy = Float64Array.from(held)
    const resumed = LocalStep.fromJSON(JSON.parse(JSON.stringify(whole)), options)
    for (const step of [whole, resumed]) {
      for (let r = 1; r < 6; r++) step.advance(first.map((g) => g * r - 50))
    }
    expect(JSON.stringify(resumed)).toBe(JSON.stringify(whole))
    expect(held).toEqual(copy)
  })

  it('comes to rest where the ridge least-squares gradient moves no contrast within a column', () => {
    const target = Float64Array.of(3, -1, 2, 0.5, -2, 1, 4, -3)
    const step = new LocalStep({ ...options, c: 1, kappa: 1 })
    for (let r = 0; r < 300; r++) {
      const { totals } = additiveTotals(codes, step.lookAhead, 1e9)
      const g = new Float64Array(5)
      for (const column of codes) {
        column.forEach((j, i) => {
          if (j !== NO_BIN) g[j] += totals[i] - 4096 * target[i]
        })
      }
      step.advance(g)
    }
    const rows: number[] = [...target.keys()]
    const X = rows.map((i) => [0, 1, 2, 3, 4].map((j) => Number(codes.some((c) => c[i] === j))))
    const w = step.weights
    const off = rows.map((i) => X[i].reduce((sum, x, j) => sum + x * w[j], 0) - target[i])
    const slope = [0, 1, 2, 3, 4].map((j) => rows.reduce((sum, i) => sum + X[i][j] * off[i], 3 * w[j]))
    const B = slope.map((_, a) =>
      slope.map((_, b) => rows.reduce((sum, i) => sum + X[i][a] * X[i][b], 3 * Number(a === b))),
    )
    const d = solve(B, slope)
    expect(Math.abs(w[0])).toBeGreaterThan(0.05)
    expect(d[0] - d[1]).toBeCloseTo(0, 2)
    expect(d[2] - d[3]).toBeCloseTo(0, 2)
    expect(d[3] - d[4]).toBeCloseTo(0, 2)
  })

  it('refuses settings, codes, gradients and states that do not fit', () => {
    for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const name of ['c', 'lambda', 'kappa']) {
        expect(() => new LocalStep({ ...options, [name]: bad })).toThrow(code('SETTING_INVALID'))
      }
    }
    expect(() => new LocalStep({ ...options, width: 4 })).toThrow(code('CODE_OUTSIDE'))
    expect(() => new LocalStep({ ...options, rowsPerBin: new Float64Array(4) })).toThrow(
      code('COLUMN_LENGTH'),
    )
    const step = new LocalStep(options)
    const before = JSON.stringify(step)
    expect(() => step.advance(new Float64Array(4))).toThrow(code('GRADIENT_INVALID'))
    expect(() => step.advance(Float64Array.of(0, 0, Number.NaN, 0, 0))).toThrow(code('GRADIENT_INVALID'))
    expect(JSON.stringify(step)).toBe(before)
    const state = step.toJSON()
    for (const wrong of [
      { width: 6 },
      { steps: -1 },
      { t: 0 },
      { lookAhead: [0.5, 0, 0, 0, 0] },
      { weights: [0] },
      { level: Number.NaN },
      { lookAheadLevel: 0.5 },
    ]) {
      expect(() => LocalStep.fromJSON({ ...state, ...wrong }, options)).toThrow(code('STATE_INVALID'))
    }
  })

  it('takes a provider whose columns all said nothing', () => {
    const step = new LocalStep({ codes: [], width: 0, ranges: [], c: 1, lambda: 1, kappa: 1 })
    step.advance(new Float64Array(0))
    expect(step.weights).toHaveLength(0)
  })
})

describe('additive totals', () => {
  it('equal a naive sum, clip both ways and skip what adds nothing', () => {
    const weights = Float64Array.of(10, -10, 1, 2, -30)
    expect(additiveTotals(codes, weights, 15)).toEqual({
      totals: Float64Array.of(11, 12, -15, -9, -8, -15, -9, 10),
      clipped: 2,
    })
    expect([...additivePoints(codes, Int32Array.from(weights))]).toEqual([11, 12, -20, -9, -8, -40, -9, 10])
    expect(additiveTotals([], weights, 1).totals).toHaveLength(0)
    expect(additiveTotals(codes, weights, 15, 4).totals).toEqual(
      Float64Array.of(15, 15, -15, -5, -4, -15, -5, 14),
    )
  })

  it('refuse columns of different length and a bound of zero', () => {
    expect(() => additiveTotals([codes[0], codes[1].subarray(1)], new Float64Array(5), 1)).toThrow(
      code('COLUMN_LENGTH'),
    )
    expect(() => additiveTotals(codes, new Float64Array(5), 0)).toThrow(code('SETTING_INVALID'))
  })
})
