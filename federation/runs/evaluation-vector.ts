/** What both servers sum in an evaluation, and the noise that each adds to it (protocol.md section 6). */
import { gather, gaussianNoise, type RandomBytes } from '../../engine/index.ts'
import { RANK_BOUND } from './evaluation-limits.ts'
import { countNoise, type LabelShares, packedCounts } from './packed-counts.ts'

/** Packed counts for bands, bads alone for the rank sum. */
export type EvaluationVector = 'counts' | 'bads'

/** One server's share of the vector on the given roster rows. */
export const evaluationShare = (
  shares: LabelShares,
  rows: Int32Array,
  vector: EvaluationVector,
): Float64Array => (vector === 'counts' ? packedCounts(shares, rows) : gather(shares.bad, rows))

/** One server's noise, scaled to the largest entry of the columns. */
export const evaluationNoise = (
  random: RandomBytes,
  sigma: number,
  vector: EvaluationVector,
  columns: number,
): Float64Array =>
  vector === 'counts'
    ? countNoise(random, sigma, columns)
    : gaussianNoise(random, sigma * RANK_BOUND, columns)
