import type { Session } from '../../source/session.ts'
import { openStream } from '../random.ts'
import type { Risk } from '../risk.ts'
import { CALENDAR, monthSql } from './calendar.ts'
import type { Defects } from './defects.ts'
import { hasMonth, type MonthBits, placeMonths } from './month-bits.ts'
import { drawRowPlan, PLAN_COLUMNS, planCells, rowsSql } from './row-plan.ts'
import { firstMonth, recordedName, type Subjects } from './subjects.ts'

/** ln(odds ratio) of default for what a lender sees on its own account of a firm; assumptions, as those of the departments. */
const BANK_ODDS = {
  /** A standard deviation more growth of what comes in. */
  inflow: -0.28,
  /** Payments returned for lack of money: one, or several, in a year. */
  oneReturned: Math.log(1.35),
  severalReturned: Math.log(1.9),
  /** An earlier loan was paid some days late within the year. */
  earlierLate: Math.log(1.9),
} as const

/** Accounts of one lender on their way into a table. */
export interface BankAccounts {
  /** @param risk takes note of what the account says; null where another lender has done so */
  add(firm: number, risk: Risk | null): void
  close(): void
}

export async function openBankAccounts(
  session: Session,
  table: string,
  subjects: Subjects,
  seed: number,
  party: string,
  defects: Defects,
): Promise<BankAccounts> {
  await session.run(`CREATE TABLE ${table} (uscc VARCHAR, name VARCHAR, ${PLAN_COLUMNS}, number INTEGER, base DOUBLE, slope_before DOUBLE,
    slope_after DOUBLE, cushion DOUBLE, returned INTEGER, overdue INTEGER, overdue_days INTEGER)`)
  const appender = await session.append(table)
  const stream = openStream(seed, `accounts/${party}`)
  const { firms, later } = subjects
  const year = (health: number, discipline: number) => ({
    change: 0.02 + 0.13 * health + 0.25 * stream.normal(),
    returned: Math.min(9, stream.poisson(0.35 * Math.exp(-0.7 * discipline - 0.3 * health))),
    late: stream.chance(0.09 * Math.exp(Math.min(2, -0.7 * discipline - 0.3 * health))),
  })
  const bits = (count: number, yearEnd: number): MonthBits => placeMonths(count, yearEnd - 11, 12, stream)
  let number = 0
  return {
    add(firm, risk) {
      const before = year(firms.health[firm], firms.discipline[firm])
      const after = year(later.health[firm], later.discipline[firm])
      if (risk !== null) {
        const { inflow, oneReturned, severalReturned, earlierLate } = BANK_ODDS
        risk.add(firm, (inflow * (before.change - 0.02)) / 0.28)
        if (before.returned === 1) risk.add(firm, oneReturned)
        if (before.returned > 1) risk.add(firm, severalReturned)
        if (before.late) risk.add(firm, earlierLate)
      }
      const first = firstMonth(subjects, firm, stream)
      const name = recordedName(subjects, firm, stream)
      const id = firms.ids[firm]
      const plan = drawRowPlan(stream, first, CALENDAR.months - 1, { uscc: id }, defects)
      appender.row([
        id,
        name,
        ...planCells(plan),
        number++,
        10.2 + 1.05 * firms.logStaff[firm] + 0.2 * firms.health[firm] + 0.7 * stream.normal(),
        Math.log(1 + Math.max(-0.95, before.change)) / 12,
        Math.log(1 + Math.max(-0.95, after.change)) / 12,
        -0.9 + 0.25 * firms.health[firm] + 0.15 * firms.discipline[firm] + 0.5 * stream.normal(),
        bits(before.returned, CALENDAR.asOfMonth) | bits(after.returned, CALENDAR.laterMonth),
        bits(before.late ? 1 : 0, CALENDAR.asOfMonth) | bits(after.late ? 1 : 0, CALENDAR.laterMonth),
        3 + Math.floor(25 * stream.uniform()),
      ])
    },
    close: () => appender.close(),
  }
}

/** SQL that makes the months of a lender's accounts. */
export function bankAccountSql(table: string, seed: number, monthFormat: (month: string) => string): string {
  const { asOfMonth } = CALENDAR
  const phase = `(m % 3) * ${((2 * Math.PI) / 3).toFixed(15)} + (h & 65535) * ${((2 * Math.PI) / 65536).toFixed(15)}`
  return `
    SELECT uscc, name AS enterprise_name, ${monthFormat(monthSql('m'))} AS account_month,
      round(inflow * exp(cushion), 2)::DECIMAL(16,2) AS average_balance_yuan, inflow::DECIMAL(16,2) AS inflow_yuan,
      (${hasMonth('returned')})::BIGINT AS returned_items,
      CASE WHEN ${hasMonth('overdue')} THEN overdue_days ELSE 0 END::BIGINT AS overdue_days
    FROM (
      SELECT *, round(exp(base + slope_before * least(m - ${asOfMonth}, 0) + slope_after * greatest(m - ${asOfMonth}, 0))
        * (1 + 0.35 * cos(${phase})), 2) AS inflow
      FROM (SELECT *, hash(number, m // 3, ${seed}) AS h FROM (${rowsSql(table)}))
    )`
}
