import type { CatalogueClass } from './catalogue/class-types.ts'
import { type Catalogue, classOf } from './catalogue/load-catalogue.ts'
import { numberFrom, quoteName, quoteText, type Session } from './source/session.ts'
import { SOURCE_ROW } from './source/source-types.ts'

/** Accepted records of one source. */
export interface SourceRecords {
  readonly class: string
  readonly table: string
}

export interface JoinedRecords {
  /** Class code -> table of all its accepted records. */
  readonly tables: Readonly<Record<string, string>>
  /** Class code -> number of records whose key stands in several sources with different content. */
  readonly conflicts: Readonly<Record<string, number>>
}

/**
 * Puts the sources of each class together, such as one file a county. A record that several sources hold alike counts once;
 * of records with one key and different content none is used, since nothing says which is right.
 */
export async function joinSources(
  session: Session,
  sources: readonly SourceRecords[],
  catalogue: Catalogue,
): Promise<JoinedRecords> {
  const tables: Record<string, string> = {}
  const conflicts: Record<string, number> = {}
  for (const code of new Set(sources.map((source) => source.class))) {
    const parts = sources.filter((source) => source.class === code).map((source) => source.table)
    tables[code] = parts[0]
    if (parts.length === 1) continue
    tables[code] = `all_${code}`
    conflicts[code] = await joinParts(session, classOf(catalogue, code), parts, tables[code])
  }
  return { tables, conflicts }
}

async function joinParts(
  session: Session,
  klass: CatalogueClass,
  parts: readonly string[],
  target: string,
): Promise<number> {
  const cells = (await columnsOf(session, parts[0])).map(quoteName).join(', ')
  const key = klass.key.map(quoteName).join(', ')
  const all = parts.map((part, index) => `SELECT ${index} AS part, ${cells} FROM ${part}`).join(' UNION ALL ')
  await session.run(`CREATE TABLE ${target}_shared AS
    SELECT ${key}, count(DISTINCT row(${cells})) > 1 AS differ FROM (${all})
    WHERE (${key}) IN (
      SELECT (${key}) FROM (SELECT DISTINCT part, ${key} FROM (${all})) GROUP BY ${key} HAVING count(*) > 1)
    GROUP BY ${key}`)
  await session.run(`CREATE TABLE ${target} AS
    SELECT ${cells} FROM (${all}) WHERE (${key}) NOT IN (SELECT (${key}) FROM ${target}_shared)
    UNION ALL
    SELECT DISTINCT ${cells} FROM (${all}) WHERE (${key}) IN (SELECT (${key}) FROM ${target}_shared WHERE NOT differ)`)
  const conflicts = await numberFrom(
    session,
    `SELECT count(*) FROM (${all}) WHERE (${key}) IN (SELECT (${key}) FROM ${target}_shared WHERE differ)`,
  )
  await session.run(`DROP TABLE ${target}_shared`)
  for (const part of parts) await session.run(`DROP TABLE ${part}`)
  return conflicts
}

/** The fields of a table of accepted records: not all of a class are kept. */
async function columnsOf(session: Session, table: string): Promise<string[]> {
  const names: string[] = []
  const sql = `SELECT column_name FROM (DESCRIBE ${table}) WHERE column_name <> ${quoteText(SOURCE_ROW)}`
  for await (const chunk of session.chunks(sql)) {
    const column = chunk.getColumnVector(0)
    for (let row = 0; row < chunk.rowCount; row++) names.push(column.getItem(row) as string)
  }
  return names
}
