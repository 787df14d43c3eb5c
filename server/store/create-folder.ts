/**
 * Makes a PGlite folder, in a process of its own that ends with it: creating one takes twice the memory of running it, and
 * the platform should not carry that for the rest of its life. Small buffers: one machine, one writer.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import { PGlite } from '@electric-sql/pglite'

const SETTINGS = ['shared_buffers=8MB', 'max_connections=4', 'wal_buffers=1MB']

/** Makes `folder` unless it is there; whole or not at all, whenever the process is killed. */
export async function createFolder(folder: string): Promise<void> {
  if (existsSync(folder)) return
  const fresh = `${folder}.new`
  await rm(fresh, { recursive: true, force: true })
  // The baseline compiler alone: the optimising one costs several hundred megabytes and this code runs once.
  await promisify(execFile)(process.execPath, ['--liftoff-only', import.meta.filename, fresh])
  await rename(fresh, folder)
}

if (process.argv[1] === import.meta.filename) {
  const database = await PGlite.create({ dataDir: process.argv[2], postgresqlconf: SETTINGS })
  await database.query('SELECT 1')
  await database.close()
}
