/** How the scores of a population lie: a histogram to look at, and tenths of it as the measure for those of later days. */
import { bandOf, scoreBands } from '../bands.ts'
import { SCALE } from '../scorecard.ts'

/** Points of one bar of the histogram. */
const STEP = 25

export interface ScoreDistribution {
  /** Bar b holds scores from b*step on; the last one holds the highest score too. */
  readonly step: number
  readonly firms: readonly number[]
  readonly mean: number
  /** Lowest score of every tenth but the first, equal scores together; and the firms in each. */
  readonly tenths: { readonly edges: readonly number[]; readonly firms: readonly number[] }
}

/** @param scores 0 to 1000 */
export function scoreDistribution(scores: ArrayLike<number>): ScoreDistribution {
  const bars = Math.ceil((SCALE.most - SCALE.least) / STEP)
  const firms = new Array<number>(bars).fill(0)
  let sum = 0
  for (let row = 0; row < scores.length; row++) {
    firms[Math.min(bars - 1, Math.floor((scores[row] - SCALE.least) / STEP))]++
    sum += scores[row]
  }
  const { edges, rows } = scoreBands(scores, { maxBands: 10, minRows: 1 })
  return {
    step: STEP,
    firms,
    mean: scores.length > 0 ? sum / scores.length : 0,
    tenths: { edges, firms: rows },
  }
}

/** Firms in each band of given edges, as another population has them. */
export function firmsBetween(scores: ArrayLike<number>, edges: readonly number[]): number[] {
  const firms = new Array<number>(edges.length + 1).fill(0)
  for (const band of bandOf(scores, edges)) firms[band]++
  return firms
}
