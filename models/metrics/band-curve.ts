/** Cumulative shares of bads and goods over score bands: the points of a ROC curve, of a KS plot and of a capture curve. */
import type { Band } from './band-metrics.ts'

/** At the upper edge of a band; shares are of all, within 0 and 1. */
export interface CurvePoint {
  readonly bads: number
  /** Standard error: sampling and the noise of the counts. */
  readonly badsSe: number
  readonly goods: number
  readonly goodsSe: number
  readonly labelled: number
}

/**
 * One point for each band, worst first; the last is (1, 1). A share F of B rows has the sampling variance F*(1-F)/B. Noise of sd s on
 * every count moves it by (1-F)/B for a band below the edge and by -F/B for one above, so with k of K bands below the noise
 * adds s^2 * (k*(1-F)^2 + (K-k)*F^2)/B^2 for bads, and twice that for goods, which are a difference of two counts.
 *
 * @param countSd sd of the noise of one count, both servers together
 * @returns no point where noise leaves no bad or no good
 */
export function bandCurve(bands: readonly Band[], countSd = 0): CurvePoint[] {
  const bads = bands.reduce((sum, { bad }) => sum + bad, 0)
  const labelled = bands.reduce((sum, { n }) => sum + n, 0)
  const goods = labelled - bads
  if (bads <= 0 || goods <= 0) return []
  const within = (share: number) => Math.min(1, Math.max(0, share))
  const error = (share: number, all: number, below: number, variance: number) =>
    Math.sqrt(
      (share * (1 - share)) / all +
        (variance * (below * (1 - share) ** 2 + (bands.length - below) * share ** 2)) / all ** 2,
    )
  let seenBads = 0
  let seen = 0
  return bands.map(({ n, bad }, index) => {
    seenBads += bad
    seen += n
    const [badShare, goodShare] = [within(seenBads / bads), within((seen - seenBads) / goods)]
    return {
      bads: badShare,
      badsSe: error(badShare, bads, index + 1, countSd ** 2),
      goods: goodShare,
      goodsSe: error(goodShare, goods, index + 1, 2 * countSd ** 2),
      labelled: within(seen / labelled),
    }
  })
}
