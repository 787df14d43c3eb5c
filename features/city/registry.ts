import type { Firms } from './firms.ts'
import type { Stream } from './random.ts'
import type { RiskSink } from './risk.ts'

/** What the public records of an enterprise come to. */
export interface Conduct {
  readonly licences: number
  readonly expiring: number
  readonly recent: number
  /** Penalties of 36 months. */
  readonly penalties: number
  /** ln(1 + yuan). */
  readonly fine: number
  readonly severity: 'none' | 'minor' | 'ordinary' | 'serious'
  readonly enforced: 0 | 1
}

/** Draws licences, penalties and enforcement and takes note of what they say of the risk. */
export function drawConduct(
  firms: Pick<Firms, 'health' | 'discipline' | 'logStaff' | 'ageMonths'>,
  firm: number,
  stream: Stream,
  risk: RiskSink,
): Conduct {
  const health = firms.health[firm]
  const discipline = firms.discipline[firm]
  const licences = stream.poisson(0.35 + 0.15 * firms.logStaff[firm])
  const expiring = stream.chance(Math.min(0.5, 0.08 * licences)) ? 1 : 0
  const penalties = stream.poisson(0.055 * Math.exp(-0.6 * discipline - 0.2 * health))
  let recent = 0
  for (let i = 0; i < penalties; i++) if (stream.chance(0.4)) recent++
  const serious = penalties > 0 && stream.chance(0.12)
  const severity = penalties === 0 ? 'none' : serious ? 'serious' : stream.chance(0.55) ? 'minor' : 'ordinary'
  const fine = penalties === 0 ? 0 : Math.log1p(Math.exp(8 + 1.2 * stream.normal() + (serious ? 2 : 0)))
  const enforced = stream.chance(Math.min(0.2, 0.006 * Math.exp(-0.5 * discipline - 0.6 * health))) ? 1 : 0
  risk.trend(firm, 'age', Math.log(firms.ageMonths[firm] / 70) / 0.7)
  risk.trend(firm, 'licences', (licences - 0.65) / 0.8)
  if (serious) risk.happened(firm, 'seriousPenalty')
  else if (severity === 'ordinary') risk.happened(firm, 'ordinaryPenalty')
  if (firms.ageMonths[firm] < 36) risk.happened(firm, 'young')
  return { licences, expiring, recent, penalties, fine, severity, enforced }
}
