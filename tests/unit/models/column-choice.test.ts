import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Basis,
  type BasisColumn,
  type BinCount,
  buildBasis,
  CELL,
  type Column,
  checkSigns,
  chooseColumns,
  encodeBasis,
  groupsOf,
  LocalStep,
  NO_BIN,
  type ProviderScorecard,
  poolWeights,
  providerScorecard,
  TiedStep,
  TRENDS,
  type Trend,
} from '../../../models/index.ts'
import { generator } from '../../helpers/synthetic.ts'

/** Isotonic regression by its min-max formula (Barlow et al. 1972), nothing in common with pooling. */
function minMax(weights: readonly number[], rows: readonly number[]): number[] {
  const mean = (a: number, b: number) => {
    let [sum, all] = [0, 0]
    for (let i = a; i <= b; i++) [sum, all] = [sum + rows[i] * weights[i], all + rows[i]]
    return sum / all
  }
  return weights.map((_, i) => {
    const lows = Array.from({ length: i + 1 }, (_, a) =>
      Math.min(...Array.from({ length: weights.length - i }, (_, b) => mean(a, i + b))),
    )
    return Math.max(...lows)
  })
}

const error = (a: readonly number[], b: readonly number[], rows: readonly number[]) =>
  a.reduce((sum, value, i) => sum + rows[i] * (value - b[i]) ** 2, 0)

const follows = (weights: readonly number[], trend: Trend): boolean => {
  const steps = weights
    .slice(1)
    .map((weight, b) => weight - weights[b])
    .filter((step) => Math.abs(step) > 1e-12)
  const last = steps.findLastIndex((step) => step > 0)
  const first = steps.findIndex((step) => step < 0)
  if (trend === 'rising') return first < 0
  if (trend === 'falling') return last < 0
  if (trend === 'peak') return first < 0 || last < first
  if (trend === 'valley')
    return follows(
      weights.map((weight) => -weight),
      'peak',
    )
  return true
}

const anyBins = fc.array(
  fc.record({ weight: fc.integer({ min: -9, max: 9 }), rows: fc.integer({ min: 1, max: 50 }) }),
  { minLength: 1, maxLength: 7 },
)

describe('pooled weights', () => {
  it.each(TRENDS)('keep the trend, change nothing that keeps it, and keep the sum: %s', (trend) => {
    fc.assert(
      fc.property(anyBins, (bins) => {
        const weights = bins.map(({ weight }) => weight)
        const rows = bins.map((bin) => bin.rows)
        const got = poolWeights(weights, rows, trend)
        expect(follows(got, trend)).toBe(true)
        if (follows(weights, trend)) expect(got).toEqual(weights)
        const sum = (list: readonly number[]) => list.reduce((a, w, i) => a + rows[i] * w, 0)
        expect(sum(got)).toBeCloseTo(sum(weights), 8)
      }),
      { seed: 5, numRuns: 300 },
    )
  })

  it('are the nearest ones', () => {
    fc.assert(
      fc.property(anyBins, (bins) => {
        const weights = bins.map(({ weight }) => weight)
        const rows = bins.map((bin) => bin.rows)
        const up = poolWeights(weights, rows, 'rising')
        for (const [b, weight] of minMax(weights, rows).entries()) expect(up[b]).toBeCloseTo(weight, 9)
        // A peak is a rise up to some bin and a fall from the next one on.
        const peaks = weights.map((_, turn) => {
          const [left, right] = [weights.slice(0, turn), weights.slice(turn).map((weight) => -weight)]
          return [...minMax(left, rows), ...minMax(right, rows.slice(turn)).map((weight) => -weight)]
        })
        const least = Math.min(error(up, weights, rows), ...peaks.map((one) => error(one, weights, rows)))
        expect(error(poolWeights(weights, rows, 'peak'), weights, rows)).toBeCloseTo(least, 8)
      }),
      { seed: 6, numRuns: 200 },
    )
  })
})

describe('a step with tied weights', () => {
  const codes = [Uint8Array.of(0, 1, 2, 1, 0, 2, 2, 0), Uint8Array.of(3, 4, 3, 4, NO_BIN, 3, 4, 3)]
  const ranges = [
    { from: 0, to: 3 },
    { from: 3, to: 5 },
  ]
  const options = { codes, width: 5, ranges, c: 0.75, lambda: 3, kappa: 0.5 }
  const gradients = [Float64Array.of(900, -70, 311, -5, 44), Float64Array.of(-9, 77, -31, 500, 4)]

  it('is the step over the merged bins, in the fine ones', () => {
    const tied = new TiedStep(options, [0, 0, 1, 2, 3])
    const merged = codes.map((column) => column.map((code) => [0, 0, 1, 2, 3][code] ?? NO_BIN))
    const plain = new LocalStep({
      ...{ ...options, codes: merged, width: 4 },
      ranges: [
        { from: 0, to: 2 },
        { from: 2, to: 4 },
      ],
    })
    for (const g of gradients) {
      tied.advance(g)
      plain.advance(Float64Array.of(g[0] + g[1], g[2], g[3], g[4]))
    }
    const [a, b, c, d] = plain.weights
    expect([...tied.weights]).toEqual([a, a, b, c, d])
    const [v, w, x, y] = plain.lookAhead
    expect([...tied.lookAhead]).toEqual([v, v, w, x, y])
  })

  it('is the plain step bit for bit where nothing is tied, and goes on from its state', () => {
    const ids = [0, 1, 2, 3, 4]
    const plain = new LocalStep(options)
    let tied = new TiedStep(options, ids)
    for (const g of gradients) {
      plain.advance(g)
      tied.advance(g)
      tied = new TiedStep(options, ids, JSON.parse(JSON.stringify(tied)))
    }
    expect([...tied.weights]).toEqual([...plain.weights])
  })

  it('gives a bin that is left out no weight, and the others what they have without it', () => {
    const tied = new TiedStep(options, [0, 1, 2, -1, -1])
    const alone = new LocalStep({ ...options, codes: [codes[0]], width: 3, ranges: [ranges[0]] })
    for (const g of gradients) {
      tied.advance(g)
      alone.advance(g.slice(0, 3))
    }
    expect([...tied.weights]).toEqual([...alone.weights, 0, 0])
  })

  it('refuses a gradient and groups of another length', () => {
    const tied = new TiedStep(options, [0, 1, 2, 3, 4])
    const code = (name: string) => expect.objectContaining({ code: `YX_MODELS_${name}` })
    expect(() => tied.advance(new Float64Array(4))).toThrow(code('GRADIENT_INVALID'))
    expect(() => new TiedStep(options, [0])).toThrow(code('COLUMN_LENGTH'))
  })
})

describe('what a provider decides on its columns', () => {
  const random = generator(3)
  const size = 2000
  const rows = Int32Array.from({ length: size }, (_, row) => row)
  const values = Float64Array.from(rows, () => Math.floor(100 * random()))
  const state = Uint8Array.from(rows, () => (random() < 0.1 ? CELL.notHeld : CELL.held))
  const columns: Column[] = [
    { kind: 'numeric', name: 'a', values, state, trend: 'rising' },
    { kind: 'numeric', name: 'b', values, state },
  ]
  const basis = buildBasis(columns, { bins: 5, rows })
  const rates = [0.1, 0.3, 0.2, 0.4, 0.5, 0.25]
  const counts = basis.columns.flatMap(({ bins }) =>
    bins.map((bin, b): BinCount => ({ n: bin.rows, bad: Math.round(bin.rows * rates[b]), open: true })),
  )
  const trends = basis.columns.map(({ source }) => columns[source].trend)

  const chosen = (
    of: Pick<Basis, 'columns' | 'width'>,
    known: BinCount[],
    stated: (Trend | undefined)[],
    rules = {},
  ) =>
    chooseColumns({
      basis: of,
      counts: known,
      trends: stated,
      rules,
      training: [],
      all: () => [],
      totals: { rows: size, labelled: size, bads: 600 },
    })

  it('merges the bins of a stated trend alone, and none without counts or with trends switched off', () => {
    const choice = chosen(basis, counts, trends)
    expect(groupsOf(choice)).toEqual([0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    const fine = Array.from({ length: basis.width }, (_, j) => j)
    expect(groupsOf(chosen(basis, [], trends))).toEqual(fine)
    expect(chosen(basis, counts, trends, { trends: false }).every(({ trend }) => trend === null)).toBe(true)
  })

  it('pools weights against the trend in that column alone, and says so on the scorecard with the merged bins', () => {
    const choice = chosen(basis, counts, trends)
    const fitted = Float64Array.of(-1, 0.5, 0.5, 0.2, 1, 7, -1, 0.5, 0.5, 0.2, 1, 7)
    const checked = checkSigns(basis, choice, fitted)
    expect(checked.pooled).toEqual([true, false])
    expect([...checked.weights.subarray(6)]).toEqual([...fitted.subarray(6)])
    expect(checked.weights[5]).toBe(7)
    const [r1, r2, r3] = basis.columns[0].bins.slice(1, 4).map((bin) => bin.rows)
    const pool = (0.5 * (r1 + r2) + 0.2 * r3) / (r1 + r2 + r3)
    for (const b of [1, 2, 3]) expect(checked.weights[b]).toBeCloseTo(pool, 12)
    const card: ProviderScorecard = providerScorecard({
      ...{ provider: 'p', run: 'r', planHash: '', basis, slope: 1, counts, choice, authorisation: null },
      part: { weights: checked.weights, trees: [] },
      pooled: checked.pooled,
    })
    const [a, b] = card.columns
    expect(b.merged).toBeUndefined()
    expect(a.merged).toMatchObject({ trend: 'rising', pooled: true })
    const [first, second] = a.merged!.bins
    const cuts = (basis.columns[0] as BasisColumn).cuts!
    expect(first.label).toBe(`(-∞, ${cuts[0]}]`)
    expect(second.label).toBe(`(${cuts[0]}, ${cuts[2]}]`)
    expect(second.labelled).toBe(counts[1].n + counts[2].n)
    expect(second.points).toBe(a.bins[2].points)
    expect(a.merged!.bins.at(-1)!.label).toBe('not held')
    // Weight of evidence as in docs of woe: smoothed by a half over the 5 merged bins.
    const sum = (of: (bin: { labelled: number | null; bads: number | null }) => number) =>
      a.merged!.bins.reduce((total, bin) => total + of(bin), 0)
    const B = sum((bin) => bin.bads! + 0.5)
    const G = sum((bin) => bin.labelled! - bin.bads! + 0.5)
    expect(first.woe).toBeCloseTo(
      Math.log((first.bads! + 0.5) / B / ((first.labelled! - first.bads! + 0.5) / G)),
      12,
    )
    expect(a.merged!.iv).toBeLessThan(a.iv!)
  })

  it('is never NaN: a constant column, no bads, ten labelled rows, perfect separation', () => {
    const cases: BinCount[][] = [
      basis.columns[0].bins.map(() => ({ n: 300, bad: 0, open: true })),
      basis.columns[0].bins.map(() => ({ n: 2, bad: 1, open: false })),
      basis.columns[0].bins.map((_, b) => ({ n: 300, bad: b < 3 ? 0 : 300, open: true })),
      basis.columns[0].bins.map(() => ({ n: -3, bad: 9, open: true })),
    ]
    const constant: Column = {
      kind: 'numeric',
      name: 'c',
      values: values.map(() => 1),
      state,
      trend: 'rising',
    }
    expect(buildBasis([constant], { bins: 5, rows }).columns.length).toBeLessThan(2)
    for (const own of cases) {
      const one = { columns: basis.columns.slice(0, 1) }
      const choice = chosen({ ...one, width: 6 }, own, ['rising'])
      const options = {
        ...{ codes: encodeBasis(basis, columns, rows).slice(0, 1), width: 6, lambda: 5, c: 0.01, kappa: 0.3 },
        ranges: [{ from: 0, to: 6 }],
      }
      const step = new TiedStep(options, groupsOf(choice))
      step.advance(Float64Array.of(5, -7, 11, -13, 17, -19))
      const { weights } = checkSigns(one, choice, step.weights)
      expect([...weights].every(Number.isFinite)).toBe(true)
      const basisOfOne = { ...basis, ...one, width: 6 }
      const card = providerScorecard({
        ...{
          provider: 'p',
          run: 'r',
          planHash: '',
          basis: basisOfOne,
          part: { weights, trees: [] },
          slope: 1,
          counts: own,
          choice,
        },
        authorisation: null,
      })
      expect(JSON.stringify(card)).not.toContain('NaN')
      for (const { iv, bins } of [card.columns[0], card.columns[0].merged!]) {
        expect(iv === null || Number.isFinite(iv)).toBe(true)
        for (const { woe } of bins) expect(woe === null || Number.isFinite(woe)).toBe(true)
      }
    }
  })
})
