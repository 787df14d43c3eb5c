/**
 * The whole formula of protocol.md section 8 in one piece, against which the charges of single releases are held:
 *
 *   rho = J^2 * [ levels * rounds * sum_k c_k + sum_k f_k*(sigma/sigmaBins)^2 + sum over evaluations (columns + 1) + openings*(sigma/sigmaOpenings)^2 ] / (2 sigma^2)
 *   epsilon = rho + 2*sqrt(rho * ln(1/delta))
 */

export interface PrivacySpending {
  /** sd per server and coordinate of gradients, evaluations and openings, in units of one row's residual. */
  readonly sigma: number
  /** sd per server of a fine-bin count. */
  readonly sigmaBins: number
  readonly rounds: number
  /** Tree levels a round; 1 for the scorecard. */
  readonly levels: number
  /** c_k: most basis columns of provider k that one row occupies. */
  readonly occupancy: readonly number[]
  /** f_k: the same for the fine bins; empty when no fine bins were opened. */
  readonly binOccupancy: readonly number[]
  /** Indicator columns per row of each evaluation (1 for a partition into bands). */
  readonly evaluations: readonly number[]
  /** Openings of sum(y) or sum(y^2) over the roster, and the sd per server of their noise. */
  readonly openings: number
  readonly sigmaOpenings: number
  /** Most label holders that know one firm. */
  readonly overlap: number
  readonly delta: number
}

/** What each part of a run costs, and epsilon; null where no noise was added. */
export function privacySpent(
  spending: PrivacySpending,
): { rho: number; epsilon: number; delta: number } | null {
  const { sigma, sigmaBins, sigmaOpenings, delta } = spending
  const bare =
    (spending.binOccupancy.length > 0 && sigmaBins === 0) || (spending.openings > 0 && sigmaOpenings === 0)
  if (sigma === 0 || bare) return null
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  const units =
    spending.rounds * spending.levels * sum(spending.occupancy) +
    (spending.binOccupancy.length > 0 ? sum(spending.binOccupancy) * (sigma / sigmaBins) ** 2 : 0) +
    sum(spending.evaluations.map((columns) => columns + 1)) +
    (spending.openings > 0 ? spending.openings * (sigma / sigmaOpenings) ** 2 : 0)
  const rho = (spending.overlap ** 2 * units) / (2 * sigma ** 2)
  return { rho, epsilon: rho + 2 * Math.sqrt(rho * Math.log(1 / delta)), delta }
}
