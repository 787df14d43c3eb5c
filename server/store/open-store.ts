import { sql } from 'kysely'
import { serverErrors } from '../errors.ts'
import type { Clock } from './clock.ts'
import { causeOf, openDatabase } from './database.ts'
import { migrate } from './migrate.ts'
import { SqlModelStore } from './models/sql-model-store.ts'
import type { PlatformStore } from './platform-store.ts'
import { SqlAccessStore } from './sql-access-store.ts'
import { SqlRatingStore } from './sql-rating-store.ts'
import { sweepAbandoned } from './sweep.ts'

/**
 * Opens the platform's store: takes the lock, brings the schema up to date, removes abandoned snapshots.
 * @param options.database `pglite:<folder>` (one process at a time) or `postgres://user@host:port/database`
 * @throws StoreOptionInvalid, StoreLocked, StoreCannotOpen, StoreTooNew
 */
export async function openStore({
  database: option,
  clock,
}: {
  database: string
  clock: Clock
}): Promise<PlatformStore> {
  const database = await openDatabase(option)
  const { db, name } = database
  try {
    await migrate(db, clock)
    await sweepAbandoned(db)
  } catch (fault) {
    await database.close()
    throw fault instanceof serverErrors.StoreTooNew
      ? fault
      : new serverErrors.StoreCannotOpen(name, causeOf(fault))
  }
  const ratings = new SqlRatingStore(database, clock)
  return {
    ratings,
    models: new SqlModelStore(db, clock, () => ratings.forgetLast()),
    access: new SqlAccessStore(db, clock),
    ping: async () => {
      try {
        await sql`SELECT 1`.execute(db)
      } catch (fault) {
        throw new serverErrors.StoreCannotOpen(name, causeOf(fault))
      }
    },
    close: async () => {
      await ratings.close()
      await database.close()
    },
  }
}
