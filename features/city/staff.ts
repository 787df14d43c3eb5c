import type { Firms } from './firms.ts'
import type { Stream } from './random.ts'
import type { RiskSink } from './risk.ts'
import { sigmoid } from './sigmoid.ts'

/** Months in a row without a payment in the last 12. */
function drawGap(stream: Stream, tendency: number): number {
  return stream.chance(sigmoid(tendency)) ? Math.min(12, 1 + stream.poisson(1.6)) : 0
}

/** What an enterprise's housing fund account of twelve months comes to. */
export interface FundYear {
  /** ln of the headcount. */
  readonly insured: number
  readonly change: number
  /** Yuan a head and month. */
  readonly deposit: number
  readonly gap: number
  readonly days: number
  readonly state: 'normal' | 'deferred' | 'suspended'
}

/** What an enterprise's social insurance of twelve months comes to. */
export interface InsuranceYear {
  readonly insured: number
  readonly change: number
  readonly hires: number
  readonly gap: number
  readonly arrears: number
  readonly kinds: (typeof INSURED_KINDS)[number]
}

const INSURED_KINDS = ['injury_only', 'pension_and_injury', 'five_kinds'] as const

type Staff = Pick<Firms, 'health' | 'discipline' | 'logStaff'>

export function drawFund(firms: Staff, firm: number, stream: Stream): FundYear {
  const health = firms.health[firm]
  const discipline = firms.discipline[firm]
  const insured = Math.max(0, 0.85 * firms.logStaff[firm] + 0.3 * stream.normal())
  const change = Math.max(-1, 0.01 + 0.1 * health + 0.17 * stream.normal())
  const deposit = 650 * Math.exp(0.3 * stream.normal() + 0.1 * health)
  const gap = drawGap(stream, -2.3 - 0.6 * discipline - 0.7 * health)
  const days = Math.round(10 + 20 * stream.uniform() + (gap > 0 ? 20 * gap * stream.uniform() : 0))
  const state = gap >= 3 && stream.chance(0.6) ? 'suspended' : gap > 0 ? 'deferred' : 'normal'
  return { insured, change, deposit, gap, days, state }
}

export function drawInsurance(firms: Staff, firm: number, stream: Stream): InsuranceYear {
  const health = firms.health[firm]
  const discipline = firms.discipline[firm]
  const insured = Math.max(0, 0.9 * firms.logStaff[firm] + 0.25 * stream.normal())
  const change = Math.max(-1, 0.01 + 0.11 * health + 0.17 * stream.normal())
  const hires = stream.poisson(Math.min(30, 0.15 * Math.exp(insured + 0.4 * health)))
  const gap = drawGap(stream, -2.2 - 0.5 * discipline - 0.6 * health)
  const arrears = stream.chance(sigmoid(-3 - 0.7 * discipline - 0.5 * health)) ? 1 + stream.poisson(1.2) : 0
  const kinds = INSURED_KINDS[stream.pick([0.4, 1, Math.exp(0.4 * (insured - 1.5) + 0.2 * discipline)])]
  return { insured, change, hires, gap, arrears, kinds }
}

/** What a change of the headcount does to the risk. */
export function noteHeadcount(risk: RiskSink, firm: number, change: number): void {
  risk.trend(firm, 'headcount', (change - 0.01) / 0.2)
  if (change <= -0.3) risk.happened(firm, 'headcountDrop')
}
