import { checkColumnNames } from './column-names.ts'
import { sourceFault } from './relation.ts'
import { numberFrom, quoteName, quotePath, type Session } from './session.ts'
import { type FileSource, SOURCE_ROW } from './source-types.ts'
import type { Loaded } from './stage-csv.ts'

/**
 * Loads a Parquet file, every column in its own type.
 *
 * @param table name of the table to make; the caller drops it when this fails
 * @throws YX_FEATURES_HEADER_REPEATED, _HEADER_ALIKE, _HEADER_RESERVED, _SOURCE_FAULT
 */
export async function loadParquet(
  session: Session,
  source: FileSource,
  shown: string,
  table: string,
): Promise<Loaded> {
  try {
    checkColumnNames(await topLevelNames(session, source.file), shown)
    const from = `read_parquet(${quotePath(source.file)}, hive_partitioning = false)`
    await session.run(
      `CREATE TABLE ${quoteName(table)} AS SELECT row_number() OVER () AS ${SOURCE_ROW}, * FROM ${from}`,
    )
    const rows = await numberFrom(session, `SELECT count(*) FROM ${from}`)
    return { rows, place: (row) => `${shown} row ${row}` }
  } catch (cause) {
    throw sourceFault(shown, cause)
  }
}

/** Names of the columns as they stand in the file; the table reader itself renames those that differ by case alone. */
async function topLevelNames(session: Session, path: string): Promise<string[]> {
  const names: string[] = []
  /** Fields of nested columns that are still to come. */
  let nested = 0
  let root = true
  const sql = `SELECT name, coalesce(num_children, 0)::INTEGER FROM parquet_schema(${quotePath(path)})`
  for await (const chunk of session.chunks(sql)) {
    for (let row = 0; row < chunk.rowCount; row++) {
      const children = chunk.getColumnVector(1).getItem(row) as number
      if (!root && nested === 0) names.push(chunk.getColumnVector(0).getItem(row) as string)
      if (!root) nested += children - (nested > 0 ? 1 : 0)
      root = false
    }
  }
  return names
}
