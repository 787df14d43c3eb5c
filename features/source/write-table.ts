import { numericSql } from './read-table.ts'
import { describeTable, sourceFault, type TableRequest } from './relation.ts'
import { quoteName, quoteText, type Session } from './session.ts'

/**
 * Copies the wanted columns of a checked file into a Parquet file (zstd): the id as text in a column `id`, numeric columns
 * as DOUBLE, categorical ones as text, rows in file order. Other columns of the source do not pass.
 *
 * @param options.renamed new names of columns, by their header names
 * @param options.onlyWhereHeld a wanted column; rows in which it is empty are left out
 * @throws the errors of `describeTable`; YX_FEATURES_SOURCE_FAULT
 */
export async function writeTable(
  session: Session,
  request: TableRequest,
  target: string,
  options: { readonly renamed?: Readonly<Record<string, string>>; readonly onlyWhereHeld?: string } = {},
): Promise<void> {
  const relation = await describeTable(session, request)
  const selected = request.columns.map(({ name, type }, index) => {
    const cell = relation.columns[index]
    const value = type === 'numeric' ? `nullif(${numericSql(cell)}, 'inf'::DOUBLE)` : `${cell.sql}::VARCHAR`
    return `${value} AS ${quoteName(options.renamed?.[name] ?? name)}`
  })
  const held = request.columns.findIndex(({ name }) => name === options.onlyWhereHeld)
  const where = held < 0 ? '' : ` WHERE ${relation.columns[held].sql} IS NOT NULL`
  const query = `SELECT ${[`${relation.id} AS id`, ...selected].join(', ')} FROM ${relation.from}${where}`
  try {
    await session.run(`COPY (${query}) TO ${quoteText(target)} (FORMAT parquet, COMPRESSION zstd)`)
  } catch (cause) {
    throw sourceFault(request.shown, cause)
  }
}
