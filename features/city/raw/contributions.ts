import type { Session } from '../../source/session.ts'
import { openStream } from '../random.ts'
import type { Risk } from '../risk.ts'
import { drawFund, drawInsurance, noteHeadcount } from '../staff.ts'
import { CALENDAR, monthSql } from './calendar.ts'
import type { Defects } from './defects.ts'
import { hasMonth, lastMonths, placeRun } from './month-bits.ts'
import { drawRowPlan, PLAN_COLUMNS, planCells, rowsSql } from './row-plan.ts'
import { firstMonth, recordedName, type Subjects } from './subjects.ts'

/** What a month of social insurance costs a head, both sides together; a rounded figure of the province. */
const INSURANCE_YUAN: Readonly<Record<string, number>> = {
  injury_only: 30,
  pension_and_injury: 1_000,
  five_kinds: 1_420,
}

const KINDS: Readonly<Record<string, string>> = {
  injury_only: '仅工伤保险',
  pension_and_injury: '三险',
  five_kinds: '五险',
}

/** Headcounts of the ends of two years; between them they move in a straight line. */
const HEADCOUNT_COLUMNS = 'head_first INTEGER, head_as_of INTEGER, head_later INTEGER'

/** SQL: the headcount of month `m`. */
const headcountSql = (): string => {
  const { asOfMonth } = CALENDAR
  const before = `head_first + (head_as_of - head_first) * least(greatest((m - ${asOfMonth - 12}) / 12.0::DOUBLE, 0), 1)`
  const after = `(head_later - head_as_of) * least(greatest((m - ${asOfMonth}) / 12.0::DOUBLE, 0), 1)`
  return `round(${before} + ${after})::BIGINT`
}

/** Draws the accounts of the housing fund into `table`; each month of a gap has a row without a deposit. */
export async function drawFundAccounts(
  session: Session,
  table: string,
  subjects: Subjects,
  holds: (subjects: Subjects, firm: number) => number,
  risk: Risk,
  seed: number,
  defects: Defects,
): Promise<void> {
  await session.run(
    `CREATE TABLE ${table} (uscc VARCHAR, name VARCHAR, ${PLAN_COLUMNS}, ${HEADCOUNT_COLUMNS}, per_head INTEGER, gap INTEGER, suspended INTEGER, pay_day INTEGER)`,
  )
  const appender = await session.append(table)
  const stream = openStream(seed, 'housing_fund')
  const plans = openStream(seed, 'housing_fund/rows')
  const { firms, later } = subjects
  for (let firm = 0; firm < firms.size; firm++) {
    if (!stream.chance(holds(subjects, firm))) continue
    risk.accounts[firm]++
    const before = drawFund(firms, firm, stream)
    const after = drawFund(later, firm, stream)
    const heads = headcounts(before.insured, before.change, after.change)
    noteHeadcount(risk, firm, heads.asOf / heads.first - 1)
    if (before.gap >= 2) risk.happened(firm, 'housingFundGap')
    const first = firstMonth(subjects, firm, stream)
    const gap =
      placeRun(before.gap, CALENDAR.asOfMonth, stream) | placeRun(after.gap, CALENDAR.laterMonth, stream)
    const name = recordedName(subjects, firm, stream)
    const id = firms.ids[firm]
    const plan = drawRowPlan(plans, first, CALENDAR.months - 1, { uscc: id }, defects)
    appender.row([
      id,
      name,
      ...planCells(plan),
      heads.first,
      heads.asOf,
      heads.later,
      Math.round(before.deposit),
      gap,
      before.state === 'suspended' ? 1 : 0,
      // The fund is paid between 10 and 30 days before the end of the month.
      Math.max(1, 30 - Math.min(29, 10 + Math.floor(20 * stream.uniform()))),
    ])
  }
  appender.close()
}

/** SQL that makes the months of the housing fund out of its accounts. */
export function fundSql(table: string, monthFormat: (month: string) => string): string {
  return `
    SELECT uscc, name AS enterprise_name, ${monthFormat(monthSql('m'))} AS deposit_month, headcount,
      CASE WHEN missed THEN 0 ELSE headcount * per_head END::DECIMAL(16,2) AS deposit_yuan,
      CASE WHEN NOT missed THEN ${monthSql('m')} + (pay_day - 1) END AS paid_date,
      CASE WHEN NOT missed THEN '正常' WHEN suspended = 1 THEN '封存' ELSE '缓缴' END AS deposit_state
    FROM (SELECT *, ${headcountSql()} AS headcount, ${hasMonth('gap')} AS missed FROM (${rowsSql(table)}))`
}

/** Draws the accounts of social insurance into `table`. */
export async function drawInsuranceAccounts(
  session: Session,
  table: string,
  subjects: Subjects,
  holds: (subjects: Subjects, firm: number) => number,
  risk: Risk,
  seed: number,
  defects: Defects,
): Promise<void> {
  await session.run(
    `CREATE TABLE ${table} (uscc VARCHAR, name VARCHAR, ${PLAN_COLUMNS}, ${HEADCOUNT_COLUMNS}, per_head INTEGER, kinds VARCHAR, gap INTEGER, owed INTEGER, settled INTEGER, pay_day INTEGER)`,
  )
  const appender = await session.append(table)
  const stream = openStream(seed, 'social_insurance')
  const plans = openStream(seed, 'social_insurance/rows')
  const { firms, later } = subjects
  for (let firm = 0; firm < firms.size; firm++) {
    if (!stream.chance(holds(subjects, firm))) continue
    risk.accounts[firm]++
    const before = drawInsurance(firms, firm, stream)
    const after = drawInsurance(later, firm, stream)
    const heads = headcounts(before.insured, before.change, after.change)
    noteHeadcount(risk, firm, heads.asOf / heads.first - 1)
    const first = firstMonth(subjects, firm, stream)
    const owed = lastMonths(before.arrears, CALENDAR.asOfMonth)
    // Months that nobody was declared for lie before those that are owed.
    const gap =
      placeRun(before.gap, CALENDAR.asOfMonth, stream) | placeRun(after.gap, CALENDAR.laterMonth, stream)
    const name = recordedName(subjects, firm, stream)
    const id = firms.ids[firm]
    const plan = drawRowPlan(plans, first, CALENDAR.months - 1, { uscc: id }, defects)
    appender.row([
      id,
      name,
      ...planCells(plan),
      heads.first,
      heads.asOf,
      heads.later,
      Math.round(INSURANCE_YUAN[before.kinds] * (0.85 + 0.3 * stream.uniform())),
      KINDS[before.kinds],
      gap & ~owed,
      owed,
      stream.chance(0.2) ? null : 5 + Math.floor(100 * stream.uniform()),
      5 + Math.floor(20 * stream.uniform()),
    ])
  }
  appender.close()
}

/** SQL that makes the months of social insurance out of its accounts. */
export function insuranceSql(table: string, monthFormat: (month: string) => string): string {
  const settled = `DATE '${CALENDAR.asOf}' + settled`
  return `
    SELECT uscc, name AS enterprise_name, ${monthFormat(monthSql('m'))} AS contribution_month, headcount AS insured_headcount,
      due AS amount_due_yuan, CASE WHEN paid_date IS NOT NULL THEN due END AS amount_paid_yuan, paid_date,
      kinds AS insured_kinds
    FROM (
      SELECT *, (headcount * per_head)::DECIMAL(16,2) AS due,
        CASE WHEN headcount = 0 THEN NULL WHEN ${hasMonth('owed')} THEN ${settled} ELSE ${monthSql('m')} + (pay_day - 1) END AS paid_date
      FROM (SELECT *, CASE WHEN ${hasMonth('gap')} THEN 0 ELSE ${headcountSql()} END AS headcount FROM (${rowsSql(table)}))
    )`
}

/** Whole heads at the ends of the two years. */
function headcounts(
  logHeads: number,
  change: number,
  laterChange: number,
): { first: number; asOf: number; later: number } {
  const asOf = Math.max(1, Math.round(Math.exp(logHeads)))
  return {
    first: Math.max(1, Math.round(asOf / (1 + Math.max(-0.9, change)))),
    asOf,
    later: Math.max(1, Math.round(asOf * (1 + Math.max(-0.9, laterChange)))),
  }
}
