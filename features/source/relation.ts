import { access, constants } from 'node:fs/promises'
import type { ColumnDeclaration } from '../columns.ts'
import { featuresErrors } from '../errors.ts'
import { type CsvShape, scanCsv } from './csv-scan.ts'
import { isGzip } from './file-bytes.ts'
import { numberFrom, quoteName, quotePath, quoteText, type Session } from './session.ts'

/** A file to be read: where it lies, how messages call it, which columns are wanted. */
export interface TableRequest {
  readonly path: string
  /** The name that messages use for the file. */
  readonly shown: string
  /** Header name of the id column. */
  readonly id: string
  readonly columns: readonly ColumnDeclaration[]
  /** Which of the columns is the label; its absence has an error of its own. */
  readonly label?: string
}

/** A file that has been found in order as far as its structure goes, as SQL expressions over `from`. */
export interface Relation {
  readonly from: string
  readonly rows: number
  readonly id: string
  /** One expression a wanted column, in the request's order, VARCHAR or (in Parquet) a number. */
  readonly columns: readonly { readonly sql: string; readonly text: boolean }[]
  /** File and place of a row for messages, such as `market.csv.gz line 17`. */
  place(row: number): string
  /** The line alone (a Parquet file has rows only). */
  line(row: number): number
}

const NUMBER_TYPE = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\))$/
const WHOLE_TYPE = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER)$/

/**
 * Checks a file's structure and header and describes it to the table reader.
 *
 * @throws the errors of `scanCsv`; YX_FEATURES_FILE_MISSING, _FILE_FORMAT_UNKNOWN, _HEADER_REPEATED, _COLUMN_MISSING,
 * _LABEL_COLUMN_MISSING, _COLUMN_KIND_WRONG
 */
export async function describeTable(session: Session, request: TableRequest): Promise<Relation> {
  try {
    await access(request.path, constants.R_OK)
  } catch (cause) {
    throw new featuresErrors.FileMissing(request.shown, (cause as NodeJS.ErrnoException).code)
  }
  if (/\.csv(\.gz)?$/.test(request.path)) return describeCsv(request)
  if (request.path.endsWith('.parquet')) return describeParquet(session, request)
  throw new featuresErrors.FileFormatUnknown(request.shown)
}

async function describeCsv(request: TableRequest): Promise<Relation> {
  const shape = await scanCsv(request.path, request.shown)
  const positions = positionsOf(shape.header, request)
  return {
    from: readCsvSql(request.path, shape),
    rows: shape.rows,
    id: `c${positions.id}`,
    columns: positions.columns.map((position) => ({ sql: `c${position}`, text: true })),
    place: (row) => `${request.shown} line ${shape.lineOf(row)}`,
    line: (row) => shape.lineOf(row),
  }
}

/**
 * A scanned file as a table expression with the text columns `c0`, `c1` and so on: columns are named by position, since the
 * reader compares names without regard to case and a header may not.
 */
export function readCsvSql(path: string, shape: CsvShape): string {
  const declared = shape.header.map((_, position) => `c${position}: 'VARCHAR'`).join(', ')
  // Without new_line DuckDB 1.5.5 fails at a carriage return in quotes; with strict_mode beside it, it loses all rows of a
  // CRLF file with a quoted cell. The scan has already been strict.
  const dialect = [
    'auto_detect = false',
    'header = true',
    `skip = ${shape.separatorLine ? 1 : 0}`,
    `delim = ${quoteText(shape.delimiter)}`,
    "quote = '\"'",
    "escape = '\"'",
    `new_line = '${shape.lineEnd === '\r\n' ? '\\r\\n' : '\\n'}'`,
    `columns = {${declared}}`,
    `compression = ${isGzip(path) ? "'gzip'" : "'none'"}`,
    // A folder such as year=2025 is no column.
    'hive_partitioning = false',
  ].join(', ')
  return `read_csv(${quotePath(path)}, ${dialect})`
}

async function describeParquet(session: Session, request: TableRequest): Promise<Relation> {
  const from = `read_parquet(${quotePath(request.path)}, hive_partitioning = false)`
  const header: string[] = []
  const types: string[] = []
  let rows = 0
  try {
    for await (const chunk of session.chunks(
      `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${from})`,
    )) {
      for (let row = 0; row < chunk.rowCount; row++) {
        header.push(chunk.getColumnVector(0).getItem(row) as string)
        types.push(chunk.getColumnVector(1).getItem(row) as string)
      }
    }
    rows = await numberFrom(session, `SELECT count(*) FROM ${from}`)
  } catch (cause) {
    throw sourceFault(request.shown, cause)
  }
  const positions = positionsOf(header, request)
  const kind = (name: string, type: string, allowed: boolean): void => {
    if (!allowed) throw new featuresErrors.ColumnKindWrong(request.shown, name, type)
  }
  kind(
    request.id,
    types[positions.id],
    types[positions.id] === 'VARCHAR' || WHOLE_TYPE.test(types[positions.id]),
  )
  const columns = positions.columns.map((position, index) => {
    const { name, type } = request.columns[index]
    const text = types[position] === 'VARCHAR'
    if (type === 'numeric') kind(name, types[position], text || NUMBER_TYPE.test(types[position]))
    return { sql: quoteName(header[position]), text }
  })
  return {
    from,
    rows,
    id: `${quoteName(header[positions.id])}::VARCHAR`,
    columns,
    place: (row) => `${request.shown} row ${row + 1}`,
    line: (row) => row + 1,
  }
}

function positionsOf(header: readonly string[], request: TableRequest): { id: number; columns: number[] } {
  const positions = new Map<string, number>()
  header.forEach((name, position) => {
    if (positions.has(name)) throw new featuresErrors.HeaderRepeated(request.shown, name)
    positions.set(name, position)
  })
  const find = (name: string): number => {
    const position = positions.get(name)
    if (position !== undefined) return position
    const Missing = name === request.label ? featuresErrors.LabelColumnMissing : featuresErrors.ColumnMissing
    throw new Missing(request.shown, name)
  }
  return { id: find(request.id), columns: request.columns.map(({ name }) => find(name)) }
}

/**
 * The reader's own refusal, cut to its first line and without anything quoted: what follows or stands in quotes there are
 * cells and paths. Errors of this room stay as they are.
 */
export function sourceFault(shown: string, cause: unknown): Error {
  if (String((cause as NodeJS.ErrnoException).code).startsWith('YX_')) return cause as Error
  if (/No space left|ENOSPC/.test((cause as Error).message)) return new featuresErrors.WorkFolderFull(shown)
  const first = (cause as Error).message
    .split('\n', 1)[0]
    .replace(/(["']).*?(\1|$)|\/\S+/g, '…')
    .slice(0, 160)
  return new featuresErrors.SourceFault(shown, first)
}
