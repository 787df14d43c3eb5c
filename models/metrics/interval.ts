/** Confidence intervals of shares such as AUC and KS. */

/** Of a normal distribution, two-sided 95 %. */
const Z = 1.959964

export interface Interval {
  readonly from: number
  readonly to: number
}

/** The 95 % interval value -+ 1.96 se, within 0 and 1 (Wald). */
export function interval95(value: number, se: number): Interval {
  const within = (bound: number) => Math.min(1, Math.max(0, bound))
  return { from: within(value - Z * se), to: within(value + Z * se) }
}
