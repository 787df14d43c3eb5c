import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { openStore, type PlatformStore } from '../../../server/store/index.ts'
import { chunkOf, clock, HEAD } from '../../contract/rating-fixtures.ts'
import { dropSchema, postgresUrl, reachablePostgres } from '../../contract/test-postgres.ts'

const folder = mkdtempSync(join(tmpdir(), 'yinxin-crash-'))
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A process that has the store open and a second snapshot written up to a stage. */
async function childAt(database: string, stage: 'written' | 'published'): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'crash-child.ts'), database, stage], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [line] = await Promise.race([
    once(child.stdout!, 'data'),
    once(child, 'exit').then(([code]) => [`ended with ${code}`]),
  ])
  expect(String(line)).toBe('ready\n')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

async function publishFirst(store: PlatformStore): Promise<void> {
  const id = await store.ratings.beginSnapshot({ ...HEAD, modelVersion: 'first' })
  await store.ratings.addRatings(id, chunkOf(0, 5))
  await store.ratings.publish(id)
}

async function rowsOf(store: PlatformStore, snapshot: number): Promise<number> {
  let rows = 0
  for await (const chunk of store.ratings.ratings(snapshot)) rows += chunk.ids.length
  return rows
}

describe('kill -9 on PGlite', () => {
  const database = `pglite:${folder}/city`

  test('while it lives, nobody else opens the folder; killed before publish, the old snapshot is served', async () => {
    const first = await openStore({ database, clock })
    await publishFirst(first)
    await first.close()
    const child = await childAt(database, 'written')
    await expect(openStore({ database, clock })).rejects.toMatchObject({
      code: 'YX_SERVER_STORE_LOCKED',
      message: expect.stringContaining(`process ${child.pid}.`),
    })
    await kill(child)
    const store = await openStore({ database, clock })
    expect(await store.ratings.current()).toMatchObject({ modelVersion: 'first', subjects: 5 })
    expect((await store.ratings.score('firm-100'))?.rating).toBeNull()
    await store.close()
  })

  test('killed after publish, the new snapshot is served whole', async () => {
    await kill(await childAt(database, 'published'))
    const store = await openStore({ database, clock })
    const current = await store.ratings.current()
    expect(current).toMatchObject({ modelVersion: 'second', subjects: 3_000 })
    expect(await rowsOf(store, current!.id)).toBe(3_000)
    await store.close()
  })
})

const server = await reachablePostgres()
describe.skipIf(!server)('kill -9 on PostgreSQL (YINXIN_TEST_POSTGRES)', () => {
  const schema = `yinxin_crash_${process.pid}`

  test('a snapshot under construction survives other openings while its builder lives, and is swept afterwards', async () => {
    const client = new pg.Client({ connectionString: server! })
    await client.connect()
    await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA ${schema}`)
    const states = async () =>
      (
        await client.query(`SELECT state, (SELECT count(*)::integer FROM ${schema}.ratings r WHERE r.snapshot_id = s.id) AS rows
        FROM ${schema}.snapshots s ORDER BY id`)
      ).rows
    const database = postgresUrl(server!, schema)
    try {
      const store = await openStore({ database, clock })
      await publishFirst(store)
      const child = await childAt(database, 'written')
      await (await openStore({ database, clock })).close()
      expect(await states()).toEqual([
        { state: 'published', rows: 5 },
        { state: 'building', rows: 3_000 },
      ])
      await kill(child)
      await expect
        .poll(async () => {
          await (await openStore({ database, clock })).close()
          return states()
        })
        .toEqual([{ state: 'published', rows: 5 }])
      expect(await store.ratings.current()).toMatchObject({ modelVersion: 'first' })
      await store.close()
    } finally {
      await client.end()
      await dropSchema(server!, schema)
    }
  })
})
