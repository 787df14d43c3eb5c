/**
 * What a logistic round expands the loss around: probability and curvature of every row at opened totals (protocol.md
 * sections 2 and 8), as whole numbers.
 */
import { logistic, logit } from './probability.ts'
import { requirePositive } from './settings.ts'
import { STEP_UNIT } from './step.ts'

/** Levels are looked for up to this far from the logit of p0, in logits. */
const WIDEST_LEVEL = 16

export interface CurvatureScale {
  /** What stands for 1 of a probability. */
  readonly unit: number
  /** What stands for 1 of a curvature. */
  readonly curvature: number
  /** Bound of a curvature. */
  readonly most: number
}

export interface Expansion {
  /** round(unit * p_i), p_i = 1/(1 + exp(-(level + U_i)/4096)). */
  readonly probabilities: Float64Array
  /** round(curvature * min(most, p_i*(1 - p_i))). */
  readonly curvatures: Float64Array
}

/**
 * The whole number, in units of 1/4096, that has to be added to every total so that the mean probability is that of the labelled
 * rows: the largest one with a mean of at most p0. Centred totals spread around the logit of p0, and where they spread wide the mean
 * of their probabilities is far above p0 (measured at 1 % bads: rounds that start from the logit of p0 first lose 0.006 AUC).
 *
 * @param totals whole, in units of 1/4096
 * @param p0 in (0, 1)
 */
export function levelOf(totals: Float64Array, p0: number): number {
  const start = Math.round(STEP_UNIT * logit(p0))
  let low = start - WIDEST_LEVEL * STEP_UNIT
  let high = start + WIDEST_LEVEL * STEP_UNIT
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    let sum = 0
    for (let i = 0; i < totals.length; i++) sum += logistic((middle + totals[i]) / STEP_UNIT)
    if (sum <= p0 * totals.length) low = middle
    else high = middle
  }
  return low
}

/**
 * Probability and bounded curvature at opened totals.
 *
 * @param totals whole, in units of 1/4096
 * @param level of {@link levelOf}
 * @throws SettingInvalid
 */
export function expandAt(
  totals: Float64Array,
  level: number,
  { unit, curvature, most }: CurvatureScale,
): Expansion {
  requirePositive('unit', unit)
  requirePositive('curvature', curvature)
  requirePositive('most', most)
  const probabilities = new Float64Array(totals.length)
  const curvatures = new Float64Array(totals.length)
  for (let i = 0; i < totals.length; i++) {
    const p = logistic((level + totals[i]) / STEP_UNIT)
    probabilities[i] = Math.round(unit * p)
    curvatures[i] = Math.round(curvature * Math.min(most, p * (1 - p)))
  }
  return { probabilities, curvatures }
}
