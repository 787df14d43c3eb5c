import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { SourceSection } from '../data-section.ts'
import { type ReadOptions, readSource } from '../read-sources.ts'
import { whileUnchanged } from '../source/file-bytes.ts'
import { quoteName, type Session } from '../source/session.ts'
import type { StagedTable } from '../source/source-types.ts'
import { writeCells } from '../validate/cell-text.ts'
import { rawColumn, rawText } from '../validate/reading.ts'
import type { BatchReport } from '../validate/request.ts'
import { outcomeTables } from '../validate/validate-records.ts'
import type { FrozenSource } from './freeze.ts'
import type { LoanClass } from './loans-section.ts'
import type { LoanTables } from './outcome-sql.ts'

/** A source whose accepted records stand in the session. */
export interface ReadSource {
  readonly class: LoanClass
  readonly report: BatchReport
  readonly frozen: FrozenSource
  readonly staged: Pick<StagedTable, 'rows' | 'place'>
  /** Table of the accepted records. */
  readonly accepted: string
  /** Table of the refused ones: `source_row`, and `loan_no` as far as it can be told. */
  readonly refused: string
}

/**
 * Stages and checks one source of loans or repayments.
 *
 * @param target names the tables that are made
 * @throws the errors of `readSource`
 */
export async function readLoanSource(
  session: Session,
  source: SourceSection,
  target: string,
  options: ReadOptions,
): Promise<ReadSource> {
  let staged: StagedTable | undefined
  const read = () =>
    readSource(session, source, target, {
      ...options,
      async whileStaged(table, report) {
        staged = table
        await keepRefused(session, report, table, target)
      },
    })
  const { result: report, sha256 } = await withHash(source.file && resolve(options.folder, source.file), read)
  const name = report.batch
  const { rows, place } = staged!
  return {
    class: source.class as LoanClass,
    report,
    frozen: { class: source.class, name, records: report.received, accepted: report.accepted, sha256 },
    staged: { rows, place },
    accepted: target,
    refused: refusedTable(target),
  }
}

/** Runs `read` and hashes the file that it reads, the very bytes; there is no hash of a database. */
async function withHash<T>(
  file: string | undefined,
  read: () => Promise<T>,
): Promise<{ result: T; sha256: string | null }> {
  if (file === undefined) return { result: await read(), sha256: null }
  return whileUnchanged(file, basename(file), async () => {
    const result = await read()
    const digest = createHash('sha256')
    for await (const bytes of createReadStream(file)) digest.update(bytes as Buffer)
    return { result, sha256: digest.digest('hex') }
  })
}

const refusedTable = (target: string): string => `${target}_refused`

/** Keeps of the refused records their number and loan number: a loan of which a repayment was refused cannot be judged. */
async function keepRefused(
  session: Session,
  report: BatchReport,
  staged: StagedTable,
  accepted: string,
): Promise<void> {
  const table = refusedTable(accepted)
  const from = report.columns.find(({ field }) => field === 'loan_no')!.from!
  const { name, type } = staged.columns.find((column) => column.name === from)!
  const text = rawText(rawColumn(type)!)(quoteName(name))
  const quarantine = quoteName(outcomeTables(accepted).quarantine)
  const raw = `${accepted}_refused_raw`
  const cells = `${accepted}_refused_cells`
  await session.run(`CREATE TEMP TABLE ${quoteName(raw)} AS
    SELECT source_row, ${text} AS raw FROM ${quoteName(staged.relation)}
    WHERE source_row IN (SELECT source_row FROM ${quarantine})`)
  await writeCells(session, raw, cells)
  await session.run(`CREATE TABLE ${quoteName(table)} AS
    SELECT source_row, cell AS loan_no FROM ${quoteName(raw)} LEFT JOIN ${quoteName(cells)} USING (raw)`)
  await session.run(`DROP TABLE ${quoteName(raw)}`)
  await session.run(`DROP TABLE ${quoteName(cells)}`)
}

/**
 * Puts the sources of each class together, such as one file a branch; records are numbered on from one source to the next.
 *
 * @returns the tables, and where a record of them stands
 */
export async function joinLoanSources(
  session: Session,
  read: readonly ReadSource[],
): Promise<{ tables: LoanTables; place: (klass: LoanClass, sourceRow: number) => string }> {
  const columns = {
    loan: ['loan_no', 'uscc', 'booked_date', 'maturity_date', 'written_off_date'],
    loan_repayment: [
      'loan_no',
      'instalment_no',
      'due_date',
      'amount_due_yuan',
      'amount_paid_yuan',
      'paid_date',
    ],
  }
  const first = firstRowsOf(read)
  const union = (klass: LoanClass, wanted: readonly string[], table: (source: ReadSource) => string) =>
    read
      .filter((source) => source.class === klass)
      .map(
        (source) =>
          `SELECT source_row + ${first.get(source)} AS source_row, ${wanted.map(quoteName).join(', ')} FROM ${quoteName(table(source))}`,
      )
      .join(' UNION ALL ')
  const accepted = (source: ReadSource) => source.accepted
  await session.run(`CREATE VIEW loan AS ${union('loan', columns.loan, accepted)}`)
  await session.run(
    `CREATE VIEW loan_repayment AS ${union('loan_repayment', columns.loan_repayment, accepted)}`,
  )
  await session.run(
    `CREATE VIEW refused_repayment AS ${union('loan_repayment', ['loan_no'], (source) => source.refused)}`,
  )
  return {
    tables: { loan: 'loan', loan_repayment: 'loan_repayment', refusedRepayments: 'refused_repayment' },
    place(klass, sourceRow) {
      const source = read.find(
        (one) =>
          one.class === klass &&
          sourceRow > first.get(one)! &&
          sourceRow <= first.get(one)! + one.staged.rows,
      )!
      return source.staged.place(sourceRow - first.get(source)!)
    },
  }
}

/** By source, the number of records of its class that stand in the sources before it. */
function firstRowsOf(read: readonly ReadSource[]): Map<ReadSource, number> {
  const rows = { loan: 0, loan_repayment: 0 }
  const first = new Map<ReadSource, number>()
  for (const source of read) {
    first.set(source, rows[source.class])
    rows[source.class] += source.staged.rows
  }
  return first
}
