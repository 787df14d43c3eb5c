/**
 * Counts and bads in one residue, m + 2^21*y, and the noise that fits them (protocol.md 5B). Platform and key holder do the
 * same with their shares.
 */
import { addMultipleInto, BAD_UNIT, gather, gaussianNoise, type RandomBytes } from '../../engine/index.ts'

/** One server's shares of m (labelled) and y (bad) over the roster. */
export interface LabelShares {
  readonly labelled: Float64Array
  readonly bad: Float64Array
}

/** The share of m + 2^21*y on the given roster rows. */
export function packedCounts({ labelled, bad }: LabelShares, rows: Int32Array): Float64Array {
  const counts = gather(labelled, rows)
  addMultipleInto(counts, gather(bad, rows), BAD_UNIT)
  return counts
}

/** One draw for the rows and one for the bads, the latter in its own unit. */
export function countNoise(random: RandomBytes, sigma: number, count: number): Float64Array {
  const rows = gaussianNoise(random, sigma, count)
  const bads = gaussianNoise(random, sigma, count)
  return rows.map((value, j) => value + BAD_UNIT * bads[j])
}
