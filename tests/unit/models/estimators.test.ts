/** One battery for every estimator: what a provider fits in the rounds of a run. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  boosterEstimator,
  type Estimator,
  type EstimatorState,
  NO_BIN,
  pointsOfRows,
  pointsPerBin,
  pointTrees,
  scorecardEstimator,
} from '../../../models/index.ts'
import { generator } from '../../helpers/synthetic.ts'

const ROWS = 1200
/** Ordinary bins 0-3 and a special one; three categories; two ordinary bins. */
const COLUMNS = [
  { from: 0, to: 5, ordered: 4 },
  { from: 5, to: 8, ordered: 0 },
  { from: 8, to: 10, ordered: 2 },
]
const WIDTH = 10
const BOUND = 4 * 4096
/** Every bin carries a weight of its own. */
const ALONE = Array.from({ length: WIDTH }, (_, bin) => bin)
/** Two neighbours carry one, and a bin of the second column none. */
const TIED = [0, 1, 1, 2, 3, 4, -1, 5, 6, 7]

type Codes = readonly Uint8Array[]

function made(seed: number, rows = ROWS): { codes: Codes; bad: Uint8Array } {
  const random = generator(seed)
  const codes = COLUMNS.map(({ from, to }) =>
    Uint8Array.from({ length: rows }, () =>
      random() < 0.05 ? NO_BIN : from + Math.floor(random() * (to - from)),
    ),
  )
  const bad = Uint8Array.from({ length: rows }, (_, row) => {
    const joint = codes[0][row] >= 2 && codes[1][row] === 6 ? 0.5 : 0
    return random() < 0.1 + 0.05 * (codes[0][row] % 4) + joint ? 1 : 0
  })
  return { codes, bad }
}

const common = (codes: Codes) => ({ codes, width: WIDTH, c: 1, lambda: 10 })
const makers: Record<string, (codes: Codes, from?: EstimatorState) => Estimator> = {
  scorecard: (codes, from) =>
    scorecardEstimator({ ...common(codes), ranges: COLUMNS, kappa: 0.5 }, ALONE, from),
  'scorecard with tied bins': (codes, from) =>
    scorecardEstimator({ ...common(codes), ranges: COLUMNS, kappa: 0.5 }, TIED, from),
  'booster of stumps': (codes, from) =>
    boosterEstimator({ ...common(codes), columns: COLUMNS, depth: 1, shrinkage: 0.4, leastRows: 50 }, from),
  booster: (codes, from) =>
    boosterEstimator({ ...common(codes), columns: COLUMNS, depth: 3, shrinkage: 0.4, leastRows: 50 }, from),
}

/** The residual of protocol.md section 2 for rows that are all labelled. */
function residualOf(estimator: Estimator, bad: Uint8Array): Float64Array {
  const { totals } = estimator.totals(BOUND)
  const p0 = bad.reduce((sum, y) => sum + y, 0) / bad.length
  const [a, c] = [Math.round(4096 / (1 - p0)), Math.round(4096 / (p0 * (1 - p0)))]
  return totals.map((total, row) => a + total - c * bad[row])
}

/** Gradients of everything that the estimator asks for, up to the end of a round. */
function round(estimator: Estimator, bad: Uint8Array): void {
  const residual = residualOf(estimator, bad)
  do {
    const gradient = new Float64Array(estimator.asked.length * WIDTH)
    estimator.asked.forEach((list, at) => {
      for (const column of list) {
        column.forEach((code, row) => {
          if (code !== NO_BIN) gradient[at * WIDTH + code] += residual[row]
        })
      }
    })
    estimator.advance(gradient)
  } while (estimator.level > 0)
}

function fitted(
  make: (typeof makers)[string],
  { codes, bad }: ReturnType<typeof made>,
  rounds = 4,
): Estimator {
  const estimator = make(codes)
  for (let at = 0; at < rounds; at++) round(estimator, bad)
  return estimator
}

const pointsOf = ({ part }: Estimator, codes: Codes) =>
  pointsOfRows(codes, pointsPerBin(part.weights, 1), pointTrees(part.trees, 1))

describe.each(Object.entries(makers))('%s', (_, make) => {
  it('learns: the squared residual falls', () => {
    const data = made(1)
    const square = (estimator: Estimator) =>
      residualOf(estimator, data.bad).reduce((sum, value) => sum + value * value, 0)
    expect(square(fitted(make, data))).toBeLessThan(0.97 * square(make(data.codes)))
  })

  it('makes the same fit of the same data, untouched by an earlier one, and changes none of them', () => {
    const data = made(2)
    const copy = data.codes.map((column) => column.slice())
    const first = JSON.stringify(fitted(make, data))
    fitted(make, made(3))
    expect(JSON.stringify(fitted(make, data))).toBe(first)
    expect(data.codes).toEqual(copy)
  })

  it('does not depend on the order of rows', () => {
    const data = made(4)
    const random = generator(9)
    const keys = Float64Array.from({ length: ROWS }, random)
    const order = Int32Array.from({ length: ROWS }, (_, row) => row).sort((a, b) => keys[a] - keys[b])
    const shuffled = {
      codes: data.codes.map((column) => Uint8Array.from(order, (row) => column[row])),
      bad: Uint8Array.from(order, (row) => data.bad[row]),
    }
    expect(JSON.stringify(fitted(make, shuffled))).toBe(JSON.stringify(fitted(make, data)))
  })

  it('goes on from JSON bit for bit, and keeps nothing as long as the data', () => {
    const data = made(5)
    const whole = fitted(make, data, 5)
    const state = JSON.parse(JSON.stringify(fitted(make, data, 2)))
    const resumed = make(data.codes, state)
    for (let at = 0; at < 3; at++) round(resumed, data.bad)
    expect(JSON.stringify(resumed)).toBe(JSON.stringify(whole))
    expect(resumed.totals(BOUND)).toEqual(whole.totals(BOUND))
    const longest = (value: unknown): number =>
      typeof value !== 'object' || value === null
        ? 0
        : Math.max(Array.isArray(value) ? value.length : 0, ...Object.values(value).map(longest))
    expect(longest(JSON.parse(JSON.stringify(fitted(make, made(5, 3 * ROWS)))))).toBeLessThan(100)
  })

  it('gives a row that holds nothing no points, and others those of the fit that JSON carries', () => {
    const data = made(6)
    const estimator = fitted(make, data)
    const nothing = COLUMNS.map(() => Uint8Array.of(NO_BIN))
    expect(pointsOf(estimator, nothing)).toEqual(Int32Array.of(0))
    const carried = make(data.codes, JSON.parse(JSON.stringify(estimator)))
    expect(pointsOf(carried, data.codes)).toEqual(pointsOf(estimator, data.codes))
    expect(new Set(pointsOf(estimator, data.codes)).size).toBeGreaterThan(1)
  })

  it.each([
    ['of the wrong length', new Float64Array(WIDTH + 1)],
    ['that is not finite', new Float64Array(WIDTH).fill(Number.NaN)],
  ])('refuses a gradient %s and stays as it was', (_, gradient) => {
    const estimator = fitted(make, made(7))
    const before = JSON.stringify(estimator)
    expect(() => estimator.advance(gradient)).toThrow(
      expect.objectContaining({ code: 'YX_MODELS_GRADIENT_INVALID' }),
    )
    expect(JSON.stringify(estimator)).toBe(before)
    expect(estimator.level).toBe(0)
  })

  it('has finite whole totals whatever the gradients are, on constant, empty and tiny columns too', () => {
    const single = fc.record({
      codes: fc
        .array(fc.tuple(fc.constantFrom(0, 0, 0, 1, NO_BIN), fc.constantFrom(5, NO_BIN), fc.constant(8)), {
          minLength: 1,
          maxLength: 120,
        })
        .map((rows) => COLUMNS.map((_, at) => Uint8Array.from(rows, (row) => row[at]))),
      noise: fc.array(fc.integer({ min: -(2 ** 44), max: 2 ** 44 }), { minLength: WIDTH, maxLength: WIDTH }),
    })
    fc.assert(
      fc.property(single, ({ codes, noise }) => {
        const estimator = make(codes)
        for (let at = 0; at < 6; at++) {
          const gradient = Float64Array.from(estimator.asked.flatMap(() => noise))
          estimator.advance(gradient)
        }
        const { totals } = estimator.totals(BOUND)
        expect(totals.every((total) => Number.isInteger(total) && Math.abs(total) <= BOUND)).toBe(true)
        expect(pointsOf(estimator, codes).every(Number.isInteger)).toBe(true)
      }),
      { numRuns: 60, seed: 11 },
    )
  })
})

describe('booster', () => {
  it('finds what two columns show together only', () => {
    const random = generator(12)
    const codes = COLUMNS.map(({ from }) =>
      Uint8Array.from({ length: ROWS }, () => from + Math.floor(2 * random())),
    )
    const bad = Uint8Array.from({ length: ROWS }, (_, row) =>
      random() < (codes[0][row] === 0 ? 0.3 : 0.2) + ((codes[0][row] + codes[1][row]) % 2 ? 0.3 : 0) ? 1 : 0,
    )
    const spread = (make: (typeof makers)[string]) => {
      const points = pointsOf(fitted(make, { codes, bad }, 8), codes)
      return new Set(points).size
    }
    // Four kinds of rows by the two columns that matter; sums of columns cannot tell the crossed ones apart.
    expect(spread(makers.booster)).toBeGreaterThanOrEqual(4)
    const mean = (make: (typeof makers)[string], odd: number) => {
      const points = pointsOf(fitted(make, { codes, bad }, 8), codes)
      const rows = [...points.keys()].filter((row) => (codes[0][row] + codes[1][row]) % 2 === odd)
      return rows.reduce((sum, row) => sum + points[row], 0) / rows.length
    }
    expect(mean(makers.booster, 0) - mean(makers.booster, 1)).toBeGreaterThan(2000)
    expect(Math.abs(mean(makers.scorecard, 0) - mean(makers.scorecard, 1))).toBeLessThan(1000)
  })

  it('keeps at least the least rows in every leaf', () => {
    const { codes, bad } = made(13)
    const estimator = fitted(makers.booster, { codes, bad })
    for (const tree of estimator.part.trees) {
      const one = pointsOfRows(codes, new Int32Array(WIDTH), [
        { depth: tree.depth, splits: tree.splits, points: tree.values.map((_, node) => node) },
      ])
      const counts = new Map<number, number>()
      for (const node of one) counts.set(node, (counts.get(node) ?? 0) + 1)
      counts.delete(0)
      expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(50)
      expect(counts.size).toBeGreaterThan(1)
    }
  })

  it.each([
    ['depth', { depth: 5 }],
    ['leastRows', { leastRows: 0 }],
    ['shrinkage', { shrinkage: 0 }],
  ])('refuses a %s out of range', (name, wrong) => {
    const options = { ...common(made(1).codes), columns: COLUMNS, depth: 2, shrinkage: 0.3, leastRows: 50 }
    expect(() => boosterEstimator({ ...options, ...wrong })).toThrow(name)
  })

  it.each([
    ['another width', { width: 9, trees: [] }],
    ['trees of another depth', { width: WIDTH, trees: [{ depth: 2, splits: [null], values: [0] }] }],
    [
      'a column that is not there',
      {
        width: WIDTH,
        trees: [
          {
            depth: 3,
            splits: [null, { column: 7, left: [0] }, ...Array(6).fill(null)],
            values: Array(16).fill(0),
          },
        ],
      },
    ],
  ])('refuses a state with %s', (_, state) => {
    expect(() => makers.booster(made(1).codes, state)).toThrow(
      expect.objectContaining({ code: 'YX_MODELS_STATE_INVALID' }),
    )
  })
})
