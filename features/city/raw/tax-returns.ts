import type { Session } from '../../source/session.ts'
import { openStream } from '../random.ts'
import { NO_RISK, type Risk } from '../risk.ts'
import { drawTax } from '../tax.ts'
import { CALENDAR, monthSql } from './calendar.ts'
import type { Defects } from './defects.ts'
import { hasMonth, placeMonths } from './month-bits.ts'
import { drawRowPlan, PLAN_COLUMNS, planCells, rowsSql } from './row-plan.ts'
import { firstMonth, recordedName, type Subjects, tradeOf } from './subjects.ts'

/** Share of a year's tax that is value added tax, declared every month; the rest is income tax, declared every quarter. */
const VALUE_ADDED = 0.72
/** Staff (ln) from which a firm declares income tax in this city; smaller ones pay a fixed sum with their monthly return. */
const INCOME_TAX_FROM = 1.2

/**
 * Returns are filed in the month after their period: those of the window are of March 2024 to September 2026, and a return's
 * number (0 = March 2024) is the month in which it falls due. Quarterly ones are of March, June, September and December.
 */
const LAST_QUARTER = Math.floor((CALENDAR.months - 1) / 3)

/** Draws every taxpayer into `table`: one line for the monthly tax, and for larger firms one for the quarterly one. */
export async function drawTaxpayers(
  session: Session,
  table: string,
  subjects: Subjects,
  holds: (subjects: Subjects, firm: number) => number,
  risk: Risk,
  seed: number,
  defects: Defects,
): Promise<void> {
  await session.run(
    `CREATE TABLE ${table} (uscc VARCHAR, name VARCHAR, ${PLAN_COLUMNS}, quarterly INTEGER, number INTEGER, base DOUBLE,
      slope_before DOUBLE, slope_after DOUBLE, zero_months INTEGER, late INTEGER, owed INTEGER, settled INTEGER,
      level VARCHAR, level_later VARCHAR, produces INTEGER)`,
  )
  const appender = await session.append(table)
  const stream = openStream(seed, 'tax')
  const plans = openStream(seed, 'tax/rows')
  const { firms, later } = subjects
  let number = 0
  for (let firm = 0; firm < firms.size; firm++) {
    if (!stream.chance(holds(subjects, firm))) continue
    risk.accounts[firm]++
    const before = drawTax(firms, firm, stream, risk)
    const after = drawTax(later, firm, stream, NO_RISK)
    const first = firstMonth(subjects, firm, stream)
    const name = recordedName(subjects, firm, stream)
    const id = firms.ids[firm]
    const zero =
      placeMonths(before.zeroMonths, CALENDAR.asOfMonth - 11, 9, stream) |
      placeMonths(after.zeroMonths, CALENDAR.laterMonth - 11, 9, stream)
    const late =
      placeMonths(before.late, CALENDAR.asOfMonth - 11, 10, stream) |
      placeMonths(after.late, CALENDAR.laterMonth - 11, 10, stream)
    const paying = 12 - Math.min(9, before.zeroMonths)
    const quarterly = firms.logStaff[firm] >= INCOME_TAX_FROM
    const cells = (lineBase: number, isQuarterly: boolean): (string | number | null)[] => [
      isQuarterly ? 1 : 0,
      number,
      lineBase,
      Math.log(1 + Math.max(-0.95, before.growth)) / 12,
      Math.log(1 + Math.max(-0.95, after.growth)) / 12,
      isQuarterly ? 0 : zero,
      isQuarterly ? 0 : late,
      // The returns of two months before the end of the year: filed, and not paid.
      before.arrears === 1 && !isQuarterly ? 0b110 << (CALENDAR.asOfMonth - 3) : 0,
      stream.chance(0.3) ? null : 10 + Math.floor(150 * stream.uniform()),
      before.level,
      after.level,
      tradeOf(subjects, firm).produces ? 1 : 0,
    ]
    number++
    const monthlyShare = quarterly ? VALUE_ADDED : 1
    const plan = drawRowPlan(plans, first, CALENDAR.months - 1, { uscc: id }, defects)
    appender.row([
      id,
      name,
      ...planCells(plan),
      ...cells(before.paid + Math.log(monthlyShare / paying), false),
    ])
    if (!quarterly) continue
    const quarterPlan = drawRowPlan(plans, Math.ceil(first / 3), LAST_QUARTER, { uscc: id }, defects)
    appender.row([
      id,
      name,
      ...planCells(quarterPlan),
      ...cells(before.paid + Math.log((1 - VALUE_ADDED) / 4), true),
    ])
  }
  appender.close()
}

/** SQL that makes the returns out of the taxpayers. A quarter's return stands under the quarter's last month. */
export function taxSql(table: string, seed: number, monthFormat: (month: string) => string): string {
  const { asOfMonth, asOf, snapshot } = CALENDAR
  const months = `SELECT * REPLACE (CASE WHEN quarterly = 1 THEN 3 * m ELSE m END AS m) FROM (${rowsSql(table)})`
  const phase = `(m % 3) * ${((2 * Math.PI) / 3).toFixed(15)} + (h & 65535) * ${((2 * Math.PI) / 65536).toFixed(15)}`
  const growth = `slope_before * least(m - ${asOfMonth}, 0) + slope_after * greatest(m - ${asOfMonth}, 0)`
  // Levels are published in April for the year before.
  const level = `CASE WHEN m < ${asOfMonth + 10} THEN level ELSE level_later END`
  return `
    SELECT uscc, name AS enterprise_name, ${monthFormat(monthSql('m - 1'))} AS tax_period,
      CASE WHEN quarterly = 1 THEN '企业所得税' ELSE '增值税' END AS tax_type, due AS amount_due_yuan,
      CASE WHEN paid_date <= DATE '${snapshot}' THEN due END AS amount_paid_yuan, filing_due_date,
      CASE WHEN filed_date <= DATE '${snapshot}' THEN filed_date END AS filed_date,
      CASE WHEN paid_date <= DATE '${snapshot}' THEN paid_date END AS paid_date, ${level} AS credit_level
    FROM (
      SELECT *, CASE WHEN due = 0 THEN NULL WHEN ${hasMonth('owed')} THEN DATE '${asOf}' + settled ELSE filed_date + (share * 2)::INTEGER END AS paid_date
      FROM (
        SELECT *, ${monthSql('m')} + 14 AS filing_due_date,
          CASE WHEN filed_late THEN ${monthSql('m')} + 15 + (share * 24)::INTEGER ELSE ${monthSql('m')} + (share * 14)::INTEGER END AS filed_date
        FROM (
          SELECT *, ${hasMonth('late')} AS filed_late, ((h >> (16 + 8 * (m % 3))) & 255) / 256.0::DOUBLE AS share,
            CASE WHEN ${hasMonth('zero_months')} THEN 0
              ELSE round(exp(base + ${growth}) * CASE WHEN produces = 1 AND m = ${CALENDAR.shockMonth + 1} THEN 0.7 ELSE 1 END
                * CASE WHEN quarterly = 1 THEN 1 ELSE 1 + 0.35 * cos(${phase}) END, 2) END::DECIMAL(16,2) AS due
          FROM (SELECT *, hash(number, m // 3, ${seed}) AS h FROM (${months}))
        )
      )
    )`
}
