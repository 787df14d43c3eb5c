import { afterAll } from 'vitest'
import {
  type BatchReport,
  type CatalogueClass,
  type CatalogueField,
  openSession,
  type Session,
  type StagedTable,
  type ValidationRequest,
  validateRecords,
} from '../../../features/index.ts'

export type Cell = string | null

export const name = (text: string): string => `"${text.replaceAll('"', '""')}"`
export const literal = (cell: Cell): string => (cell === null ? 'NULL' : `'${cell.replaceAll("'", "''")}'`)

/** A field with the least that a class file says of one. */
export function field(
  changes: Partial<CatalogueField> & Pick<CatalogueField, 'name' | 'type'>,
): CatalogueField {
  return {
    title: { zh: `题${changes.name}`, en: changes.name },
    required: false,
    grade: 'G2',
    modelUse: 'feature',
    ...changes,
  }
}

/** A class of the given fields, without rules and without a key. */
export function classOf(
  fields: readonly CatalogueField[],
  changes: Partial<CatalogueClass> = {},
): CatalogueClass {
  return {
    code: 'sample',
    version: 1,
    title: { zh: '样例', en: 'Sample' },
    annexRow: null,
    sharing: 'own',
    public: false,
    responsibleUnit: { zh: '无', en: 'none' },
    due: null,
    updateCycle: 'monthly',
    key: [],
    rules: [],
    fields,
    ...changes,
  }
}

export interface Outcome {
  readonly report: BatchReport
  /** Accepted records by their row in the source; dates and decimals as text. */
  readonly accepted: ReadonlyMap<number, Record<string, unknown>>
  /** Rules that records in quarantine break, sorted, by row. */
  readonly quarantine: ReadonlyMap<number, string[]>
  /** Row of the earlier record that says the same, by row. */
  readonly duplicates: ReadonlyMap<number, number>
  /** Columns of the table of accepted records. */
  readonly columns: readonly string[]
}

let tables = 0

/** A session for the calling test file, closed when its tests are over. */
export async function testSession(): Promise<Session> {
  const session = await openSession({ memoryMb: 256 })
  afterAll(() => session.close())
  return session
}

/** Puts rows of texts into the session as a staged source; `types` are those of columns that are no VARCHAR. */
export async function stageRows(
  session: Session,
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  types: Readonly<Record<string, string>> = {},
): Promise<StagedTable> {
  const relation = `rows ${++tables}`
  const declared = columns.map((column) => `${name(column)} ${types[column] ?? 'VARCHAR'}`)
  await session.run(`CREATE TABLE ${name(relation)} (source_row BIGINT, ${declared.join(', ')})`)
  for (let start = 0; start < rows.length; start += 2000) {
    const values = rows
      .slice(start, start + 2000)
      .map((row, index) => `(${[String(start + index + 1), ...row.map(literal)].join(', ')})`)
    await session.run(`INSERT INTO ${name(relation)} VALUES ${values.join(', ')}`)
  }
  return {
    relation,
    rows: rows.length,
    columns: columns.map((column) => ({ name: column, type: types[column] ?? 'VARCHAR' })),
    place: (row) => `sample.csv line ${row + 1}`,
  }
}

/** Validates a staged source and reads back all that comes of it; the accepted records only if `readBack` says so. */
export async function validate(
  session: Session,
  klass: CatalogueClass,
  staged: StagedTable,
  { readBack = true, ...changes }: Partial<ValidationRequest> & { readBack?: boolean } = {},
): Promise<Outcome> {
  const target = changes.target ?? `${staged.relation} out ${++tables}`
  const request = {
    klass,
    staged,
    target,
    asOf: '2026-06-30',
    receivedOn: '2026-11-24',
    batch: 'B-1',
    ...changes,
  }
  const report = await validateRecords(session, request)
  const { columns, rows } = await readTable(
    session,
    `SELECT * FROM ${name(target)} ORDER BY source_row LIMIT ${readBack ? 1e9 : 0}`,
  )
  const accepted = new Map(
    rows.map((row) => [
      Number(row[0]),
      Object.fromEntries(columns.map((column, index) => [column, row[index]])),
    ]),
  )
  const quarantine = new Map<number, string[]>()
  const refused = await readTable(
    session,
    `SELECT source_row, rule FROM ${name(`${target}_quarantine`)} ORDER BY ALL`,
  )
  for (const [row, rule] of refused.rows) {
    quarantine.set(Number(row), [...(quarantine.get(Number(row)) ?? []), rule as string])
  }
  const repeated = await readTable(
    session,
    `SELECT source_row, first_row FROM ${name(`${target}_duplicates`)}`,
  )
  const duplicates = new Map(repeated.rows.map(([row, first]) => [Number(row), Number(first)]))
  return { report, accepted, quarantine, duplicates, columns }
}

/** Reads a query's result; everything but numbers, texts and truths comes as text. */
export async function readTable(
  session: Session,
  sql: string,
): Promise<{ columns: string[]; rows: unknown[][] }> {
  const columns: string[] = []
  for await (const chunk of session.chunks(`SELECT column_name FROM (DESCRIBE ${sql})`)) {
    for (const [column] of chunk.getRows()) columns.push(column as string)
  }
  const rows: unknown[][] = []
  for await (const chunk of session.chunks(sql)) {
    for (const row of chunk.getRows()) {
      rows.push(
        row.map((cell) =>
          typeof cell === 'object' && cell !== null
            ? String(cell)
            : typeof cell === 'bigint'
              ? Number(cell)
              : cell,
        ),
      )
    }
  }
  return { columns, rows }
}
