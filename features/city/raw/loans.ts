import type { RowAppender } from '../../source/row-appender.ts'
import type { Session } from '../../source/session.ts'
import { openStream, type Stream } from '../random.ts'
import { CALENDAR, dayOf, daySql } from './calendar.ts'
import type { Defects } from './defects.ts'
import { PlantedRecords } from './public-records.ts'
import { codelessRowsSql, drawRowPlan, PLAN_COLUMNS, planCells } from './row-plan.ts'
import { recordedName, type Subjects } from './subjects.ts'

type LoanState = 'good' | 'bad' | 'indeterminate' | 'open' | 'outside'

/** Shares of borrowers with a second loan in the window, an older one, and one whose window is not over. */
const SECOND = 0.18
const OLDER = 0.1
const OPEN = 0.08
/** How surely a firm that fails one loan fails its second at the same lender. */
const CROSS_DEFAULT = 0.9
/** Share of loans that are 30 to 89 days late and recover, or are on their way to 90 when the window closes. */
const INDETERMINATE = 0.03
const ROLLING = 0.2
const CURED = 0.2
const WRITTEN_OFF = 0.25
const PAID_EARLY = 0.05

/** Instalments up to the 8th of 12 can be 90 days late before the window closes; the 10th can be 30 days late and not 90. */
const LAST_BAD_INSTALMENT = 8
const LAST_LATE_INSTALMENT = 10

const NEVER = 999

/** How a loan is repaid. */
interface Course {
  readonly state: LoanState
  /** First instalment that is not paid when due, and days until it and what fell due meanwhile are paid; `NEVER` = not at all. */
  readonly stopsAt: number
  readonly stopDays: number
}

const PUNCTUAL = { stopsAt: NEVER, stopDays: 0 }

/** Loans of one lender on their way into tables. */
export interface LoanDraw {
  /** Adds the loans of a borrower; `bad` is what becomes of its first in the window. */
  add(firm: number, bad: boolean, noise: boolean): void
  close(): void
}

/** Makes the tables `table`, one row a loan, and `${table}_plan`, from which the repayments are made. */
export async function openLoans(
  session: Session,
  table: string,
  subjects: Subjects,
  seed: number,
  party: string,
  truth: RowAppender,
  defects: { readonly loans: Defects; readonly repayments: Defects },
): Promise<LoanDraw> {
  await session.run(
    `CREATE TABLE ${table} (uscc VARCHAR, name VARCHAR, loan_no VARCHAR, booked INTEGER, months INTEGER, principal DOUBLE, written_off INTEGER)`,
  )
  await session.run(`CREATE TABLE ${table}_plan (loan_no VARCHAR, number INTEGER, booked INTEGER, step INTEGER, instalments INTEGER,
    amount DOUBLE, last_amount DOUBLE, late_share DOUBLE, stops_at INTEGER, stop_days INTEGER, early_from INTEGER, ${PLAN_COLUMNS})`)
  const stream = openStream(seed, `loans/${party}`)
  const loans = new PlantedRecords(await session.append(table), stream, defects.loans)
  const plans = await session.append(`${table}_plan`)
  const prefix = party
    .split('_')
    .map((word) => word[0].toUpperCase())
    .join('')
  let number = 0

  function addLoan(
    firm: number,
    name: string,
    booked: number,
    course: (step: number, instalments: number) => Course,
    noise: boolean,
  ): void {
    const bullet = stream.chance(0.35)
    const months = bullet ? (stream.chance(0.4) ? 6 : 12) : stream.pick([5, 3, 2]) * 12 + 12
    const step = bullet ? 3 : 1
    const instalments = months / step
    const { state, stopsAt, stopDays } = course(step, instalments)
    const size = subjects.firms.logStaff[firm]
    const principal = Math.round(Math.exp(11.6 + 0.6 * size + 0.5 * stream.normal()) / 1_000) * 1_000 + 10_000
    const rate = 0.04 + 0.02 * stream.uniform()
    const amount = bullet ? (principal * rate) / 4 : principal / instalments + (principal * rate) / 24
    const writtenOff =
      state === 'bad' && stopDays === NEVER && stream.chance(WRITTEN_OFF)
        ? booked + Math.floor(30.5 * stopsAt * step) + 180 + Math.floor(60 * stream.uniform())
        : null
    number++
    const loanNo = `${prefix}${String(number).padStart(8, '0')}`
    const snapshot = dayOf(CALENDAR.snapshot)
    loans.add([
      subjects.firms.ids[firm],
      name,
      loanNo,
      booked,
      months,
      principal,
      writtenOff !== null && writtenOff <= snapshot ? writtenOff : null,
    ])
    const plan = drawRowPlan(stream, 1, instalments, {}, defects.repayments)
    plans.row([
      loanNo,
      number,
      booked,
      step,
      instalments,
      Math.round(amount * 100) / 100,
      Math.round((bullet ? principal + amount : amount) * 100) / 100,
      Math.min(0.5, 0.06 * Math.exp(-0.6 * subjects.firms.discipline[firm])),
      stopsAt,
      stopDays,
      stopsAt === NEVER && stream.chance(PAID_EARLY) ? 2 + Math.floor(instalments * stream.uniform()) : NEVER,
      ...planCells(plan),
    ])
    truth.row([party, loanNo, state, noise ? 1 : 0])
  }

  const within = (from: string, to: string): number =>
    dayOf(from) + Math.floor((dayOf(to) - dayOf(from) + 1) * stream.uniform())

  return {
    add(firm, bad, noise) {
      const name = recordedName(subjects, firm, stream)
      const opened = Math.max(0, CALENDAR.asOfMonth - subjects.firms.ageMonths[firm])
      const inWindow = () => within(CALENDAR.bookedFrom, CALENDAR.bookedTo)
      if (stream.chance(OLDER) && opened < 6) {
        addLoan(
          firm,
          name,
          within('2024-10-01', '2025-05-31'),
          () => ({ state: 'outside', ...PUNCTUAL }),
          false,
        )
      }
      addLoan(
        firm,
        name,
        inWindow(),
        (step, count) => (bad ? badCourse(step, stream) : goodCourse(step, count, stream)),
        noise,
      )
      if (stream.chance(SECOND)) {
        const alsoBad = bad && stream.chance(CROSS_DEFAULT)
        addLoan(
          firm,
          name,
          inWindow(),
          (step, count) => (alsoBad ? badCourse(step, stream) : goodCourse(step, count, stream)),
          noise,
        )
      }
      if (!bad && stream.chance(OPEN)) {
        // Booked after the window of observation, so that its own window is still open on the day of the snapshot.
        addLoan(firm, name, within('2025-11-01', '2026-08-31'), () => ({ state: 'open', ...PUNCTUAL }), false)
      }
    },
    close() {
      loans.close()
      plans.close()
    },
  }
}

function badCourse(step: number, stream: Stream): Course {
  const last = Math.floor(LAST_BAD_INSTALMENT / step)
  return {
    state: 'bad',
    stopsAt: 1 + Math.floor(last * stream.uniform()),
    stopDays: stream.chance(CURED) ? 91 + Math.floor(60 * stream.uniform()) : NEVER,
  }
}

function goodCourse(step: number, instalments: number, stream: Stream): Course {
  if (!stream.chance(INDETERMINATE)) return { state: 'good', ...PUNCTUAL }
  if (step === 1 && stream.chance(ROLLING)) {
    return { state: 'indeterminate', stopsAt: LAST_LATE_INSTALMENT, stopDays: NEVER }
  }
  const last = Math.min(instalments, Math.floor(LAST_LATE_INSTALMENT / step))
  return {
    state: 'indeterminate',
    stopsAt: 1 + Math.floor(last * stream.uniform()),
    stopDays: 31 + Math.floor(55 * stream.uniform()),
  }
}

/** SQL that makes the loans. */
export function loanSql(table: string): string {
  return `
    SELECT loan_no, uscc, name AS enterprise_name, ${daySql('booked')} AS booked_date,
      (${daySql('booked')} + to_months(months))::DATE AS maturity_date, principal::DECIMAL(16,2) AS principal_yuan,
      ${daySql('written_off')} AS written_off_date
    FROM ${table}`
}

/**
 * SQL that makes the repayments, one row an instalment. What is unpaid from `stops_at` on is paid together, `stop_days` after
 * that instalment fell due; whoever pays early pays all the rest at once.
 */
export function repaymentSql(table: string, seed: number): string {
  const due = (instalment: string): string =>
    `(${daySql('booked')} + to_months(step * (${instalment})))::DATE`
  const snapshot = `DATE '${CALENDAR.snapshot}'`
  return `
    SELECT loan_no, m AS instalment_no, due_date, amount AS amount_due_yuan,
      CASE WHEN paid_date <= ${snapshot} THEN amount END AS amount_paid_yuan,
      CASE WHEN paid_date <= ${snapshot} THEN paid_date END AS paid_date
    FROM (
      SELECT loan_no, m, due_date, CASE WHEN m = instalments THEN last_amount ELSE amount END::DECIMAL(16,2) AS amount,
        CASE
          WHEN m >= stops_at AND stop_days = ${NEVER} THEN NULL
          WHEN m >= stops_at THEN greatest(due_date, ${due('stops_at')} + stop_days)
          WHEN m >= early_from THEN ${due('early_from')}
          WHEN (h & 65535) / 65536.0::DOUBLE < late_share THEN due_date + 1 + ((h >> 16) % 20)::INTEGER
          ELSE due_date - ((h >> 16) % 3)::INTEGER
        END AS paid_date
      FROM (SELECT *, ${due('m')} AS due_date, hash(number, m, ${seed}) AS h FROM (${codelessRowsSql(table)}))
    )`
}
