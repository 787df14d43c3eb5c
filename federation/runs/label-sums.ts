/**
 * The noisy sums on which label shares are checked before use (protocol.md section 5A):
 * 0 labelled in training folds, 1 bads in training folds, 2 labelled in all, 3 sum m^2, 4 sum y^2,
 * 5 to 8 random combinations of m and y with public coefficients below 2^10, drawn after the shares are fixed.
 */
import { combineResidues, gaussianNoise, type RandomBytes, type Suite } from '../../engine/index.ts'

export const LABEL_SUMS = 9
const EXACT_SUMS = 5
const COMBINATIONS_EACH = 2
/** Noise and limit of a combination: honest ones stay below 2^30 plus noise, a bank with m = 2^19 on one row does not pass
 * the squares, one with m around t does not pass here. */
const COMBINATION_SD = 2 ** 30
export const COMBINATION_LIMIT = 2 ** 36
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
      const weights = new Uint16Array(share.length)
      for (let i = 0; i < weights.length; i++) weights[i] = (bytes[2 * i] | (bytes[2 * i + 1] << 8)) & 0x3ff
      sums.push(combineResidues(share, weights))
    }
  }
  return sums
}
