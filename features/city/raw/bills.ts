import type { Session } from '../../source/session.ts'
import { openStream, type Stream } from '../random.ts'
import { NO_RISK, type Risk } from '../risk.ts'
import { type Bill, drawBill } from '../utilities.ts'
import { CALENDAR, daySql, monthSql } from './calendar.ts'
import type { Defects } from './defects.ts'
import { hasMonth } from './month-bits.ts'
import { LAST_SETTLED_MONTH, placeYear, type YearOfBills } from './payment-year.ts'
import { drawRowPlan, PLAN_COLUMNS, planCells, rowsSql } from './row-plan.ts'
import { courseOf, courseSql } from './season.ts'
import { firstMonth, nameOf, recordedName, type Subjects, tradeOf } from './subjects.ts'
import type { Trade } from './trades.ts'

/** A utility that bills every month. */
export interface Utility {
  readonly kind: 'water' | 'gas' | 'electricity'
  /** Letter in front of its account numbers. */
  readonly letter: string
  /** Yuan a unit. */
  readonly price: number
  readonly usageColumn: string
  /** Mean number of further accounts of a holder. */
  readonly furtherAccounts: number
  /** Share of accounts that stand in another's name. */
  readonly otherName: number
  /** Added to ln of a year's growth after the as-of date: what makes features drift. */
  readonly drift: number
  /** What a bill's year says of the risk goes here, or nowhere. */
  readonly trend: 'waterUsage' | 'gasUsage' | null
  /** ln of the usual usage of a month and its spread. */
  usual(trade: Trade): readonly [logUsage: number, spread: number]
  holds(subjects: Subjects, firm: number): number
}

const USAGE_COLUMNS = `base DOUBLE, slope_before DOUBLE, slope_after DOUBLE, variation_before DOUBLE, variation_after DOUBLE,
  zero_months INTEGER, course INTEGER`
const PAYMENT_COLUMNS = `late INTEGER, days_late_before DOUBLE, days_late_after DOUBLE, unpaid INTEGER, settled_before INTEGER,
  settled_after INTEGER, due_day INTEGER`

/** Bills that a usual firm pays late in a year: 12 to 18 % of accounts have one (design/domain.md 6.4). */
const LATE_PAYMENTS = 0.2

/** Draws all accounts of a utility into the table `table` of the session. */
export async function drawAccounts(
  session: Session,
  table: string,
  utility: Utility,
  subjects: Subjects,
  risk: Risk,
  seed: number,
  defects: Defects,
): Promise<void> {
  await session.run(
    `CREATE TABLE ${table} (uscc VARCHAR, name VARCHAR, account_name VARCHAR, account_no VARCHAR, ${PLAN_COLUMNS}, ${USAGE_COLUMNS}, ${PAYMENT_COLUMNS})`,
  )
  const appender = await session.append(table)
  const stream = openStream(seed, utility.kind)
  const plans = openStream(seed, `${utility.kind}/rows`)
  const { firms, later } = subjects
  let serial = 0
  for (let firm = 0; firm < firms.size; firm++) {
    if (!stream.chance(utility.holds(subjects, firm))) continue
    if (utility.trend !== null) risk.accounts[firm]++
    const sink = utility.trend === null ? NO_RISK : risk
    const before = drawBill(firms, firm, stream, sink, utility.trend ?? 'waterUsage', LATE_PAYMENTS)
    const after = drawBill(later, firm, stream, NO_RISK, 'waterUsage', LATE_PAYMENTS)
    const first = firstMonth(subjects, firm, stream)
    const usage = usageCells(utility, subjects, firm, before, after, stream)
    const name = recordedName(subjects, firm, stream)
    const other = stream.chance(utility.otherName) ? landlordOf(subjects, firm, stream) : name
    const accounts = 1 + stream.poisson(utility.furtherAccounts)
    for (let account = 0; account < accounts; account++) {
      const id = firms.ids[firm]
      const plan = drawRowPlan(plans, first, CALENDAR.months - 1, { corrections: true, uscc: id }, defects)
      const payment = placeYear(account === 0 ? before : onTime(before), onTime(after, account > 0), stream)
      appender.row([
        id,
        name,
        other,
        `${utility.letter}${String(++serial).padStart(8, '0')}`,
        ...planCells(plan),
        // Further accounts are shops and branches with a part of the use.
        usage[0] + (account === 0 ? 0 : -1 - 0.5 * stream.uniform()),
        ...usage.slice(1, 5),
        payment.zero,
        usage[5],
        ...paymentCells(payment),
      ])
    }
  }
  appender.close()
}

/** Bills of a further account: the same months without use, nothing paid late. */
function onTime(bill: Bill, further = true): Bill {
  return further ? { ...bill, latePayments: 0, meanDaysLate: 0, arrearsDays: 0 } : bill
}

function usageCells(
  utility: Utility,
  subjects: Subjects,
  firm: number,
  before: Bill,
  after: Bill,
  stream: Stream,
): number[] {
  const trade = tradeOf(subjects, firm)
  const [usual, spread] = utility.usual(trade)
  const size = 0.5 * (subjects.firms.logStaff[firm] - 1.6)
  const base = usual + 0.7 * spread * stream.normal() + size
  return [
    base,
    slope(before),
    slope(after) + utility.drift / 12,
    Math.min(0.5, before.variation),
    Math.min(0.5, after.variation),
    courseOf(utility.kind, trade),
  ]
}

/** Growth of ln of the usage a month. */
function slope({ change }: Bill): number {
  return Math.log(1 + Math.max(-0.95, change)) / 12
}

function landlordOf(subjects: Subjects, firm: number, stream: Stream): string {
  const other = Math.floor(stream.uniform() * subjects.firms.enterprises)
  return other === firm ? nameOf(subjects, 0) : nameOf(subjects, other)
}

function paymentCells(payment: YearOfBills): (number | null)[] {
  return [
    payment.late,
    payment.daysLateBefore,
    payment.daysLateAfter,
    payment.unpaid,
    payment.settledBefore,
    payment.settledAfter,
    payment.dueDay,
  ]
}

/**
 * SQL that makes a utility's bills out of its accounts. A correction stands under a number of its own. Noise of usage adds up to nothing over each quarter of a year, so that the
 * same quarter of two years shows the growth that was drawn.
 */
export function billsSql(
  table: string,
  utility: Utility,
  seed: number,
  monthFormat: (month: string) => string,
): string {
  const { asOfMonth, snapshot } = CALENDAR
  const phase = `(m % 3) * ${((2 * Math.PI) / 3).toFixed(15)} + (h & 65535) * ${((2 * Math.PI) / 65536).toFixed(15)}`
  return `
    SELECT uscc, name AS enterprise_name, account_name AS ${utility.kind}_account_name, CASE WHEN corrects THEN account_no || '-R' ELSE account_no END AS ${utility.kind}_account_no,
      ${monthFormat(monthSql('m'))} AS bill_month, usage::DECIMAL(14,2) AS ${utility.usageColumn}, due AS amount_due_yuan,
      CASE WHEN paid_date <= DATE '${snapshot}' THEN due END AS amount_paid_yuan, due_date,
      CASE WHEN paid_date <= DATE '${snapshot}' THEN paid_date END AS paid_date
    FROM (
      SELECT *, round(usage * ${utility.price}, 2)::DECIMAL(14,2) AS due,
        CASE
          WHEN ${hasMonth('unpaid')} THEN ${daySql(`CASE WHEN m <= ${LAST_SETTLED_MONTH} THEN settled_before ELSE settled_after END`)}
          WHEN ${hasMonth('late')} THEN due_date + greatest(1, least(60, round(days_late * (0.6 + 0.8 * share))))::INTEGER
          ELSE due_date - (share * 12)::INTEGER
        END AS paid_date
      FROM (
        SELECT *, CASE WHEN corrects THEN -1 - floor(0.3 * gross) ELSE gross END AS usage,
          CASE WHEN m <= ${asOfMonth} THEN days_late_before ELSE days_late_after END AS days_late,
          ${monthSql('m + 1')} + (due_day - 1) AS due_date
        FROM (
          SELECT *, ((h >> (16 + 8 * (m % 3))) & 255) / 256.0::DOUBLE AS share,
            CASE WHEN ${hasMonth('zero_months')} THEN 0
              ELSE greatest(1, round(exp(base + slope_before * least(m - ${asOfMonth}, 0) + slope_after * greatest(m - ${asOfMonth}, 0))
                * (${courseSql()})
                * greatest(0.1, 1 + 1.41421356237 * (CASE WHEN m <= ${asOfMonth} THEN variation_before ELSE variation_after END) * cos(${phase})))) END AS gross
          FROM (SELECT *, hash(account_no, m // 3, ${seed}) AS h FROM (${rowsSql(table)}))
        )
      )
    )`
}
