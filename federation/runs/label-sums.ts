/**
 * The noisy sums on which label shares are checked before use (protocol.md section 5A):
 * 0 labelled in training folds, 1 bads in training folds, 2 labelled in all, 3 sum m^2, 4 sum y^2,
 * 5 to 12 random combinations of m and of y, four each, with public signed coefficients below 2^10, drawn after the shares
 * are fixed.
 *
 * Why these numbers. Sums of squares are taken mod t, so a bank could let them wrap with k rows of |m| = a, k*a^2 >= t = 2^46.
 * A combination of such rows has sd 591*a*sqrt(k) >= 2^32 and stays below 2^24 with probability 2^-8 at most, all four below
 * it with 2^-32. Honest ones have sd 591*sqrt(sum m^2) < 2^20.5 at 2^20 labels, plus noise of 2^20 per server: 2^24 is more
 * than eight sd away. Coefficients on both sides of zero keep the honest ones small.
 */
import { combineResidues, gaussianNoise, type RandomBytes, type Suite } from '../../engine/index.ts'

export const LABEL_SUMS = 13
const EXACT_SUMS = 5
const COMBINATIONS_EACH = 4
const COMBINATION_SD = 2 ** 20
export const COMBINATION_LIMIT = 2 ** 24
/** Six sd of the two servers' noise in the comparison of squares. */
export const SQUARES_SLACK = 6 * Math.SQRT2

/** Noise for all sums: sigma for counts, a wide one for combinations; none at all where noise is switched off. */
export function labelNoise(random: RandomBytes, sigma: number): Float64Array {
  const noise = new Float64Array(LABEL_SUMS)
  noise.set(gaussianNoise(random, sigma, EXACT_SUMS))
  noise.set(gaussianNoise(random, sigma === 0 ? 0 : COMBINATION_SD, LABEL_SUMS - EXACT_SUMS), EXACT_SUMS)
  return noise
}

/** The random combinations of one party's shares. */
export function combinations(
  suite: Suite,
  seed: Uint8Array,
  labelled: Float64Array,
  bad: Float64Array,
): number[] {
  const sums: number[] = []
  for (const [name, share] of [
    ['labelled', labelled],
    ['bad', bad],
  ] as const) {
    for (let index = 0; index < COMBINATIONS_EACH; index++) {
      const bytes = suite.stream(suite.derive(seed, `combination ${name} ${index}`), share.length * 2)
      const weights = new Int16Array(share.length)
      for (let i = 0; i < weights.length; i++)
        weights[i] = ((bytes[2 * i] | (bytes[2 * i + 1] << 8)) & 0x7ff) - 1024
      sums.push(combineResidues(share, weights))
    }
  }
  return sums
}
