import { type Kysely, sql, type Transaction } from 'kysely'
import { SNAPSHOT_LOCKS } from './database.ts'
import type { Tables } from './tables.ts'

/** Removes a snapshot with all its rows. */
export async function removeRows(tx: Transaction<Tables>, snapshot: number): Promise<void> {
  await tx.deleteFrom('ratings').where('snapshot_id', '=', snapshot).execute()
  await tx.deleteFrom('whitelist_entries').where('snapshot_id', '=', snapshot).execute()
  await tx.deleteFrom('snapshots').where('id', '=', snapshot).execute()
}

/** Removes the snapshots that were begun by processes that have ended; one whose builder lives is marked and stays. */
export async function sweepAbandoned(db: Kysely<Tables>): Promise<void> {
  const building = await db.selectFrom('snapshots').select('id').where('state', '=', 'building').execute()
  for (const { id } of building) {
    await db.transaction().execute(async (tx) => {
      const lock = sql<{ free: boolean }>`
        SELECT pg_try_advisory_xact_lock(${SNAPSHOT_LOCKS}::integer # hashtext(current_schema()), ${id}::integer) AS free`
      if (!(await lock.execute(tx)).rows[0].free) return
      // Its builder may have published it since the list was read.
      const row = await tx
        .selectFrom('snapshots')
        .select('state')
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst()
      if (row?.state === 'building') await removeRows(tx, id)
    })
  }
}
