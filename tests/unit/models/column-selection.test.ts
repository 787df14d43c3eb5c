import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Basis,
  type BinCount,
  buildBasis,
  CELL,
  type Column,
  chooseColumns,
  columnAuc,
  correlations,
  encodeBasis,
  groupsOf,
  NO_BIN,
  type SelectionRules,
  varianceInflation,
  withWithheld,
} from '../../../models/index.ts'
import { generator } from '../../helpers/synthetic.ts'

const size = 4000
const random = generator(11)
const rows = Int32Array.from({ length: size }, (_, row) => row)
const health = Float64Array.from(rows, () => random())
const bad = health.map((value) => Number(random() < 0.4 * (1 - value)))
const TOTALS = { rows: size, labelled: size, bads: bad.reduce((sum, one) => sum + one, 0) }
const held = new Uint8Array(size).fill(CELL.held)
const numeric = (name: string, values: Float64Array, more: Partial<Column> = {}): Column =>
  ({ kind: 'numeric', name, values, state: held, ...more }) as Column
const noise = (of: number) => Float64Array.from(rows, (row) => health[row] + of * random())

/** Exact counts of every bin over the training rows, as a gate without noise would show them. */
function countsOf(basis: Basis, codes: readonly Uint8Array[]): BinCount[] {
  const counts = Array.from({ length: basis.width }, () => ({ n: 0, bad: 0, open: true }))
  for (const column of codes) {
    column.forEach((code, row) => {
      if (code === NO_BIN) return
      counts[code].n++
      counts[code].bad += bad[row]
    })
  }
  return counts
}

function choose(columns: Column[], select: Partial<SelectionRules>, more: object = {}, training = rows) {
  const basis = buildBasis(columns, { bins: 5, rows: training })
  const codes = encodeBasis(basis, columns, training)
  const choice = chooseColumns({
    ...{ basis, counts: countsOf(basis, codes), trends: columns.map(({ trend }) => trend) },
    rules: { select, ...more },
    totals: TOTALS,
    training: codes,
    all: () => encodeBasis(basis, columns, rows),
  })
  return { choice, reasons: choice.map(({ selected }) => selected!.reasons.join('; ')) }
}

describe('the AUC of one column', () => {
  it('is that of the best order of its bins', () => {
    const anyBins = fc.array(
      fc.record({ n: fc.integer({ min: 1, max: 12 }), bad: fc.integer({ min: 0, max: 12 }) }),
      { minLength: 1, maxLength: 4 },
    )
    fc.assert(
      fc.property(anyBins, (drawn) => {
        const bins = drawn.map(({ n, bad: bads }) => ({ n, bad: Math.min(n, bads), open: true }))
        /** Share of pairs of a good and a bad firm that points by this order of the bins put right, firm by firm. */
        const pairs = (order: readonly number[]): number => {
          let [right, all] = [0, 0]
          bins.forEach((a, i) => {
            bins.forEach((b, j) => {
              const both = (a.n - a.bad) * b.bad
              all += both
              right += both * (i === j ? 0.5 : Number(order[i] > order[j]))
            })
          })
          return all === 0 ? Number.NaN : right / all
        }
        const orders = bins.reduce<number[][]>(
          (lists, _, at) =>
            lists.flatMap((list) =>
              Array.from({ length: at + 1 }, (_, place) => list.toSpliced(place, 0, at)),
            ),
          [[]],
        )
        const best = Math.max(...orders.map((order) => pairs(order)))
        if (Number.isNaN(best)) expect(columnAuc(bins)).toBeNull()
        else expect(columnAuc(bins)).toBeCloseTo(best, 12)
      }),
      { seed: 2, numRuns: 200 },
    )
  })

  it('looks at open bins alone, and says nothing without both outcomes', () => {
    const open = { n: 100, bad: 10, open: true }
    expect(columnAuc([open, { n: 100, bad: 100, open: false }])).toBe(0.5)
    expect(columnAuc([{ n: 100, bad: 0, open: true }])).toBeNull()
    expect(columnAuc([])).toBeNull()
    expect(columnAuc([{ n: -4, bad: 2, open: true }, open])).toBe(0.5)
  })
})

describe('bins that are withheld', () => {
  /** What the gate shows of exact counts: at least 50 rows, 5 bads and 5 goods. */
  const gated = (bins: readonly { n: number; bad: number; rows: number }[]) =>
    bins.map(({ n, bad: bads, rows: own }) => {
      const open = n >= 50 && bads >= 5 && n - bads >= 5
      return { n: open ? n : 0, bad: open ? bads : 0, open, rows: own }
    })
  const aucOf = (bins: readonly { n: number; bad: number; rows: number }[]) => {
    const sum = (of: 'n' | 'bad' | 'rows') => bins.reduce((total, one) => total + one[of], 0)
    return columnAuc(withWithheld(gated(bins), { rows: sum('rows'), labelled: sum('n'), bads: sum('bad') }))
  }
  /** Equal bins, the bads all in the last ones. */
  const separating = (bins: number, n: number, bads: number) =>
    Array.from({ length: bins }, (_, b) => {
      const own = Math.min(n, Math.max(0, bads - (bins - 1 - b) * n))
      return { n, bad: own, rows: 2 * n }
    })

  it.each([
    [5, 400, 200],
    [5, 400, 400],
    [5, 400, 600],
    [5, 400, 1000],
    [8, 1000, 300],
  ])('hide no perfect separation: %d bins of %d firms, %d bads', (bins, n, bads) => {
    const auc = aucOf(separating(bins, n, bads))
    expect(auc).toBeGreaterThan(0.9)
    expect(auc).toBeLessThanOrEqual(1)
  })

  it('raise no alarm where bads are rare, the signal is ordinary or hardly a firm is labelled', () => {
    const ordinary = [2, 3, 4, 6, 9].map((bads) => ({ n: 400, bad: bads, rows: 800 }))
    expect(aucOf(ordinary)).toBeLessThan(0.8)
    const strong = [4, 20, 60, 120, 200].map((bads) => ({ n: 400, bad: bads, rows: 800 }))
    expect(aucOf(strong)).toBeLessThan(0.9)
    expect(aucOf([5, 5, 0, 0, 0].map((bads) => ({ n: 2, bad: Math.min(2, bads), rows: 800 })))).toBeNull()
    expect(columnAuc(withWithheld([], { rows: 0, labelled: 0, bads: 0 }))).toBeNull()
  })
})

describe('variance inflation', () => {
  it('is the diagonal of the inverse of the correlations, and finite where there is none', () => {
    const a = noise(0.5)
    const b = noise(1)
    const c = Float64Array.from(rows, () => random())
    const columns = [a, b, c].map((values, at) => numeric(`c${at}`, values))
    const basis = buildBasis(columns, { bins: 6, rows })
    const codes = encodeBasis(basis, columns, rows)
    const values = Float64Array.from({ length: basis.width }, () => random())
    const r = correlations(codes, values)
    const [x, y, z] = [r[0][1], r[0][2], r[1][2]]
    const determinant = 1 + 2 * x * y * z - x * x - y * y - z * z
    expect(varianceInflation(r, 0, [1, 2])).toBeCloseTo((1 - z * z) / determinant, 8)
    expect(varianceInflation(r, 2, [0, 1])).toBeCloseTo((1 - x * x) / determinant, 8)
    expect(varianceInflation(r, 1, [])).toBe(1)
    const twice = correlations([codes[0], codes[0], codes[0]], values)
    expect(varianceInflation(twice, 0, [1, 2])).toBe(1e6)
    expect(correlations([codes[0]], new Float64Array(basis.width))).toEqual([[1]])
  })
})

describe('selection of columns', () => {
  const all: Partial<SelectionRules> = { leastIv: 0, mostIv: 9, mostStability: 9, mostVif: 1e7, signs: false }
  const good = noise(0.6)
  const columns = [
    numeric('good', good),
    numeric(
      'copy',
      good.map((value) => 2 * value + 1),
    ),
    numeric(
      'weak',
      Float64Array.from(rows, () => random()),
    ),
    numeric('other', noise(1.5)),
  ]

  it('keeps everything where every threshold is out of reach, and is off without the rules', () => {
    expect(choose(columns, all).reasons).toEqual(['', '', '', ''])
    const { choice } = choose(columns, all)
    expect(groupsOf(choice)).toEqual(Array.from({ length: 20 }, (_, j) => j))
    const basis = buildBasis(columns, { bins: 5, rows })
    const off = { basis, counts: [], trends: [], training: [], all: () => [], totals: TOTALS }
    expect(chooseColumns(off).every(({ selected }) => selected === null)).toBe(true)
    expect(chooseColumns({ ...off, rules: { select: {} } }).every(({ selected }) => selected === null)).toBe(
      true,
    )
  })

  it('leaves out what says too little, or suspiciously much unless it is approved by name', () => {
    expect(choose(columns, { ...all, leastIv: 0.02 }).reasons).toEqual([
      '',
      '',
      'information value below 0.02',
      '',
    ])
    const much = choose(columns, { ...all, mostIv: 0.2 }, { approvedColumns: ['copy'] }).reasons
    expect(much[0]).toContain('information value above 0.2')
    expect(much.slice(1, 3)).toEqual(['', ''])
  })

  it('keeps the better one of two columns that say the same', () => {
    const { reasons, choice } = choose(columns, { ...all, mostVif: 10 })
    expect(reasons).toEqual(['', 'variance inflation above 10 beside columns that say more', '', ''])
    expect(choice[1].selected!.vif).toBe(1e6)
    expect(groupsOf(choice).slice(4, 11)).toEqual([4, -1, -1, -1, -1, -1, 5])
  })

  it('leaves out a column whose training rows are not like all rows', () => {
    const early = rows.filter((row) => row < 1000)
    const moved = numeric(
      'moved',
      good.map((value, row) => (row < 1000 ? value : value + 0.8)),
    )
    const { reasons } = choose([columns[0], moved], { ...all, mostStability: 0.25 }, {}, early)
    expect(reasons).toEqual(['', 'population stability above 0.25 between training rows and all rows'])
  })

  it('leaves out a column whose risk runs against its trend all along', () => {
    const stated = [
      numeric('good', good, { trend: 'falling' }),
      numeric('wrong', noise(0.3), { trend: 'rising' }),
    ]
    const { reasons } = choose(stated, { ...all, signs: true })
    expect(reasons[0]).toBe('')
    expect(reasons[1]).toContain('(rising)')
  })

  it('says nothing of a column without an open bin, and is never NaN', () => {
    const basis = buildBasis([columns[0]], { bins: 5, rows })
    const codes = encodeBasis(basis, columns, rows)
    for (const counts of [
      Array.from({ length: 5 }, () => ({ n: 0, bad: 0, open: false })),
      Array.from({ length: 5 }, () => ({ n: 500, bad: 0, open: true })),
      Array.from({ length: 5 }, (_, b) => ({ n: 500, bad: b < 2 ? 500 : 0, open: true })),
    ]) {
      const input = { basis, counts, trends: [], training: codes, all: () => codes, totals: TOTALS }
      const [{ selected }] = chooseColumns({ ...input, rules: { select: {} } })
      expect(selected!.reasons.length).toBe(1)
      for (const figure of [selected!.iv ?? 0, selected!.stability, selected!.vif])
        expect(Number.isFinite(figure)).toBe(true)
    }
  })

  it('refuses thresholds that are none', () => {
    expect(() => choose(columns, { ...all, leastIv: Number.NaN })).toThrow(
      expect.objectContaining({ code: 'YX_MODELS_SETTING_INVALID' }),
    )
  })
})
