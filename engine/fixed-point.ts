/**
 * Scales of the integer training arithmetic and the proof that nothing wraps around t (protocol.md sections 2 and 3).
 *
 * The residual is computed as   D_i = m_i*(A + U_i) - C*y_i,   U = UNIT*u,   A = round(UNIT/(1-p0)),
 * C = round(UNIT/(p0*(1-p0))): that is UNIT times d_i/s with d_i = m_i*(p0 + s*u_i) - y_i, s = p0*(1-p0).
 *
 * Proof of range. |U_k| <= TOTAL_BOUND for each of K <= 16 providers, so |U| <= 2^19. With p0 in [0.002, 0.5]:
 * A <= 2^13 and C*sum(y) <= 2^13 * sum(m) where p0 is the share of bads, or C <= 2^14 where p0 is clamped at 0.5.
 * A gradient of 0/1 columns therefore has |G| <= 2^20 * (2^13 + 2^19 + 2^14) < 2^39.1 for sum(m) <= 2^20, far below
 * t/2 = 2^45 even with noise of sd 10*C. {@link assertInRange} repeats the computation with the plan's own numbers.
 */
import { engineErrors } from './errors.ts'

/** One unit of u in the integer arithmetic. */
export const UNIT = 4096
/**
 * A provider's total per row is clipped to +-TOTAL_BOUND (eight logits). Four are too few for rare bads: at 6.5 % of them the linear
 * residual puts one row in twenty of a good provider beyond four, one in ten thousand beyond eight.
 */
export const TOTAL_BOUND = 8 * UNIT
/** Most label records of one snapshot, and most providers of one plan. */
export const MAX_LABELS = 2 ** 20
export const MAX_PROVIDERS = 16
/** Fine bins carry U = m + BAD_UNIT*y in one residue; the range of sum(m) keeps the two apart. */
export const BAD_UNIT = 2 ** 21
export const MAX_BIN_LABELS = 2 ** 20 + 2 ** 19
/** Sums must stay below this, so that lifting to signed integers is unique with room for noise. */
const RANGE_LIMIT = 2 ** 44.5
const P0_RANGE = [0.002, 0.5] as const

export interface ResidualScale {
  /** Share of bads among the labelled training rows, as opened with noise, clamped. */
  readonly p0: number
  readonly a: number
  readonly c: number
}

/** A and C of the linear residual for a clamped share of bads. */
export function residualScale(shareOfBads: number): ResidualScale {
  if (!Number.isFinite(shareOfBads)) {
    throw new engineErrors.OutOfRange('the share of bads', 'a finite number between 0 and 1')
  }
  const p0 = Math.min(P0_RANGE[1], Math.max(P0_RANGE[0], shareOfBads))
  return { p0, a: Math.round(UNIT / (1 - p0)), c: Math.round(UNIT / (p0 * (1 - p0))) }
}

/**
 * Refuses a plan whose gradients could wrap.
 * @param noiseSd sd of the noise per server, in integer units
 * @throws OutOfRange
 */
export function assertInRange(
  scale: ResidualScale,
  limits: { providers: number; labels: number; bads: number; noiseSd: number },
): void {
  const { providers, labels, bads, noiseSd } = limits
  if (providers > MAX_PROVIDERS)
    throw new engineErrors.OutOfRange('the number of providers', `at most ${MAX_PROVIDERS}`)
  if (labels > MAX_LABELS)
    throw new engineErrors.OutOfRange('the number of label records', `at most ${MAX_LABELS}`)
  const worst = labels * (scale.a + providers * TOTAL_BOUND) + Math.max(0, bads) * scale.c + 2 * 12 * noiseSd
  if (!(worst < RANGE_LIMIT)) {
    throw new engineErrors.OutOfRange(
      'the gradient range of this plan',
      `its bound ${worst} must stay below 2^44.5`,
    )
  }
}

/** Most that a row's curvature may be of p0*(1-p0): what the step of a logistic round is divided by. */
const MOST_CURVATURE = 1.5
/** p*(1-p) is never more. */
const CURVATURE_LIMIT = 0.25
/** Most of a curvature in whole numbers: with it D stays in range. */
const WHOLE_CURVATURE = 16

/**
 * Scales of the logistic rounds, from p0 alone, so that nobody has to be told anything of the opened totals.
 *
 * The residual is computed as   D_i = m_i*(P_i + H_i*(U_i - U0_i)) - S*y_i,   S = UNIT*q,  P_i = round(S*p_i),
 * H_i = round(q*h_i), where p_i and h_i = min(p_i*(1-p_i), most) belong to the totals U0 that were opened: that is S times
 * d_i = m_i*(p_i + h_i*(u_i - u0_i)) - y_i.
 *
 * q is the largest power of two with q*most <= 16, most = min(1/4, 1.5*p0*(1-p0)). For p0 in [0.002, 0.5] that is 64 to 4096, so
 * S <= 2^24. Proof of range: P <= S <= 2^24, |H*(U - U0)| <= 16 * 2*2^19 = 2^24 for 16 providers, so
 * |G| <= 2^20 * (2^24 + 2^24) + S*sum(y) for sum(m) <= 2^20: for a single run {@link assertLogisticInRange} computes it with the
 * plan's own numbers and refuses what is not below 2^44.5.
 */
export interface LogisticScale {
  /** S: what stands for 1 of a probability or a label. */
  readonly unit: number
  /** q: what stands for 1 of a curvature. */
  readonly curvature: number
  /** Bound of a row's curvature p*(1-p). */
  readonly most: number
  /** A gradient in units of 1/gradient is in the unit of the linear one: p0*(1-p0) is divided out. */
  readonly gradient: number
  /** The step is 1/(K*ratio), ratio = most/(p0*(1-p0)). */
  readonly ratio: number
}

/** @param p0 clamped share of bads, as in {@link residualScale} */
export function logisticScale(p0: number): LogisticScale {
  const mean = p0 * (1 - p0)
  const most = Math.min(CURVATURE_LIMIT, MOST_CURVATURE * mean)
  let curvature = 1
  while (2 * curvature * most <= WHOLE_CURVATURE) curvature *= 2
  const unit = UNIT * curvature
  return { unit, curvature, most, gradient: unit * mean, ratio: most / mean }
}

/**
 * Refuses a plan whose logistic rounds could wrap.
 * @param sigma sd of the noise per server, in units of one row
 * @throws OutOfRange
 */
export function assertLogisticInRange(
  { unit }: LogisticScale,
  limits: { providers: number; labels: number; bads: number; sigma: number },
): void {
  const { providers, labels, bads, sigma } = limits
  const move = WHOLE_CURVATURE * 2 * providers * TOTAL_BOUND
  const worst = labels * (unit + move) + Math.max(0, bads) * unit + 2 * 12 * sigma * unit
  if (!(worst < RANGE_LIMIT)) {
    throw new engineErrors.OutOfRange(
      'the gradient range of the logistic rounds',
      `its bound ${worst} must stay below 2^44.5`,
    )
  }
}

/** Splits a lifted packed sum into its count and its bads; the count may be slightly negative under noise. */
export function splitCounts(lifted: number): { n: number; bad: number } {
  // n = ((v + 1024) mod 2^21) - 1024 (protocol.md 5B); bads are what remains.
  const shifted = lifted + COUNT_SLACK
  const n = shifted - Math.floor(shifted / BAD_UNIT) * BAD_UNIT - COUNT_SLACK
  return { n, bad: (lifted - n) / BAD_UNIT }
}

/** How far below zero a noisy count may lie and still be split rightly (protocol.md 5B). */
const COUNT_SLACK = 1024
