import { featuresErrors } from '../errors.ts'
import { type Firms, INDUSTRIES } from './firms.ts'
import { openStream } from './random.ts'
import { ODDS, type Risk } from './risk.ts'
import { sigmoid } from './sigmoid.ts'

/** The label holders: reach among borrowers, and how much they favour size and strength when they choose. */
export const LENDERS = [
  { party: 'city_commercial_bank', plays: 'city commercial bank', share: 0.42, size: 0.6, health: 0.3 },
  { party: 'rural_credit_union', plays: 'rural credit union', share: 0.3, size: 0.1, health: 0.15 },
  { party: 'guarantee_fund', plays: 'financing guarantee fund', share: 0.12, size: 0.3, health: 0 },
] as const

/** What health and discipline do to the log odds of default beyond the events that departments see. */
const HIDDEN = { health: -0.15, discipline: -0.2 }

/** Who borrows from whom. */
export interface Borrowers {
  /** Index of each borrowing enterprise. */
  readonly firms: Int32Array
  /** Bit l set = customer of lender l, one entry a borrower. */
  readonly lenders: Uint8Array
}

/** ln(odds) of a firm's default, up to the intercept. */
export function logOddsOf(firms: Firms, firm: number, risk: Risk): number {
  const industry = Math.log(INDUSTRIES[firms.industry[firm]].defaultOdds)
  const unknown = risk.accounts[firm] === 0 ? Math.log(ODDS.noAccount) : 0
  const hidden = HIDDEN.health * firms.health[firm] + HIDDEN.discipline * firms.discipline[firm]
  return risk.logOdds[firm] + industry + unknown + hidden
}

/** Draws so many borrowers and the lenders of each. */
export function drawBorrowers(firms: Firms, seed: number, wanted: number): Borrowers {
  const stream = openStream(seed, 'borrowers')
  const chosen: number[] = []
  const lenders: number[] = []
  const order = Float64Array.from({ length: firms.size }, (_, firm) => {
    const age = Math.min(2, firms.ageMonths[firm] / 60)
    // Gumbel noise on the log weight draws without replacement in proportion to the weights.
    const noise = -Math.log(-Math.log(stream.uniform() + 2 ** -33))
    return 0.5 * firms.logStaff[firm] + 0.3 * firms.health[firm] + 0.4 * age + noise
  })
  const threshold = Float64Array.from(order).sort()[firms.size - wanted]
  for (let firm = 0; firm < firms.size; firm++) {
    if (order[firm] < threshold) continue
    let mask = 0
    let best = 0
    let bestLogit = Number.NEGATIVE_INFINITY
    LENDERS.forEach((lender, index) => {
      const logit =
        Math.log(lender.share / (1 - lender.share)) +
        lender.size * (firms.logStaff[firm] - 2) +
        lender.health * firms.health[firm]
      if (stream.chance(sigmoid(logit))) mask |= 1 << index
      if (logit > bestLogit) {
        bestLogit = logit
        best = index
      }
    })
    chosen.push(firm)
    lenders.push(mask === 0 ? 1 << best : mask)
  }
  return { firms: Int32Array.from(chosen), lenders: Uint8Array.from(lenders) }
}

/** The intercept at which the mean probability is `badRate`, by bisection to 2^-40 of its range. */
export function calibrate(logOdds: Float64Array, badRate: number): number {
  let low = -30
  let high = 10
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2
    let sum = 0
    for (const odds of logOdds) sum += sigmoid(middle + odds)
    if (sum < badRate * logOdds.length) low = middle
    else high = middle
  }
  return low
}

/** Smallest city: below it a lender may know no default at all. */
const SMALLEST = 500

/** @throws YX_FEATURES_CITY_INVALID */
export function checkSize(size: number): void {
  if (!Number.isInteger(size) || size < SMALLEST || size > 1_000_000) {
    throw new featuresErrors.CityInvalid('the size', size, `a whole number from ${SMALLEST} to 1000000`)
  }
}
