import type { Firms } from './firms.ts'
import type { Stream } from './random.ts'
import type { RiskSink } from './risk.ts'
import { sigmoid } from './sigmoid.ts'

/** What an enterprise's tax of twelve months comes to. */
export interface TaxYear {
  readonly zeroMonths: number
  /** ln of the yuan paid, 0 where every month is zero. */
  readonly paid: number
  readonly growth: number
  readonly late: number
  readonly arrears: 0 | 1
  readonly level: 'A' | 'B' | 'M' | 'C' | 'D'
}

/** Draws a year of tax and takes note of what it says of the risk. */
export function drawTax(
  firms: Pick<Firms, 'health' | 'discipline' | 'logStaff' | 'ageMonths'>,
  firm: number,
  stream: Stream,
  risk: RiskSink,
): TaxYear {
  const health = firms.health[firm]
  const discipline = firms.discipline[firm]
  const zeroMonths = Math.min(12, stream.poisson(1.1 * Math.exp(-0.5 * health)))
  const paid = zeroMonths < 12 ? 8.3 + 1.05 * firms.logStaff[firm] + 0.35 * health + 0.9 * stream.normal() : 0
  const growth = Math.max(-1, 0.03 + 0.16 * health + 0.32 * stream.normal())
  const late = Math.min(12, stream.poisson(0.4 * Math.exp(-0.7 * discipline - 0.1 * health)))
  const arrears = stream.chance(sigmoid(-3.8 - 0.6 * discipline - 0.6 * health)) ? 1 : 0
  const points = 0.9 * discipline + 0.3 * health - 0.4 * late - 0.8 * arrears + 0.8 * stream.normal()
  const usual = firms.ageMonths[firm] < 24 ? 'M' : 'B'
  const level = points > 1.1 ? 'A' : points > -1 ? usual : points > -3.1 ? 'C' : 'D'
  risk.trend(firm, 'taxGrowth', (growth - 0.03) / 0.36)
  if (arrears === 1) risk.happened(firm, 'taxArrears')
  if (late >= 2) risk.happened(firm, 'lateFilings')
  return { zeroMonths, paid, growth, late, arrears, level }
}
