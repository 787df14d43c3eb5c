/** Calibration of a raw logit on noisy band counts: Platt scaling for the published scale, isotonic for reports. */
import type { Calibration } from './scorecard.ts'

export interface LogitBand {
  /** Mean raw logit of the band. */
  readonly logit: number
  readonly n: number
  readonly bad: number
}

export interface PlattResult extends Calibration {
  readonly calibrated: boolean
  readonly reason: string | null
}

const SLOPE_RANGE = [0.2, 5] as const
/** Weight of the prior towards intercept 0 and slope 1, in labelled rows. */
const PRIOR = 1
const STEPS = 50

const usable = (bands: readonly LogitBand[]): LogitBand[] =>
  bands
    .map(({ logit, n, bad }) => ({
      logit,
      n: Math.max(0, n),
      bad: Math.min(Math.max(0, bad), Math.max(0, n)),
    }))
    .filter(({ n, logit }) => n > 0 && Number.isFinite(logit))

/**
 * Two-parameter logistic fit (Platt 1999) by Newton steps with a weak prior towards the identity. Counts may be noisy and
 * slightly negative; the result is never NaN: without two bands or without both outcomes it is the identity.
 */
export function platt(bands: readonly LogitBand[]): PlattResult {
  const good = usable(bands)
  const bads = good.reduce((sum, { bad }) => sum + bad, 0)
  const rows = good.reduce((sum, { n }) => sum + n, 0)
  if (good.length < 2 || bads <= 0 || bads >= rows) {
    return {
      intercept: 0,
      slope: 1,
      calibrated: false,
      reason: 'fewer than two usable bands, or one outcome only',
    }
  }
  const both = newton(good, true)
  if (both.slope >= SLOPE_RANGE[0] && both.slope <= SLOPE_RANGE[1])
    return { ...both, calibrated: true, reason: null }
  const shifted = newton(good, false)
  return { ...shifted, calibrated: true, reason: 'the slope was not plausible, only the level was adjusted' }
}

function newton(bands: readonly LogitBand[], withSlope: boolean): Calibration {
  let intercept = 0
  let slope = 1
  for (let step = 0; step < STEPS; step++) {
    let [g0, g1, h00, h01, h11] = [PRIOR * intercept, PRIOR * (slope - 1), PRIOR, 0, PRIOR]
    for (const { logit, n, bad } of bands) {
      const p = 1 / (1 + Math.exp(-(intercept + slope * logit)))
      const weight = n * p * (1 - p)
      g0 += n * p - bad
      g1 += (n * p - bad) * logit
      h00 += weight
      h01 += weight * logit
      h11 += weight * logit * logit
    }
    const determinant = h00 * h11 - h01 * h01
    const d0 = withSlope ? (h11 * g0 - h01 * g1) / determinant : g0 / h00
    const d1 = withSlope ? (h00 * g1 - h01 * g0) / determinant : 0
    // Halved when large, so that a poor start cannot throw the fit out of the region where the logistic curve bends.
    const scale = Math.min(1, 2 / Math.max(Math.abs(d0), Math.abs(d1), 1e-12))
    intercept -= scale * d0
    slope -= scale * d1
    if (Math.abs(d0) + Math.abs(d1) < 1e-10) break
  }
  return { intercept, slope }
}

/** Pool adjacent violators: bad rates that do not fall from a better band to a worse one; bands ordered by rising logit. */
export function isotonic(bands: readonly { readonly n: number; readonly bad: number }[]): number[] {
  const pools: { n: number; bad: number; bands: number }[] = []
  for (const { n, bad } of bands) {
    pools.push({ n: Math.max(0, n), bad: Math.min(Math.max(0, bad), Math.max(0, n)), bands: 1 })
    const rate = ({ n: rows, bad: bads }: { n: number; bad: number }) => (rows > 0 ? bads / rows : 0)
    while (pools.length > 1 && rate(pools[pools.length - 2]) > rate(pools[pools.length - 1])) {
      const last = pools.pop()!
      const previous = pools[pools.length - 1]
      previous.n += last.n
      previous.bad += last.bad
      previous.bands += last.bands
    }
  }
  return pools.flatMap(({ n, bad, bands: count }) => new Array<number>(count).fill(n > 0 ? bad / n : 0))
}
