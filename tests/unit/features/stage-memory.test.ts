import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { type TestDatabase, testMysql, testPostgres } from './test-databases.ts'

const servers: readonly (readonly [string, TestDatabase | null])[] = [
  ['PostgreSQL', await testPostgres('memory')],
  ['MySQL', await testMysql('memory')],
]
afterAll(async () => {
  for (const [, database] of servers) await database?.drop()
})

for (const [name, database] of servers) {
  test.skipIf(database === null)(
    `staging from ${name} holds no table in memory`,
    { timeout: 60_000 },
    async () => {
      const at = database as TestDatabase
      const postgresql = at.kind === 'postgresql'
      if (!postgresql) {
        await at.run('CREATE TABLE many (n integer)')
        const values = Array.from({ length: 10_000 }, (_, n) => `(${n})`)
        await at.run(`INSERT INTO many VALUES ${values.join(', ')}`)
      }
      const fill = postgresql
        ? `CREATE TABLE wide AS SELECT i AS n, repeat(md5(i::text), 8) AS fill FROM generate_series(1, 300000) AS i`
        : `CREATE TABLE wide AS SELECT a.n * 10000 + b.n AS n, repeat(md5(a.n * 10000 + b.n), 8) AS fill FROM many a JOIN many b WHERE a.n < 30`
      await at.run(fill)
      const source = { database: at.kind, url: at.url(), table: `${at.room}.wide` }
      const script = `
        import { openWorkSession, stageSource } from '${new URL('../../../features/index.ts', import.meta.url)}'
        const session = await openWorkSession({ memoryMb: 128, threads: 1 })
        const source = ${JSON.stringify(source)}
        await stageSource(session, { ...source, table: undefined, query: 'SELECT * FROM ${at.room}.wide LIMIT 1000' }, 'a')
        const held = () => {
          gc()
          return process.memoryUsage().heapUsed + process.memoryUsage().external
        }
        const before = { all: process.resourceUsage().maxRSS * 1024, held: held() }
        let most = 0
        const watch = setInterval(() => { most = Math.max(most, held()) }, 30)
        const { rows } = await stageSource(session, source, 'b')
        clearInterval(watch)
        const all = process.resourceUsage().maxRSS * 1024 - before.all
        console.log(JSON.stringify({ rows, held: most - before.held, all }))
        session.close()`
      const { stdout } = await promisify(execFile)(process.execPath, [
        '--expose-gc',
        '--input-type=module',
        '-e',
        script,
      ])
      const { rows, held, all } = JSON.parse(stdout)
      expect(rows).toBe(300_000)
      // The table has 77 MB of text: half of it would be far more than what is on its way (20 MB or so, by chance of the moment).
      // The table reader may use 128 MB and keeps freed memory for a while.
      expect(held).toBeLessThan(38e6)
      expect(all).toBeLessThan(400e6)
    },
  )
}
