import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, describe, test } from 'vitest'
import { memoryStore, openStore, type PlatformStore } from '../../server/store/index.ts'
import { clock } from './rating-fixtures.ts'
import { describeStore } from './rating-store.ts'
import { dropSchema, postgresUrl, reachablePostgres } from './test-postgres.ts'

describeStore('in memory', async () => memoryStore(clock))

const folder = mkdtempSync(join(tmpdir(), 'yinxin-store-'))
const database = `pglite:${folder}`
afterAll(() => rmSync(folder, { recursive: true, force: true }))
/** One folder for the whole suite, since making one takes seconds: emptied instead. */
describeStore(
  'PGlite',
  async () => {
    const { PGlite } = await import('@electric-sql/pglite')
    const pglite = await PGlite.create(join(folder, 'pgdata'))
    await pglite.exec('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
    await pglite.close()
    return openStore({ database, clock })
  },
  async (store) => {
    await store.close()
    return openStore({ database, clock })
  },
)

const server = await reachablePostgres()
if (server) {
  const schema = `yinxin_contract_${process.pid}`
  const url = postgresUrl(server, schema)
  const fresh = async (): Promise<PlatformStore> => {
    await dropSchema(server, schema)
    const client = new pg.Client({ connectionString: server })
    await client.connect()
    await client.query(`CREATE SCHEMA ${schema}`)
    await client.end()
    return openStore({ database: url, clock })
  }
  afterAll(() => dropSchema(server, schema))
  describeStore('PostgreSQL', fresh, async (store) => {
    await store.close()
    return openStore({ database: url, clock })
  })
} else {
  describe('PostgreSQL', () => {
    test.skip('no answer at YINXIN_TEST_POSTGRES (default postgres://postgres@127.0.0.1:5432/test)', () => {})
  })
}
