/**
 * Odds ratios of default for what departments can see (design/domain.md 6.5). No published figure for the link between
 * utility arrears and loan default was found: these are assumptions of the made-up city, not findings.
 */
export const ODDS = {
  currentArrears: 3.5,
  threeLatePayments: 2.4,
  usageDrop: 2.5,
  housingFundGap: 2.2,
  headcountDrop: 1.8,
  seriousPenalty: 2,
  ordinaryPenalty: 1.3,
  young: 1.6,
  noAccount: 1.3,
  taxArrears: 2.2,
  lateFilings: 1.8,
} as const

/**
 * ln(odds ratio) of default per standard deviation of what changes slowly. Each department sees a decline of its own (less
 * water, fewer staff, lower tax), so together they know clearly more than the best of them.
 */
export const TREND = {
  waterUsage: -0.15,
  gasUsage: -0.45,
  headcount: -0.4,
  taxGrowth: -0.35,
  age: -0.35,
  licences: -0.3,
} as const

/** Whatever takes note of what may lead to default. */
export type RiskSink = Pick<Risk, 'happened' | 'trend'>

/** What happens after the as-of date is no cause of the defaults that are drawn at it. */
export const NO_RISK: RiskSink = { happened() {}, trend() {} }

/** What the tables of a city add to the risk of each of its enterprises, one entry each. */
export class Risk {
  /** Sum of ln(odds ratio) over what happened, at every department where it happened. */
  readonly logOdds: Float64Array
  /** At how many departments besides the registry the enterprise has an account. */
  readonly accounts: Uint8Array
  readonly #trends: Readonly<Record<keyof typeof TREND, number>>

  constructor(size: number, trends: Readonly<Record<keyof typeof TREND, number>> = TREND) {
    this.#trends = trends
    this.logOdds = new Float64Array(size)
    this.accounts = new Uint8Array(size)
  }

  /** @param logOdds ln(odds ratio) */
  add(firm: number, logOdds: number): void {
    this.logOdds[firm] += logOdds
  }

  happened(firm: number, event: keyof typeof ODDS): void {
    this.logOdds[firm] += Math.log(ODDS[event])
  }

  /** @param deviations distance from the usual value in standard deviations */
  trend(firm: number, trend: keyof typeof TREND, deviations: number): void {
    this.logOdds[firm] += this.#trends[trend] * deviations
  }
}
