import { readdirSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import {
  type DatabaseSource,
  openWorkSession,
  type StagedTable,
  stageSource,
} from '../../../features/index.ts'
import { expectFault, temporaryFolder } from './fixtures.ts'
import { type TestDatabase, testMysql, testPostgres } from './test-databases.ts'

const base = temporaryFolder()
const session = await openWorkSession({ spillDirectory: base })
afterAll(() => session.close())

const servers: readonly (readonly [string, TestDatabase | null])[] = [
  ['PostgreSQL', await testPostgres('queries')],
  ['MySQL', await testMysql('queries')],
]
afterAll(async () => {
  for (const [, database] of servers) await database?.drop()
})

let tables = 0

function stage(database: TestDatabase, source: Partial<DatabaseSource>): Promise<StagedTable> {
  return stageSource(session, { database: database.kind, url: database.url(), ...source }, `t${++tables}`)
}

/** Expects the refusal, and that it leaves no table in the session and no file in its folder. */
async function expectNothing(work: () => Promise<unknown>, code: string, ...parts: string[]): Promise<void> {
  await expectFault(work(), code, ...parts)
  for await (const chunk of session.chunks(
    `SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 't${tables}%'`,
  )) {
    expect(chunk.getRows()).toEqual([[0n]])
  }
  expect(readdirSync(session.folder()).filter((name) => name.endsWith('.csv'))).toEqual([])
}

for (const [name, database] of servers) {
  describe.skipIf(database === null)(`a query of ${name}`, () => {
    const at = database as TestDatabase
    const postgresql = at?.kind === 'postgresql'
    const hostile: [string, (room: string) => string][] = [
      ['a write', (room: string) => `DELETE FROM ${room}.target`],
      ['a second statement', (room: string) => `SELECT 1 AS a; DELETE FROM ${room}.target`],
      [
        'a second statement after a comment',
        (room: string) => `SELECT 1 AS a /* ; */; DROP TABLE ${room}.target --`,
      ],
      [
        'a statement that leaves its brackets',
        (room: string) => `SELECT 1 AS a) AS x; DROP TABLE ${room}.target; --`,
      ],
      ['a change of the transaction', () => 'COMMIT'],
      ['a table made', (room: string) => `CREATE TABLE ${room}.made (n integer)`],
      ['an open comment', () => 'SELECT 1 AS a /*'],
      ['nothing', () => ' '],
      ...(postgresql
        ? ([
            ['a function that writes', (room: string) => `SELECT ${room}.writes() AS a`],
            [
              'a write inside a SELECT',
              (room: string) => `WITH gone AS (DELETE FROM ${room}.target RETURNING n) SELECT n FROM gone`,
            ],
            [
              'the end of reading only',
              () => "SELECT set_config('transaction_read_only', 'off', false) AS a",
            ],
            ['a program', () => "SELECT 1 AS a) TO PROGRAM 'true' --"],
          ] satisfies [string, (room: string) => string][])
        : ([
            ['a function that writes', (room: string) => `SELECT ${room}.writes() AS a`],
            ['a file written', () => "SELECT 1 AS a INTO OUTFILE '/tmp/yinxin-none'"],
            [
              'a file written out of its brackets',
              () => "SELECT 1 AS a) AS x INTO OUTFILE '/tmp/yinxin-none' -- ",
            ],
            ['a call', (room: string) => `CALL ${room}.none()`],
            ['a setting', () => 'SET GLOBAL read_only = 0'],
          ] satisfies [string, (room: string) => string][])),
    ]
    test.each(hostile)('is refused with %s', async (_, query) => {
      await at.run('CREATE TABLE IF NOT EXISTS target (n integer)')
      await at.run(
        postgresql
          ? `CREATE OR REPLACE FUNCTION ${at.room}.writes() RETURNS integer LANGUAGE sql AS 'DELETE FROM ${at.room}.target; SELECT 1'`
          : `CREATE FUNCTION IF NOT EXISTS writes() RETURNS integer DETERMINISTIC BEGIN DELETE FROM target; RETURN 1; END`,
      )
      await at.run('DELETE FROM target')
      await at.run('INSERT INTO target VALUES (1)')
      await expectNothing(() => stage(at, { query: query(at.room) }), 'YX_FEATURES_DATABASE_QUERY_REFUSED')
      expect(await at.rows('SELECT n FROM target')).toEqual([[1]])
    })
  })
}
