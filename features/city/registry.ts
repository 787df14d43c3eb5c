import { type Firms, INDUSTRIES } from './firms.ts'
import { openStream, type Stream } from './random.ts'
import type { Risk, RiskSink } from './risk.ts'
import { CityTable, categorical, numeric, round } from './table.ts'

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

/** Public data of the registry, licensing and law enforcement: the only table that holds every enterprise. */
export function makePermitsAndPenalties(firms: Firms, seed: number, risk: Risk): CityTable {
  const stream = openStream(seed, 'permits_and_penalties')
  const table = new CityTable('permits_and_penalties', 'public registry, permits, penalties, enforcement', [
    categorical('industry'),
    numeric('months_since_establishment'),
    numeric('licences_in_force'),
    numeric('licences_expiring_90d'),
    numeric('penalties_12m'),
    numeric('penalties_36m'),
    numeric('log_fine'),
    categorical('severity'),
    numeric('enforced'),
  ])
  for (let firm = 0; firm < firms.size; firm++) {
    const conduct = drawConduct(firms, firm, stream, risk)
    table.add(firms.ids[firm], [
      INDUSTRIES[firms.industry[firm]].name,
      firms.ageMonths[firm],
      conduct.licences,
      conduct.expiring,
      conduct.recent,
      conduct.penalties,
      round(conduct.fine, 2),
      conduct.severity,
      conduct.enforced,
    ])
  }
  return table
}
