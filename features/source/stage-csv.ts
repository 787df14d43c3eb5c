import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { featuresErrors } from '../errors.ts'
import { checkColumnNames, isUnnamed } from './column-names.ts'
import { type CsvShape, scanCsv } from './csv-scan.ts'
import { looksLikeGb18030, rewriteGb18030 } from './gb18030.ts'
import { readCsvSql } from './relation.ts'
import { numberFrom, quoteName, type Session } from './session.ts'
import { type FileSource, SOURCE_ROW } from './source-types.ts'

/** What a kind of source leaves behind for `stageSource`. */
export interface Loaded {
  readonly rows: number
  place(sourceRow: number): string
}

/**
 * Loads a CSV file as text columns. A column without a name is left out where all its cells are empty, as spreadsheets write
 * them at the right edge, and refused where one is not.
 *
 * @param table name of the table to make; the caller drops it when this fails
 * @throws the errors of `scanCsv`; YX_FEATURES_ENCODING_UNDECLARED, _ENCODING_MISDECLARED, YX_FEATURES_HEADER_REPEATED, _HEADER_ALIKE, _HEADER_RESERVED, _HEADER_UNNAMED
 */
export async function loadCsv(
  session: Session,
  source: FileSource,
  shown: string,
  table: string,
): Promise<Loaded> {
  if (source.encoding === 'gb18030') return loadGb18030(session, source, shown, table)
  let shape: CsvShape
  try {
    shape = await scanCsv(source.file, shown, source)
  } catch (cause) {
    const invalid = cause instanceof featuresErrors.EncodingInvalid
    if (!invalid || !(await looksLikeGb18030(source.file, shown))) throw cause
    throw new featuresErrors.EncodingUndeclared(shown)
  }
  return loadScanned(session, source.file, shape, shown, table)
}

let rewritten = 0

async function loadGb18030(
  session: Session,
  source: FileSource,
  shown: string,
  table: string,
): Promise<Loaded> {
  const path = join(session.folder(), `utf8-${++rewritten}.csv`)
  try {
    const shape = await rewriteGb18030(source.file, path, shown, source)
    return await loadScanned(session, path, shape, shown, table)
  } finally {
    await rm(path, { force: true })
  }
}

async function loadScanned(
  session: Session,
  path: string,
  shape: CsvShape,
  shown: string,
  table: string,
): Promise<Loaded> {
  const names = shape.header.map((name, position) =>
    isUnnamed(name) ? `unnamed column ${position + 1}` : name,
  )
  checkColumnNames(names, shown)
  const columns = names.map((name, position) => `c${position} AS ${quoteName(name)}`).join(', ')
  await session.run(
    `CREATE TABLE ${quoteName(table)} AS SELECT row_number() OVER () AS ${SOURCE_ROW}, ${columns} FROM ${readCsvSql(path, shape)}`,
  )
  for (let position = 0; position < names.length; position++) {
    if (!isUnnamed(shape.header[position])) continue
    const name = quoteName(names[position])
    const first = await numberFrom(
      session,
      `SELECT coalesce(min(${SOURCE_ROW}), 0) FROM ${quoteName(table)} WHERE ${name} IS NOT NULL`,
    )
    if (first > 0) {
      throw new featuresErrors.HeaderUnnamed(shown, position + 1, shape.lineOf(first - 1))
    }
    await session.run(`ALTER TABLE ${quoteName(table)} DROP COLUMN ${name}`)
  }
  return { rows: shape.rows, place: (row) => `${shown} line ${shape.lineOf(row - 1)}` }
}
