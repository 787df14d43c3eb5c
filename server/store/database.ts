/** Opens the database behind the one option `database`: embedded PGlite in a folder, or PostgreSQL. */
import { join, resolve } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { Kysely, PGliteDialect, PostgresDialect } from 'kysely'
import pg from 'pg'
import { serverErrors } from '../errors.ts'
import { createFolder } from './create-folder.ts'
import { lockFolder } from './folder-lock.ts'
import type { Tables } from './tables.ts'

/** Namespace of the advisory locks that mark snapshots under construction; any fixed number serves. */
export const SNAPSHOT_LOCKS = 0x79780001

export interface Database {
  /** For messages: the folder, or host and database without the password. */
  readonly name: string
  readonly db: Kysely<Tables>
  /**
   * Marks a snapshot as being built by this process, for as long as the process lives.
   * @returns a function that ends the mark
   */
  guard(snapshot: number): Promise<() => Promise<void>>
  close(): Promise<void>
}

async function openFolder(folder: string): Promise<Database> {
  const unlock = lockFolder(folder)
  try {
    const data = join(folder, 'pgdata')
    await createFolder(data)
    const pglite = await PGlite.create(data)
    const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) })
    return {
      name: folder,
      db,
      // The folder lock says already that no other process builds here.
      guard: async () => async () => {},
      close: async () => {
        // Kysely closes PGlite only if a query ever ran.
        await db.destroy()
        if (!pglite.closed) await pglite.close()
        unlock()
      },
    }
  } catch (fault) {
    unlock()
    throw fault
  }
}

function openServer(url: string): Database {
  const { host, pathname } = new URL(url)
  const pool = new pg.Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 5_000 })
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {})
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  const guard = async (snapshot: number) => {
    const client = await pool.connect()
    // An advisory lock of the session ends with the connection, however the process dies.
    await client.query('SELECT pg_advisory_lock($1::integer # hashtext(current_schema()), $2::integer)', [
      SNAPSHOT_LOCKS,
      snapshot,
    ])
    return async () => client.release(true)
  }
  return { name: `${host}${pathname}`, db, guard, close: () => db.destroy() }
}

/**
 * @param option `pglite:<folder>` or `postgres://...`; tables go to the first schema of the search path
 * @throws StoreOptionInvalid, StoreLocked, StoreCannotOpen
 */
export async function openDatabase(option: string): Promise<Database> {
  const folder = /^pglite:(.+)$/s.exec(option)?.[1]
  if (folder === undefined && !(/^postgres(ql)?:\/\//.test(option) && URL.canParse(option))) {
    throw new serverErrors.StoreOptionInvalid()
  }
  try {
    return folder === undefined ? openServer(option) : await openFolder(resolve(folder))
  } catch (fault) {
    if (fault instanceof serverErrors.StoreLocked) throw fault
    throw new serverErrors.StoreCannotOpen(folder ?? new URL(option).host, causeOf(fault))
  }
}

/** The system's or the database's code of a fault, never its text, which may quote the connection string. */
export function causeOf(fault: unknown): string {
  const code = (fault as { code?: unknown }).code
  return typeof code === 'string' ? code : 'no further cause known'
}
