/** The observed rate of bads in a band, with an interval that holds both the sampling error and the noise of the counts. */
import type { Band } from './band-metrics.ts'
import { interval95 } from './interval.ts'

export interface BandRate {
  /** bad/n within 0 and 1; null where noise leaves no labelled row. */
  readonly rate: number | null
  /** 95 % interval; 0 to 1 where nothing is known. */
  readonly from: number
  readonly to: number
}

/**
 * Wald's interval with the variance of Agresti and Coull (1998), p*(1-p)/(n+4) at p = (bad+2)/(n+4), which is not zero in a band
 * without a bad; to it is added, by the delta method, the noise of both counts: countSd^2 * (1 + rate^2) / n^2.
 *
 * @param countSd sd of the noise of one count, both servers together
 */
export function bandRate({ n, bad }: Band, countSd = 0): BandRate {
  if (n <= 0) return { rate: null, from: 0, to: 1 }
  const rate = Math.min(1, Math.max(0, bad / n))
  const middle = Math.min(1, Math.max(0, (bad + 2) / (n + 4)))
  const sampling = (middle * (1 - middle)) / (n + 4)
  return { rate, ...interval95(rate, Math.sqrt(sampling + (countSd / n) ** 2 * (1 + rate ** 2))) }
}
