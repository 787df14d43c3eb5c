/**
 * Zero-concentrated differential privacy (protocol.md section 8; Bun and Steinke 2016): a release in which one row takes part
 * in `units` sums, each with discrete Gaussian noise of standard deviation sd in units of one row, costs
 *
 *   rho = J^2 * units / (2 sd^2)
 *
 * for one honest server's noise. Charges add up over everything that was released from the same labels; their sum stands for
 *
 *   epsilon = rho + 2*sqrt(rho * ln(1/delta))
 *
 * which bounds what is learnt about whether a labelled firm defaulted. It covers neither being labelled at all nor anybody's
 * features, and it holds only for providers that answer from their committed columns.
 */
import { engineErrors } from './errors.ts'

/**
 * What one release costs.
 * @param units sums of the release that one row takes part in, each scaled to sensitivity 1
 * @param overlap J: most label holders that know one firm
 * @returns rho; Infinity where numbers leave without noise
 * @throws OutOfRange
 */
export function chargeOf(units: number, sd: number, overlap: number): number {
  if (!(sd >= 0 && sd < Number.POSITIVE_INFINITY))
    throw new engineErrors.OutOfRange('the noise', 'a finite standard deviation, not negative')
  if (!(units >= 0 && overlap >= 0)) throw new engineErrors.OutOfRange('a charge', 'counts, not negative')
  return units === 0 ? 0 : (overlap ** 2 * units) / (2 * sd ** 2)
}

/** The epsilon that a sum of charges stands for. @throws OutOfRange */
export function epsilonOf(rho: number, delta: number): number {
  if (!(delta > 0 && delta < 1)) throw new engineErrors.OutOfRange('delta', 'between 0 and 1')
  return rho + 2 * Math.sqrt(rho * Math.log(1 / delta))
}
