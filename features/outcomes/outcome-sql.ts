import { quoteName, quoteText } from '../source/session.ts'
import type { OutcomeDefinition } from './definition.ts'
import { LOAN_RULES } from './loan-rules.ts'

/** Tables of a session from which outcomes are computed. */
export interface LoanTables {
  /** Accepted records of the class `loan`. */
  readonly loan: string
  /** Accepted records of the class `loan_repayment`. */
  readonly loan_repayment: string
  /** Refused repayments: `source_row`, and `loan_no` or NULL where it cannot be told. */
  readonly refusedRepayments?: string
}

/** What became of a loan that no rule leaves out. Outside: booked outside the observation window. Open: window not over. */
export const LOAN_STATES = ['good', 'bad', 'indeterminate', 'open', 'outside'] as const

/**
 * Makes `target`, one row a loan number: loan_no, source_row, uscc, booked_date, window_end, days_past_due (the most in its
 * window), written_off, copies, repeated_repayments, state (one of LOAN_STATES or the id of a rule).
 *
 * An instalment that is not paid in full before a day is past due on it by the days since its due date; the day of payment
 * counts. So its most days past due in the window are the days from the due date to the payment, or to the end of the
 * window if that is earlier: no day needs to be visited.
 */
export function loanOutcomeSql(definition: OutcomeDefinition, tables: LoanTables, target: string): string {
  const { bookedFrom, bookedTo, frozenOn, performanceMonths, badDaysPastDue, indeterminateFrom } = definition
  const day = (text: string) => `DATE ${quoteText(text)}`
  const state = (rule: { readonly id: string }) => quoteText(rule.id)
  const refused = tables.refusedRepayments
    ? `loan_no IN (SELECT loan_no FROM ${quoteName(tables.refusedRepayments)} WHERE loan_no IS NOT NULL)`
    : 'false'
  return `
CREATE OR REPLACE TABLE ${quoteName(target)} AS
WITH loans AS (
  SELECT loan_no, min(source_row) AS source_row, count(*) AS copies, min(uscc) AS uscc,
    min(booked_date) AS booked_date, min(maturity_date) AS maturity_date,
    min(written_off_date) AS written_off_date,
    min(uscc) <> max(uscc) OR ${differs('booked_date')} OR ${differs('maturity_date')}
      OR ${differs('written_off_date')} AS conflicting,
    (min(booked_date) + to_months(${performanceMonths}))::DATE AS window_end
  FROM ${quoteName(tables.loan)} GROUP BY loan_no
),
observed AS (
  SELECT loan_no, source_row AS loan, booked_date, window_end FROM loans
  WHERE NOT conflicting AND booked_date BETWEEN ${day(bookedFrom)} AND ${day(bookedTo)}
    AND window_end <= ${day(frozenOn)}
),
instalments AS (
  SELECT loan, instalment_no, any_value(booked_date) AS booked_date, any_value(window_end) AS window_end,
    min(due_date) AS due_date, min(amount_due_yuan) AS amount_due,
    min(amount_paid_yuan) AS amount_paid, min(paid_date) AS paid_date, count(*) AS copies,
    min(due_date) <> max(due_date) OR min(amount_due_yuan) <> max(amount_due_yuan)
      OR ${differs('amount_paid_yuan')} OR ${differs('paid_date')} AS conflicting
  FROM ${quoteName(tables.loan_repayment)} JOIN observed USING (loan_no)
  GROUP BY loan, instalment_no
),
payments AS (
  SELECT loan, due_date, window_end, conflicting, copies,
    coalesce(due_date < booked_date, false) OR coalesce(paid_date < booked_date, false) AS before_booking,
    amount_due > 0 AND due_date < window_end AND (
      (paid_date IS NULL AND coalesce(amount_paid, 0) >= amount_due)
      OR (paid_date IS NOT NULL AND amount_paid IS NULL)) AS unclear,
    CASE WHEN amount_due <= 0 THEN due_date WHEN amount_paid >= amount_due THEN paid_date END AS settled_on
  FROM instalments
),
judged AS (
  SELECT loan, bool_or(conflicting) AS conflicting, bool_or(before_booking) AS before_booking,
    bool_or(unclear) AS unclear, coalesce(sum(copies - 1) FILTER (NOT conflicting), 0) AS repeated,
    max(greatest(least(coalesce(settled_on, window_end), window_end) - due_date, 0))::INTEGER AS days_past_due
  FROM payments GROUP BY loan
),
facts AS (
  SELECT loans.*, judged.loan IS NOT NULL AS has_repayments, judged.days_past_due,
    judged.conflicting AS repayments_conflicting, judged.before_booking, judged.unclear,
    coalesce(judged.repeated, 0) AS repeated_repayments,
    coalesce(written_off_date <= window_end, false) AS written_off
  FROM loans LEFT JOIN judged ON judged.loan = loans.source_row
)
SELECT loan_no, source_row, uscc, booked_date, window_end, days_past_due, written_off, copies,
  repeated_repayments,
  CASE
    WHEN conflicting THEN ${state(LOAN_RULES.conflicting)}
    WHEN booked_date NOT BETWEEN ${day(bookedFrom)} AND ${day(bookedTo)} THEN 'outside'
    WHEN booked_date > maturity_date THEN ${state(LOAN_RULES.bookedAfterMaturity)}
    WHEN window_end > ${day(frozenOn)} THEN 'open'
    WHEN ${refused} THEN ${state(LOAN_RULES.repaymentsRefused)}
    WHEN repayments_conflicting THEN ${state(LOAN_RULES.repaymentsConflicting)}
    WHEN before_booking OR coalesce(written_off_date < booked_date, false)
      THEN ${state(LOAN_RULES.beforeBooking)}
    WHEN unclear THEN ${state(LOAN_RULES.paymentUnclear)}
    WHEN written_off THEN 'bad'
    WHEN NOT has_repayments THEN ${state(LOAN_RULES.withoutRepayments)}
    WHEN days_past_due >= ${badDaysPastDue} THEN 'bad'
    WHEN days_past_due >= ${indeterminateFrom} THEN 'indeterminate'
    ELSE 'good'
  END AS state
FROM facts`
}

/** Whether records of one key differ in a column that may be absent. */
function differs(column: string): string {
  return `coalesce(min(${column}) <> max(${column}), false) OR count(${column}) NOT IN (0, count(*))`
}

/** One row an enterprise with a used loan, sorted by id: id, y (1 bad, 0 good, NULL indeterminate). */
export function enterpriseOutcomeSql(definition: OutcomeDefinition, outcomes: string): string {
  const used = `${quoteName(outcomes)} WHERE state IN ('good', 'bad', 'indeterminate')`
  if (definition.loansPerEnterprise === 'first') {
    return `SELECT DISTINCT ON (uscc) uscc AS id, ${label("state = 'bad'", "state = 'indeterminate'")}
FROM ${used} ORDER BY uscc, booked_date, loan_no`
  }
  return `SELECT uscc AS id, ${label("bool_or(state = 'bad')", "bool_or(state = 'indeterminate')")}
FROM ${used} GROUP BY uscc ORDER BY uscc`
}

function label(bad: string, indeterminate: string): string {
  return `(CASE WHEN ${bad} THEN 1 WHEN ${indeterminate} THEN NULL ELSE 0 END)::INTEGER AS y`
}
