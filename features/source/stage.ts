import { basename } from 'node:path'
import { featuresErrors } from '../errors.ts'
import { whileUnchanged } from './file-bytes.ts'
import { sourceFault } from './relation.ts'
import { numberFrom, quoteName, type Session } from './session.ts'
import { SOURCE_ROW, type SourceDeclaration, type StagedTable } from './source-types.ts'
import { type Loaded, loadCsv } from './stage-csv.ts'
import { loadDatabase } from './stage-database.ts'
import { loadParquet } from './stage-parquet.ts'

/**
 * Copies a source into the session as the table `target`: its columns under their own names, CSV as VARCHAR (an empty cell is
 * NULL), Parquet in its own types, and `source_row` BIGINT, which numbers the records from 1. Cells are not looked at.
 * Whatever fails, no table `target` is left.
 *
 * @throws the errors of features/errors/source.ts and of the structure check of CSV files
 */
export async function stageSource(
  session: Session,
  source: SourceDeclaration,
  target: string,
): Promise<StagedTable> {
  const shown = source.shown ?? nameOf(source)
  // Under another name until all of it is there and counted: nobody reads half a table.
  const table = `${target} (being read)`
  try {
    const loaded = await load(session, source, shown, table)
    const rows = await numberFrom(session, `SELECT count(*) FROM ${quoteName(table)}`)
    if (rows !== loaded.rows) {
      throw new featuresErrors.SourceFault(shown, `${loaded.rows} rows counted, ${rows} read`)
    }
    await session.run(`ALTER TABLE ${quoteName(table)} RENAME TO ${quoteName(target)}`)
    return { relation: target, rows, columns: await columnsOf(session, target), place: loaded.place }
  } catch (cause) {
    await session.run(`DROP TABLE IF EXISTS ${quoteName(table)}`)
    throw sourceFault(shown, cause)
  }
}

function nameOf(source: SourceDeclaration): string {
  return 'file' in source ? basename(source.file) : (source.table ?? `query of ${source.database}`)
}

async function load(
  session: Session,
  source: SourceDeclaration,
  shown: string,
  table: string,
): Promise<Loaded> {
  if ('database' in source) return loadDatabase(session, source, shown, table)
  const loader = fileLoader(source.file)
  if (loader === null) throw new featuresErrors.FileFormatUnknown(shown)
  return whileUnchanged(source.file, shown, () => loader(session, source, shown, table))
}

function fileLoader(path: string): typeof loadCsv | null {
  if (/\.csv(\.gz)?$/i.test(path)) return loadCsv
  return /\.parquet$/i.test(path) ? loadParquet : null
}

async function columnsOf(session: Session, table: string): Promise<StagedTable['columns']> {
  const columns: { name: string; type: string }[] = []
  const sql = `SELECT column_name, column_type FROM (DESCRIBE ${quoteName(table)})`
  for await (const chunk of session.chunks(sql)) {
    for (const [name, type] of chunk.getRows() as [string, string][]) {
      if (name !== SOURCE_ROW) columns.push({ name, type })
    }
  }
  return columns
}
