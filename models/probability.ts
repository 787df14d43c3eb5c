/** ln(p/(1-p)), p in (0, 1). */
export function logit(p: number): number {
  return Math.log(p / (1 - p))
}

/** 1/(1+exp(-x)), without overflow for any finite x. */
export function logistic(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x))
  const e = Math.exp(x)
  return e / (1 + e)
}

/** ln(1+exp(x)), without overflow for any finite x. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
}
