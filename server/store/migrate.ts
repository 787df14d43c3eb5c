import { type Kysely, sql } from 'kysely'
import { serverErrors } from '../errors.ts'
import type { Clock } from './clock.ts'
import { ratings } from './migrations/0001-ratings.ts'
import { access } from './migrations/0002-access.ts'
import { stale } from './migrations/0003-stale.ts'
import { models } from './migrations/0004-models.ts'
import { challenger } from './migrations/0005-challenger.ts'
import type { Tables } from './tables.ts'

const migrations = [ratings, access, stale, models, challenger]

/**
 * Brings the schema to the newest number, all steps in one transaction; processes that start together take turns.
 * @throws StoreTooNew if a newer version has been here
 */
export async function migrate(db: Kysely<Tables>, clock: Clock): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`SELECT pg_advisory_xact_lock(hashtext('yinxin migrations ' || current_schema()))`.execute(tx)
    await sql`CREATE TABLE IF NOT EXISTS schema_migrations
      (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL)`.execute(tx)
    const { rows } = await sql<{
      newest: number
    }>`SELECT coalesce(max(number), 0) AS newest FROM schema_migrations`.execute(tx)
    const { newest } = rows[0]
    if (newest > migrations.length) throw new serverErrors.StoreTooNew(newest, migrations.length)
    for (const { number, name, statements } of migrations.slice(newest)) {
      for (const statement of statements) await sql.raw(statement).execute(tx)
      await sql`INSERT INTO schema_migrations VALUES (${number}, ${name}, ${clock.now()})`.execute(tx)
    }
  })
}
