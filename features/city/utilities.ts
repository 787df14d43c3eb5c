import type { Firms } from './firms.ts'
import type { Stream } from './random.ts'
import type { RiskSink } from './risk.ts'
import { sigmoid } from './sigmoid.ts'

/** What an enterprise's bills of twelve months come to. */
export interface Bill {
  /** Usage of the last 3 months over that of the last 6, minus what an even use would give. */
  readonly ratio3m6m: number
  /** Growth over a year, and null in its place where the account is too young to have one. */
  readonly change: number
  readonly yearOnYear: number | null
  readonly variation: number
  readonly zeroMonths: number
  readonly latePayments: number
  readonly meanDaysLate: number
  /** Days that the oldest unpaid bill is overdue, 0 = none. */
  readonly arrearsDays: number
}

/** Bills that a usual enterprise pays late in a year. */
const LATE_PAYMENTS = 0.45

/**
 * Twelve months of an account: usage follows health, payment follows discipline and, when money is short, health.
 *
 * @param usualLate bills that a usual enterprise pays late in a year
 */
export function drawBill(
  firms: Pick<Firms, 'health' | 'discipline' | 'ageMonths'>,
  firm: number,
  stream: Stream,
  risk: RiskSink,
  trend: 'waterUsage' | 'gasUsage',
  usualLate = LATE_PAYMENTS,
): Bill {
  const health = firms.health[firm]
  const discipline = firms.discipline[firm]
  const change = 0.02 + 0.13 * health + 0.24 * stream.normal()
  const yearOnYear = Math.max(-1, change)
  const ratio3m6m = 0.3 * change + 0.1 * stream.normal()
  const variation = 0.22 * Math.exp(0.35 * stream.normal() - 0.18 * health)
  const zeroMonths = Math.min(12, stream.poisson(0.25 * Math.exp(-0.7 * health)))
  const latePayments = Math.min(12, stream.poisson(usualLate * Math.exp(-0.75 * discipline - 0.25 * health)))
  const meanDaysLate = latePayments === 0 ? 0 : 3 + 9 * Math.exp(0.7 * stream.normal() - 0.2 * discipline)
  const inArrears = stream.chance(sigmoid(-3.9 - 0.7 * discipline - 0.5 * health + 0.3 * latePayments))
  const arrearsDays = inArrears ? Math.ceil(15 + 40 * Math.exp(0.8 * stream.normal())) : 0
  risk.trend(firm, trend, (change - 0.02) / 0.27)
  if (inArrears) risk.happened(firm, 'currentArrears')
  if (latePayments >= 3) risk.happened(firm, 'threeLatePayments')
  if (yearOnYear <= -0.4) risk.happened(firm, 'usageDrop')
  return {
    ratio3m6m,
    change,
    // An account younger than two years has no year before to compare with.
    yearOnYear: firms.ageMonths[firm] < 24 ? null : yearOnYear,
    variation,
    zeroMonths,
    latePayments,
    meanDaysLate,
    arrearsDays,
  }
}
