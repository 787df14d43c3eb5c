import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type BinRules,
  type FineCount,
  mergeBins,
  optimalBins,
  TRENDS,
  type Trend,
} from '../../../models/index.ts'

const NO_RULES: BinRules = { leastShare: 0, leastLabelled: 0, leastBads: 0, leastGoods: 0 }
const bin = (good: number, bad: number, open = true, rows = 2 * (good + bad)): FineCount => ({
  n: good + bad,
  bad,
  open,
  rows,
})

/** Every way to cut a row of bins, each as the bin of every fine one. */
function* allCuts(size: number): Generator<number[]> {
  for (let cuts = 0; cuts < 2 ** Math.max(0, size - 1); cuts++) {
    let group = 0
    yield Array.from({ length: size }, (_, b) => (b > 0 && (cuts >> (b - 1)) & 1 ? ++group : group))
  }
}

interface Merged {
  readonly b: number
  readonly g: number
  readonly bads: number
  readonly goods: number
  readonly rows: number
  readonly open: number
}

function merge(fine: readonly FineCount[], cut: readonly number[]): Merged[] {
  return Array.from({ length: Math.max(...cut) + 1 }, (_, group) => {
    const own = fine.filter((_, b) => cut[b] === group)
    const opened = own.filter(({ open }) => open)
    const bads = opened.map(({ n, bad }) => Math.min(Math.max(0, bad), Math.max(0, n)))
    const goods = opened.map(({ n }, b) => Math.max(0, n) - bads[b])
    const sum = (list: number[]) => list.reduce((a, b) => a + b, 0)
    return {
      b: sum(bads) + opened.length / 2,
      g: sum(goods) + opened.length / 2,
      bads: sum(bads),
      goods: sum(goods),
      rows: sum(own.map(({ rows }) => rows)),
      open: opened.length,
    }
  })
}

const follows = (rates: readonly number[], trend: Trend): boolean => {
  const steps = rates.slice(1).map((rate, b) => Math.sign(rate - rates[b]))
  const turns = (from: number, to: number) => steps.some((step, b) => step === from && steps[b + 1] === to)
  if (trend === 'free') return true
  if (trend === 'rising') return steps.every((step) => step > 0)
  if (trend === 'falling') return steps.every((step) => step < 0)
  return !steps.includes(0) && !(trend === 'peak' ? turns(-1, 1) : turns(1, -1))
}

const ivOf = (bins: readonly Merged[]): number => {
  const B = bins.reduce((sum, { b }) => sum + b, 0)
  const G = bins.reduce((sum, { g }) => sum + g, 0)
  return bins.reduce((sum, { b, g }) => sum + (b / B - g / G) * Math.log(b / B / (g / G)), 0)
}

const allowed = (bins: readonly Merged[], trend: Trend, rules: BinRules): boolean => {
  const rows = bins.reduce((sum, one) => sum + one.rows, 0)
  return (
    bins.every(
      (one) =>
        one.open > 0 &&
        one.rows >= rules.leastShare * rows &&
        one.bads + one.goods >= rules.leastLabelled &&
        one.bads >= rules.leastBads &&
        one.goods >= rules.leastGoods,
    ) &&
    follows(
      bins.map(({ b, g }) => b / g),
      trend,
    )
  )
}

const anyFine = fc.array(
  fc.record({
    n: fc.integer({ min: -5, max: 60 }),
    bad: fc.integer({ min: -5, max: 40 }),
    open: fc.boolean(),
    rows: fc.integer({ min: 1, max: 300 }),
  }),
  { minLength: 1, maxLength: 8 },
)
const anyRules = fc.record({
  leastShare: fc.constantFrom(0, 0.05, 0.2),
  leastLabelled: fc.constantFrom(0, 20),
  leastBads: fc.constantFrom(0, 5),
  leastGoods: fc.constantFrom(0, 5),
})

describe('optimal bins', () => {
  it.each(TRENDS)('are the best of all cuts that keep the rules: %s', (trend) => {
    fc.assert(
      fc.property(anyFine, anyRules, (fine, rules) => {
        const fitting = [...allCuts(fine.length)].filter((cut) => allowed(merge(fine, cut), trend, rules))
        const got = optimalBins(fine, trend, rules)
        expect(optimalBins(fine, trend, rules)).toEqual(got)
        if (fitting.length === 0) {
          expect(got).toEqual(fine.map(() => 0))
          return
        }
        expect(allowed(merge(fine, got), trend, rules)).toBe(true)
        const best = Math.max(...fitting.map((cut) => ivOf(merge(fine, cut))))
        expect(ivOf(merge(fine, got))).toBeCloseTo(best, 12)
      }),
      { seed: 7, numRuns: 150 },
    )
  })

  it('keep every bin of a column that rises anyway, and pool the one that does not', () => {
    const fine = [bin(95, 5), bin(90, 10), bin(92, 8), bin(70, 30)]
    expect(optimalBins([fine[0], fine[1], fine[3]], 'rising')).toEqual([0, 1, 2])
    expect(optimalBins(fine, 'rising')).toEqual([0, 1, 1, 2])
    expect(optimalBins(fine, 'falling')).toEqual([0, 0, 0, 0])
    expect(optimalBins([bin(95, 5), bin(70, 30), bin(90, 10)], 'peak')).toEqual([0, 1, 2])
    expect(optimalBins([bin(95, 5), bin(70, 30), bin(90, 10)], 'valley')).not.toEqual([0, 1, 2])
  })

  it('are one bin, and no NaN, where nothing can be said', () => {
    expect(optimalBins([], 'rising')).toEqual([])
    expect(optimalBins([bin(50, 5)], 'rising')).toEqual([0])
    expect(optimalBins([bin(4, 1), bin(3, 2)], 'free')).toEqual([0, 0])
    expect(optimalBins([bin(40, 9, false), bin(50, 30, false)], 'rising', NO_RULES)).toEqual([0, 0])
    expect(optimalBins([bin(50, 0), bin(60, 0), bin(70, 0)], 'rising')).toEqual([0, 0, 0])
    // Perfect separation: a bin without bads has no least number of them, so only without that rule are there two.
    expect(optimalBins([bin(50, 0), bin(0, 50)], 'rising')).toEqual([0, 0])
    expect(optimalBins([bin(50, 0), bin(0, 50)], 'rising', NO_RULES)).toEqual([0, 1])
  })

  it('refuse rules that are none', () => {
    for (const wrong of [{ leastShare: 1.5 }, { leastBads: -1 }, { leastShare: Number.NaN }])
      expect(() => optimalBins([bin(1, 1)], 'free', { ...NO_RULES, ...wrong })).toThrow(
        expect.objectContaining({ code: 'YX_MODELS_SETTING_INVALID' }),
      )
  })
})

describe('merged bins of a column', () => {
  const column = (kind: 'numeric' | 'categorical', labels: string[]) => ({
    kind,
    bins: [
      ...labels.map((label) => ({ label, rows: 1000 })),
      { label: 'missing', rows: 100, special: 'missing' as const },
    ],
  })

  it('pool what runs against the trend, keep the special bins apart', () => {
    const counts = [bin(300, 60), bin(300, 20), bin(300, 90), bin(30, 1)]
    expect(mergeBins(column('numeric', ['low', 'middle', 'high']), counts, 'rising')).toEqual([0, 0, 1, 2])
  })

  it('join categories in the order of their bad rates, and a withheld one where the rate is that of all', () => {
    const counts = [bin(300, 100), bin(300, 10), bin(310, 101), bin(0, 0, false), bin(9, 1)]
    const rules = { leastShare: 0.3, leastLabelled: 20, leastBads: 5, leastGoods: 5 }
    const merged = mergeBins(column('categorical', ['x', 'y', 'z', 'withheld']), counts, 'falling', rules)
    // x and z go together although y stands between them in the basis.
    expect(merged[0]).toBe(merged[2])
    expect(merged[1]).not.toBe(merged[0])
    expect(new Set(merged).size).toBe(3)
    expect(merged[4]).toBe(2)
  })
})
