import { numberFrom, quoteName, type Session } from '../source/session.ts'
import type { OutcomeDefinition } from './definition.ts'
import {
  LOAN_RULES,
  type LoanRule,
  REFUSED_WITHOUT_LOAN,
  REPAYMENT_WITHOUT_LOAN,
  REPEATED,
} from './loan-rules.ts'
import { LOAN_STATES, type LoanTables, loanOutcomeSql } from './outcome-sql.ts'
import { readRows } from './read-rows.ts'

/** How many records a rule concerns, and where the first of them stand in their source. */
export interface RuleCount extends LoanRule {
  readonly count: number
  /** `source_row` of the first records, at most three, ascending. */
  readonly firstRows: readonly number[]
}

/** What became of the loans of a session, in numbers; no loan and no enterprise is named. */
export interface LoanCounts {
  /** Loan numbers among the accepted records. */
  readonly loans: number
  readonly good: number
  readonly bad: number
  readonly indeterminate: number
  /** Booked in the observation window, but their performance window is not over when the labels are frozen. */
  readonly open: number
  /** Booked before or after the observation window. */
  readonly outside: number
  /** Loans that a rule leaves out, by rule, in the order of the rules; rules that leave none out are missing. */
  readonly leftOut: readonly RuleCount[]
  /** Repayments of no accepted loan, and records that repeat another; they change no outcome. */
  readonly ignored: readonly RuleCount[]
}

/**
 * Computes the outcome of every loan into the table `target` (see `loanOutcomeSql`) and counts them.
 *
 * @param tables accepted records of `loan` and `loan_repayment` in the session
 * @throws the session's own errors
 */
export async function computeOutcomes(
  session: Session,
  definition: OutcomeDefinition,
  tables: LoanTables,
  target: string,
): Promise<LoanCounts> {
  await session.run(loanOutcomeSql(definition, tables, target))
  const counts = new Map<string, number>()
  const outcomes = quoteName(target)
  for (const [state, count] of await readRows(
    session,
    `SELECT state, count(*)::DOUBLE FROM ${outcomes} GROUP BY state`,
  )) {
    counts.set(state as string, count as number)
  }
  const [good, bad, indeterminate, open, outside] = LOAN_STATES.map((state) => counts.get(state) ?? 0)
  const firstRows = await firstRowsByState(session, outcomes)
  const leftOut = Object.values(LOAN_RULES).flatMap((rule) => {
    const count = counts.get(rule.id) ?? 0
    return count === 0 ? [] : [{ ...rule, count, firstRows: firstRows.get(rule.id) ?? [] }]
  })
  return {
    loans: [...counts.values()].reduce((sum, count) => sum + count, 0),
    ...{ good, bad, indeterminate, open, outside, leftOut },
    ignored: await countIgnored(session, tables, outcomes),
  }
}

async function firstRowsByState(session: Session, outcomes: string): Promise<Map<string, number[]>> {
  const rows = await readRows(
    session,
    `SELECT state, source_row::DOUBLE FROM ${outcomes} WHERE starts_with(state, 'loan.')
QUALIFY row_number() OVER (PARTITION BY state ORDER BY source_row) <= 3 ORDER BY state, source_row`,
  )
  const first = new Map<string, number[]>()
  for (const [state, row] of rows) {
    first.set(state as string, [...(first.get(state as string) ?? []), row as number])
  }
  return first
}

async function countIgnored(session: Session, tables: LoanTables, outcomes: string): Promise<RuleCount[]> {
  const [[loanCopies, repaymentCopies]] = await readRows(
    session,
    `SELECT coalesce(sum(copies - 1) FILTER (state <> '${LOAN_RULES.conflicting.id}'), 0)::DOUBLE,
coalesce(sum(repeated_repayments), 0)::DOUBLE FROM ${outcomes}`,
  )
  const ignored: RuleCount[] = [
    await countAlone(session, tables, tables.loan_repayment, REPAYMENT_WITHOUT_LOAN),
    { ...REPEATED.loan, count: loanCopies as number, firstRows: [] },
    { ...REPEATED.repayment, count: repaymentCopies as number, firstRows: [] },
  ]
  if (tables.refusedRepayments !== undefined) {
    ignored.unshift(await countAlone(session, tables, tables.refusedRepayments, REFUSED_WITHOUT_LOAN))
  }
  return ignored.filter(({ count }) => count > 0)
}

/** Records of a table whose loan number is in no accepted loan. */
async function countAlone(
  session: Session,
  tables: LoanTables,
  table: string,
  rule: LoanRule,
): Promise<RuleCount> {
  const alone = `${quoteName(table)} ANTI JOIN ${quoteName(tables.loan)} USING (loan_no)`
  const count = await numberFrom(session, `SELECT count(*) FROM ${alone}`)
  const first = await readRows(session, `SELECT source_row::DOUBLE FROM ${alone} ORDER BY source_row LIMIT 3`)
  return { ...rule, count, firstRows: first.map(([row]) => row as number) }
}
