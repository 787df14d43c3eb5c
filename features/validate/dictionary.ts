import { numberFrom, quoteName, quoteText, type Session } from '../source/session.ts'
import { writeCells } from './cell-text.ts'
import { GENERIC_RULES, type GenericSuffix } from './generic-rules.ts'
import type { Reading } from './reading.ts'

/** A column to be read: where its cells are and how. */
export interface ColumnReading {
  readonly reading: Reading
  /** SQL of the column over a row of the source. */
  readonly column: string
  readonly required: boolean
}

/** Values and faults of those cells of a column that are not read in place, one row a distinct cell. */
export interface Dictionary {
  readonly table: string
  /** Generic rules that some cell in it breaks. */
  readonly suffixes: readonly GenericSuffix[]
}

/**
 * Looks at every distinct irregular cell of a column, and makes a table of those that mean something else than `direct` reads:
 * `raw`, `context` (where the reading has one), `value`, `fault`.
 *
 * @param relation the source
 * @param table name of the table to make
 * @returns null, and no table, where every cell is read in place
 */
export async function buildDictionary(
  session: Session,
  relation: string,
  { reading, column, required }: ColumnReading,
  table: string,
): Promise<Dictionary | null> {
  const found = `${table} found`
  const cells = `${table} cells`
  const context = reading.context === undefined ? '' : ', context'
  try {
    const from = `SELECT ${reading.raw(column)} AS raw${context && `, ${reading.context} AS context`} FROM ${quoteName(relation)}`
    const irregular = `raw IS NOT NULL AND (${reading.irregular('raw')})`
    const distinct = `CREATE TEMP TABLE ${quoteName(found)} AS SELECT DISTINCT raw${context} FROM (${from})`
    if (reading.few) {
      // In two statements: in one, the condition would be moved below DISTINCT and asked of every row.
      await session.run(distinct)
      await session.run(`DELETE FROM ${quoteName(found)} WHERE (${irregular}) IS NOT TRUE`)
    } else await session.run(`${distinct} WHERE ${irregular}`)
    if (!(await hasRows(session, found))) return null
    let source = `SELECT raw${context}, raw AS cell FROM ${quoteName(found)}`
    if (reading.text) {
      await writeCells(session, found, cells)
      source = `SELECT raw${context}, cell FROM ${quoteName(found)} JOIN ${quoteName(cells)} USING (raw)`
    }
    const empty = reading.text ? "cell = ''" : 'false'
    const parts = reading.parts === undefined ? '' : `, ${reading.parts} AS parts`
    const fault = `CASE WHEN ${empty} THEN ${required ? "'required'" : 'NULL'} ELSE ${reading.fault} END`
    const value = `CASE WHEN ${empty} THEN NULL ELSE ${reading.value} END`
    // Materialised: each is asked of several times in what follows, and taking a text apart is dear.
    await session.run(
      `CREATE TEMP TABLE ${quoteName(table)} AS
       WITH parsed AS MATERIALIZED (SELECT *${parts} FROM (${source})),
         judged AS MATERIALIZED (SELECT raw${context}, ${value} AS value, ${fault} AS fault FROM parsed)
       SELECT raw${context}, CASE WHEN fault IN (${refusing}) THEN NULL ELSE value END AS value, fault
       FROM judged WHERE fault IS NOT NULL OR value IS DISTINCT FROM ${reading.direct('raw')}`,
    )
  } finally {
    await session.run(`DROP TABLE IF EXISTS ${quoteName(found)}`)
    await session.run(`DROP TABLE IF EXISTS ${quoteName(cells)}`)
  }
  const suffixes: GenericSuffix[] = []
  let rows = 0
  const faults = `SELECT fault, count(*)::DOUBLE FROM ${quoteName(table)} GROUP BY fault ORDER BY fault`
  for await (const chunk of session.chunks(faults)) {
    for (let row = 0; row < chunk.rowCount; row++) {
      const suffix = chunk.getColumnVector(0).getItem(row) as GenericSuffix | null
      if (suffix !== null) suffixes.push(suffix)
      rows += chunk.getColumnVector(1).getItem(row) as number
    }
  }
  if (rows > 0) return { table, suffixes }
  await session.run(`DROP TABLE ${quoteName(table)}`)
  return null
}

async function hasRows(session: Session, table: string): Promise<boolean> {
  return (await numberFrom(session, `SELECT count(*) FROM ${quoteName(table)}`)) > 0
}

const refusing = Object.entries(GENERIC_RULES)
  .filter(([, { severity }]) => severity === 'refuse')
  .map(([suffix]) => quoteText(suffix))
  .join(', ')
