/**
 * Optimal binning of one column from noisy counts: which neighbouring fine bins become one, so that the information value is as
 * high as the trend and the least sizes allow. The formulation is Navas-Palencia's (Optimal binning: mathematical programming
 * formulation, arXiv:2001.08025); over at most 254 bins it is solved exactly by dynamic programming, without a solver.
 */
import { modelsErrors } from './errors.ts'
import { requireInteger } from './settings.ts'
import { type BinCount, cleanCount } from './woe.ts'

/** How the risk of default moves from bin to bin; `peak` rises and then falls, `valley` falls and then rises. */
export const TRENDS = ['rising', 'falling', 'peak', 'valley', 'free'] as const
export type Trend = (typeof TRENDS)[number]

/** Least sizes of a bin that was merged of fine ones (domain.md 3.3). */
export interface BinRules {
  /** Share of the rows of the column's ordinary bins, 0 to 1. */
  readonly leastShare: number
  readonly leastLabelled: number
  readonly leastBads: number
  readonly leastGoods: number
}

export const BIN_RULES: BinRules = { leastShare: 0.05, leastLabelled: 20, leastBads: 5, leastGoods: 5 }

/** A fine bin: its rows on the roster, which the provider knows, and its noisy counts. */
export interface FineCount extends BinCount {
  readonly rows: number
}

/** Directions of the risk, one after the other: 1 up, -1 down, 0 any. */
const PHASES: Readonly<Record<Trend, readonly (-1 | 0 | 1)[]>> = {
  rising: [1],
  falling: [-1],
  peak: [1, -1],
  valley: [-1, 1],
  free: [0],
}

/** @throws SettingInvalid */
export function checkBinRules({ leastShare, ...counts }: BinRules): void {
  if (!(leastShare >= 0 && leastShare <= 1))
    throw new modelsErrors.SettingInvalid('leastShare', leastShare, 'a number from 0 to 1')
  for (const [name, value] of Object.entries(counts)) requireInteger(name, value, 0, 2 ** 31)
}

/**
 * The bin that each fine bin goes into, 0, 1, ... without gaps, in the order of the fine bins. Among all ways to cut the row of
 * fine bins it is the one of the highest
 *
 *   IV = sum over bins of (b/B - g/G) * ln((b/B)/(g/G)),  b = sum(bad + .5), g = sum(good + .5) over its open fine bins,
 *
 * in which every bin has the least sizes and the rates b/g of neighbours move, strictly, as the trend says. A withheld fine bin
 * adds rows and no counts, so it goes along with a neighbour. Where no cut fits, all are one bin; of equally good cuts it is the
 * one found first, always the same.
 *
 * @param fine the ordinary fine bins of a column in their order
 * @throws SettingInvalid
 */
export function optimalBins(fine: readonly FineCount[], trend: Trend, rules: BinRules = BIN_RULES): number[] {
  checkBinRules(rules)
  const size = fine.length
  const spans = spansOf(fine, rules)
  const phases = PHASES[trend]
  // best[phase][start * size + end]: highest IV of fine bins 0..end whose last bin is start..end; from: where it came from.
  const best = phases.map(() => new Float64Array(size * size).fill(Number.NEGATIVE_INFINITY))
  const from = phases.map(() => new Int32Array(size * size).fill(-1))
  for (let end = 0; end < size; end++) {
    for (let start = 0; start <= end; start++) {
      const at = start * size + end
      if (!spans.fits[at]) continue
      if (start === 0) best[0][at] = spans.value[at]
      phases.forEach((direction, phase) => {
        for (let before = 0; before < start; before++) {
          const previous = before * size + start - 1
          if (!spans.fits[previous] || !moves(spans, previous, at, direction)) continue
          for (let of = Math.max(0, phase - 1); of <= phase; of++) {
            const value = best[of][previous] + spans.value[at]
            if (value <= best[phase][at]) continue
            best[phase][at] = value
            from[phase][at] = of * size * size + previous
          }
        }
      })
    }
  }
  return cutOf(best, from, size)
}

interface Spans {
  /** For each start * size + end: whether it may be a bin, its part of the IV, and its smoothed counts, doubled to whole numbers. */
  readonly fits: Uint8Array
  readonly value: Float64Array
  readonly bads: Float64Array
  readonly goods: Float64Array
}

function spansOf(fine: readonly FineCount[], rules: BinRules): Spans {
  const size = fine.length
  const spans: Spans = {
    fits: new Uint8Array(size * size),
    value: new Float64Array(size * size),
    bads: new Float64Array(size * size),
    goods: new Float64Array(size * size),
  }
  const clean = fine.map((bin) => (bin.open ? cleanCount(bin) : { bads: 0, goods: 0 }))
  const twice = (count: number, { open }: FineCount) => (open ? 2 * count + 1 : 0)
  const B = clean.reduce((sum, { bads }, b) => sum + twice(bads, fine[b]), 0)
  const G = clean.reduce((sum, { goods }, b) => sum + twice(goods, fine[b]), 0)
  const allRows = fine.reduce((sum, { rows }) => sum + rows, 0)
  for (let start = 0; start < size; start++) {
    let [rows, bads, goods, open] = [0, 0, 0, 0]
    for (let end = start; end < size; end++) {
      const at = start * size + end
      rows += fine[end].rows
      bads += clean[end].bads
      goods += clean[end].goods
      open += Number(fine[end].open)
      spans.bads[at] = 2 * bads + open
      spans.goods[at] = 2 * goods + open
      spans.fits[at] = Number(
        open > 0 &&
          rows >= rules.leastShare * allRows &&
          bads + goods >= rules.leastLabelled &&
          bads >= rules.leastBads &&
          goods >= rules.leastGoods,
      )
      const [badShare, goodShare] = [spans.bads[at] / B, spans.goods[at] / G]
      if (open > 0) spans.value[at] = (badShare - goodShare) * Math.log(badShare / goodShare)
    }
  }
  return spans
}

/** Compared crosswise, in whole numbers: no rounding decides. */
function moves({ bads, goods }: Spans, before: number, after: number, direction: -1 | 0 | 1): boolean {
  return direction === 0 || direction * (bads[after] * goods[before] - bads[before] * goods[after]) > 0
}

function cutOf(best: readonly Float64Array[], from: readonly Int32Array[], size: number): number[] {
  let [phase, at] = [0, -1]
  for (let p = 0; p < best.length; p++) {
    for (let start = 0; start < size; start++) {
      const candidate = start * size + size - 1
      if (best[p][candidate] > (at < 0 ? Number.NEGATIVE_INFINITY : best[phase][at]))
        [phase, at] = [p, candidate]
    }
  }
  if (at < 0) return new Array<number>(size).fill(0)
  const starts: number[] = []
  while (at >= 0) {
    starts.unshift(Math.floor(at / size))
    const previous = from[phase][at]
    at = previous < 0 ? -1 : previous % (size * size)
    phase = Math.floor(previous / (size * size))
  }
  let group = -1
  return Array.from({ length: size }, (_, b) => (starts.includes(b) ? ++group : group))
}
