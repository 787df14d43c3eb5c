import { featuresErrors } from '../errors.ts'
import { databaseAddress } from './database-address.ts'
import type { Session } from './session.ts'
import type { DatabaseSource } from './source-types.ts'
import { Spool } from './spool.ts'
import type { Loaded } from './stage-csv.ts'

/**
 * Loads a table or the result of a query of a database, every column as the text that the server writes for it; NULL and the
 * empty text stay apart.
 *
 * @param table name of the table to make; the caller drops it when this fails
 * @throws YX_FEATURES_DATABASE_..., _HEADER_REPEATED, _HEADER_ALIKE, _HEADER_RESERVED
 */
export async function loadDatabase(
  session: Session,
  source: DatabaseSource,
  shown: string,
  table: string,
): Promise<Loaded> {
  if ((source.table === undefined) === (source.query === undefined)) {
    throw new featuresErrors.DatabaseSettings(shown, 'table and query', 'exactly one of the two is given')
  }
  const address = await databaseAddress(source, shown)
  const spool = new Spool(session)
  try {
    // The drivers stay out of the memory of nodes that have no database.
    const read =
      source.database === 'postgresql'
        ? (await import('./read-postgresql.ts')).readPostgresql
        : (await import('./read-mysql.ts')).readMysql
    const { names, rows } = await read(address, source, shown, spool)
    await spool.load(names, table)
    return { rows, place: (row) => `${shown} row ${row}` }
  } finally {
    await spool.remove()
  }
}
