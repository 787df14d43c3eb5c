import { type Firms, INDUSTRIES } from './firms.ts'
import { openStream, type Stream } from './random.ts'
import type { Risk, RiskSink } from './risk.ts'
import { CityTable, categorical, numeric, round, sigmoid } from './table.ts'

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

const BILL_COLUMNS = [
  numeric('usage_ratio_3m_6m'),
  numeric('usage_change_yoy'),
  numeric('usage_variation_12m'),
  numeric('zero_months_12m'),
  numeric('late_payments_12m'),
  numeric('mean_days_late'),
  numeric('arrears_days'),
]

function billCells(bill: Bill): (number | null)[] {
  return [
    round(bill.ratio3m6m, 3),
    bill.yearOnYear === null ? null : round(bill.yearOnYear, 3),
    round(bill.variation, 3),
    bill.zeroMonths,
    bill.latePayments,
    round(bill.meanDaysLate, 1),
    bill.arrearsDays,
  ]
}

/** Water accounts in the enterprise's own name; tenants pay through landlords and are not held. */
export function makeWater(firms: Firms, seed: number, risk: Risk): CityTable {
  const stream = openStream(seed, 'water')
  const table = new CityTable('water', 'water supply group', [...BILL_COLUMNS, categorical('payment_method')])
  for (let firm = 0; firm < firms.size; firm++) {
    const { water } = INDUSTRIES[firms.industry[firm]]
    const size = 0.5 * (firms.logStaff[firm] - 1.6) + 0.35 * firms.health[firm]
    const age = firms.ageMonths[firm] < 36 ? -0.5 : 0.2
    if (!stream.chance(sigmoid(0.6 + water + size + age))) continue
    risk.accounts[firm]++
    const bill = drawBill(firms, firm, stream, risk, 'waterUsage')
    const steady = Math.exp(0.4 * firms.discipline[firm])
    const method = ['counter', 'transfer', 'direct_debit'][stream.pick([1, 1.4, steady])]
    table.add(firms.ids[firm], [...billCells(bill), method])
  }
  return table
}

/** Gas accounts, mostly of manufacturers and kitchens. */
export function makeGas(firms: Firms, seed: number, risk: Risk): CityTable {
  const stream = openStream(seed, 'gas')
  const table = new CityTable('gas', 'gas company', [
    ...BILL_COLUMNS,
    numeric('name_mismatch'),
    categorical('customer_class'),
  ])
  for (let firm = 0; firm < firms.size; firm++) {
    const { gas } = INDUSTRIES[firms.industry[firm]]
    const size = 0.4 * (firms.logStaff[firm] - 1.6) + 0.35 * firms.health[firm]
    if (!stream.chance(sigmoid(-0.3 + gas + size))) continue
    risk.accounts[firm]++
    const bill = drawBill(firms, firm, stream, risk, 'gasUsage')
    const mismatch = stream.chance(sigmoid(-3 - 0.4 * firms.discipline[firm])) ? 1 : 0
    const kitchen = INDUSTRIES[firms.industry[firm]].name === 'hotel_catering'
    const classes = ['heating', 'industrial', 'catering']
    table.add(firms.ids[firm], [
      ...billCells(bill),
      mismatch,
      kitchen ? 'catering' : classes[stream.pick([1, 0.4 + firms.logStaff[firm], 0.1])],
    ])
  }
  return table
}
