/** Loan books for tests, put into a session as tables of accepted records. */
import type { Session } from '../../../features/source/session.ts'
import { isoDay, type SimulatedLoan } from './outcome-simulation.ts'

const day = (number: number | null) => (number === null ? 'NULL' : `'${isoDay(number)}'`)

/** Makes the tables `loan` and `loan_repayment`, typed as the catalogue's classes are. */
export async function putLoans(session: Session, loans: readonly SimulatedLoan[]): Promise<void> {
  await session.run(`CREATE OR REPLACE TABLE loan (source_row BIGINT, uscc VARCHAR, enterprise_name VARCHAR, loan_no VARCHAR,
booked_date DATE, maturity_date DATE, principal_yuan DECIMAL(16,2), written_off_date DATE)`)
  await session.run(`CREATE OR REPLACE TABLE loan_repayment (source_row BIGINT, loan_no VARCHAR, instalment_no BIGINT,
due_date DATE, amount_due_yuan DECIMAL(16,2), amount_paid_yuan DECIMAL(16,2), paid_date DATE)`)
  const loanRows = loans.map(
    ({ uscc, loanNo, booked, maturity, writtenOff }, row) =>
      `(${row + 1}, '${uscc}', NULL, '${loanNo}', ${day(booked)}, ${day(maturity)}, 1000, ${day(writtenOff)})`,
  )
  const repaymentRows = loans
    .flatMap(({ loanNo, instalments }) => instalments.map((instalment) => ({ loanNo, ...instalment })))
    .map(
      ({ loanNo, instalment, due, amountDue, amountPaid, paid }, row) =>
        `(${row + 1}, '${loanNo}', ${instalment}, ${day(due)}, ${amountDue}, ${amountPaid ?? 'NULL'}, ${day(paid)})`,
    )
  if (loanRows.length > 0) await session.run(`INSERT INTO loan VALUES ${loanRows.join(', ')}`)
  if (repaymentRows.length > 0) {
    await session.run(`INSERT INTO loan_repayment VALUES ${repaymentRows.join(', ')}`)
  }
}
