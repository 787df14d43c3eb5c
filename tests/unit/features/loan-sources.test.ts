import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inspectLoans, type LoansSection, openSession, syntheticUscc } from '../../../features/index.ts'
import { temporaryFolder } from './fixtures.ts'

const dir = temporaryFolder()

test.each(['VARCHAR', 'BIGINT', 'DOUBLE'])(
  'a refused repayment is known by its loan number in a Parquet column of type %s',
  async (type) => {
    const session = await openSession()
    const firm = (serial: number) => syntheticUscc('130900', serial)
    const write = (select: string, name: string) =>
      session.run(`COPY (${select}) TO '${join(dir, `${type}-${name}.parquet`)}' (FORMAT parquet)`)
    await write(
      `SELECT loan_no::${type} AS loan_no, uscc, DATE '2025-01-15' AS booked_date, DATE '2027-01-15' AS maturity_date, 1000 AS principal_yuan
      FROM (VALUES (1001, '${firm(1)}'), (1002, '${firm(2)}')) AS loans(loan_no, uscc)`,
      'loans',
    )
    await write(
      `SELECT loan_no::${type} AS loan_no, instalment_no, DATE '2025-02-15' AS due_date, amount AS amount_due_yuan,
        amount AS amount_paid_yuan, DATE '2025-02-15' AS paid_date
      FROM (VALUES (1001, 1, 100), (1002, 1, 100), (1002, 2, -1)) AS repayments(loan_no, instalment_no, amount)`,
      'repayments',
    )
    session.close()
    const section: LoansSection = {
      asOf: '2024-12-31',
      bookedFrom: '2025-01-01',
      bookedTo: '2025-06-30',
      frozenOn: '2026-06-30',
      sources: [
        { class: 'loan', file: `${type}-loans.parquet` },
        { class: 'loan_repayment', file: `${type}-repayments.parquet` },
      ],
      snapshots: 'labels',
    }
    const found = await inspectLoans(section, { folder: dir, today: '2026-07-01', roster: null })
    expect(found.faults).toEqual([])
    expect(found.loans).toMatchObject({
      good: 1,
      leftOut: [{ id: 'loan.repayments-refused', count: 1, firstPlaces: [`${type}-loans.parquet row 2`] }],
      ignored: [],
    })
  },
)
