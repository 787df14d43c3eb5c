import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
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
  ['PostgreSQL', await testPostgres('stage')],
  ['MySQL', await testMysql('stage')],
]
afterAll(async () => {
  for (const [, database] of servers) await database?.drop()
})

let tables = 0

function stage(database: TestDatabase, source: Partial<DatabaseSource>): Promise<StagedTable> {
  return stageSource(session, { database: database.kind, url: database.url(), ...source }, `t${++tables}`)
}

async function cellsOf({ relation }: StagedTable): Promise<unknown[][]> {
  const rows: unknown[][] = []
  for await (const chunk of session.chunks(`SELECT * FROM ${relation} ORDER BY source_row`)) {
    rows.push(...chunk.getRows().map((row) => row.slice(1)))
  }
  return rows
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
  describe.skipIf(database === null)(`stageSource of ${name}`, () => {
    const at = database as TestDatabase
    const postgresql = at?.kind === 'postgresql'
    const quote = (identifier: string): string =>
      postgresql ? `"${identifier.replaceAll('"', '""')}"` : `\`${identifier.replaceAll('`', '``')}\``
    const literal = (text: string | null): string =>
      text === null
        ? 'NULL'
        : `'${text.replaceAll(postgresql ? '' : '\\', postgresql ? '' : '\\\\').replaceAll("'", "''")}'`
    /** Statements that take a while row by row. */
    const slow = postgresql
      ? `SELECT n AS slow_read FROM ${at?.room}.many, LATERAL (SELECT pg_sleep(0.002 + 0 * n)) AS s`
      : 'SELECT n AS slow_read, SLEEP(0.002) AS s FROM many'
    const text = postgresql ? 'text' : 'longtext'

    test('keeps dates, decimals, NULL and the empty text apart and exact', async () => {
      await at.run(
        `CREATE TABLE kinds (d date, m decimal(30,10), i bigint, f double precision, t timestamp, e varchar(10), n varchar(10))`,
      )
      await at.run(
        `INSERT INTO kinds VALUES ('2024-02-29', 12345678901234567890.0123456789, -9223372036854775808, 0.1, '2024-02-29 23:59:59', '', NULL)`,
      )
      const staged = await stage(at, { table: `${at.room}.kinds` })
      expect(staged.columns.every(({ type }) => type === 'VARCHAR')).toBe(true)
      expect(staged.columns.map((column) => column.name)).toEqual(['d', 'm', 'i', 'f', 't', 'e', 'n'])
      expect(await cellsOf(staged)).toEqual([
        [
          '2024-02-29',
          '12345678901234567890.0123456789',
          '-9223372036854775808',
          '0.1',
          '2024-02-29 23:59:59',
          '',
          null,
        ],
      ])
      expect(staged.place(1)).toBe(`${at.room}.kinds row 1`)
    })

    test('writes further kinds of columns as text, each in one way', async () => {
      const [columns, values, texts] = postgresql
        ? [
            'a boolean, b bytea, c jsonb, d text[], e numeric, f char(4), g timestamptz, h interval, i real, j uuid',
            `true, '\\x00ff', '{"k": 1}', '{x,NULL}', 'NaN', 'ab', '2025-01-01 00:00:00+08', '1 day', 0.1, '00000000-0000-0000-0000-000000000001'`,
            [
              'true',
              '\\x00ff',
              '{"k": 1}',
              '{x,NULL}',
              'NaN',
              'ab  ',
              '+',
              '1 day',
              '0.1',
              '00000000-0000-0000-0000-000000000001',
            ],
          ]
        : [
            "a bit(12), b varbinary(4), c json, d enum('是', '否'), e bigint unsigned, f char(4), g time, h year, i float, j blob",
            `b'100000000001', x'00ff', '{"k": 1}', '否', 18446744073709551615, 'ab', '-100:00:00', 2025, 0.1, ''`,
            [
              '2049',
              '\\x00ff',
              '{"k": 1}',
              '否',
              '18446744073709551615',
              'ab',
              '-100:00:00',
              '2025',
              '0.1',
              '\\x',
            ],
          ]
      await at.run(`CREATE TABLE further (${columns})`)
      await at.run(`INSERT INTO further VALUES (${values})`)
      const [row] = await cellsOf(await stage(at, { table: `${at.room}.further` }))
      expect(row.map((cell) => (String(cell).match(/^202.*[+-]\d\d$/) ? '+' : cell))).toEqual(texts)
    })

    test.skipIf(postgresql)('keeps what a lenient server holds: the day zero, a NUL in a text', async () => {
      await at.run('CREATE TABLE lenient (a date, b varchar(5))')
      await at.run("SET sql_mode = ''")
      await at.run("INSERT INTO lenient VALUES ('0000-00-00', 'x\\0y')")
      expect(await cellsOf(await stage(at, { table: `${at.room}.lenient` }))).toEqual([
        ['0000-00-00', 'x\0y'],
      ])
    })

    test('gives every text back as it is', async () => {
      await at.run(`CREATE TABLE texts (n integer, a ${text}, b ${text})`)
      const unit = fc.constantFrom('a', ',', '"', "'", '\\', '\n', '\r', '\t', '沧', '𠮷', '\\N', ' ', ';')
      const cell = fc.option(fc.string({ unit, maxLength: 8 }))
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 12 }), async (rows) => {
          await at.run('DELETE FROM texts')
          const values = rows.map(([a, b], n) => `(${n}, ${literal(a)}, ${literal(b)})`)
          await at.run(`INSERT INTO texts VALUES ${values.join(', ')}`)
          const staged = await stage(at, { query: `SELECT a, b FROM ${at.room}.texts ORDER BY n` })
          expect(await cellsOf(staged)).toEqual(rows)
        }),
        { numRuns: 15 },
      )
    })

    test('takes names of tables and columns for names and nothing else', async () => {
      const odd = `水费; DROP TABLE kept --"'\``
      await at.run('CREATE TABLE kept (n integer)')
      await at.run(`CREATE TABLE ${quote(odd)} (${quote('金额 "元"')} integer, ${quote("a'; --")} integer)`)
      await at.run(`INSERT INTO ${quote(odd)} VALUES (1, 2)`)
      const staged = await stage(at, { table: `${at.room}.${odd}` })
      expect(staged.columns.map((column) => column.name)).toEqual(['金额 "元"', "a'; --"])
      expect(await cellsOf(staged)).toEqual([['1', '2']])
      await expectNothing(
        () => stage(at, { table: `${at.room}.kept; DROP TABLE kept` }),
        'YX_FEATURES_DATABASE_TABLE_MISSING',
      )
      expect(await at.rows('SELECT count(*) FROM kept')).toHaveLength(1)
    })

    test('refuses columns that the session could not keep apart', async () => {
      const query = 'SELECT 1 AS "a", 2 AS "a"'.replaceAll('"', postgresql ? '"' : '`')
      await expectNothing(() => stage(at, { query }), 'YX_FEATURES_HEADER_REPEATED', '"a"')
      const alike = 'SELECT 1 AS "uscc", 2 AS "USCC"'.replaceAll('"', postgresql ? '"' : '`')
      await expectNothing(() => stage(at, { query: alike }), 'YX_FEATURES_HEADER_ALIKE', '"uscc" and "USCC"')
    })

    test('names what is missing: table, column, database, rights', async () => {
      await expectNothing(() => stage(at, { table: `${at.room}.none` }), 'YX_FEATURES_DATABASE_TABLE_MISSING')
      await expectNothing(
        () => stage(at, { query: 'SELECT none' }),
        'YX_FEATURES_DATABASE_QUERY_REFUSED',
        'none',
      )
      const url = at.url().replace(/\/[^/]*$/, '/yinxin_none')
      await expectNothing(() => stage(at, { url, table: 'x' }), 'YX_FEATURES_DATABASE_MISSING')
    })

    test('an account with the right SELECT is enough, one without is told so', async () => {
      const reader = `reader_${process.pid}`
      await at.run('CREATE TABLE records (n integer)')
      await at.run('CREATE TABLE others (n integer)')
      await at.run('INSERT INTO records VALUES (7)')
      await at.run(
        postgresql
          ? `CREATE ROLE ${reader} LOGIN PASSWORD 'right'; GRANT USAGE ON SCHEMA ${at.room} TO ${reader}; GRANT SELECT ON ${at.room}.records TO ${reader}`
          : `CREATE USER '${reader}'@'%' IDENTIFIED BY 'right'`,
      )
      if (!postgresql) await at.run(`GRANT SELECT ON ${at.room}.records TO '${reader}'@'%'`)
      try {
        const passwordFile = join(base, 'password')
        writeFileSync(passwordFile, 'right\n')
        const source = { url: at.url('', reader), passwordFile }
        expect(await cellsOf(await stage(at, { ...source, table: `${at.room}.records` }))).toEqual([['7']])
        await expectNothing(
          () => stage(at, { ...source, table: `${at.room}.others` }),
          'YX_FEATURES_DATABASE_RIGHT_MISSING',
        )
      } finally {
        await at.run(
          postgresql ? `DROP OWNED BY ${reader}; DROP ROLE ${reader}` : `DROP USER '${reader}'@'%'`,
        )
      }
    })

    test('an unknown account is refused without its password', async () => {
      const url = at.url('', 'nobody_here:tell-no-one')
      const fault = await stage(at, { url, table: 'x' }).catch((cause) => cause)
      expect(fault.code).toBe('YX_FEATURES_DATABASE_LOGIN_REFUSED')
      expect(`${fault.message} ${fault.stack}`).not.toContain('tell-no-one')
    })

    test('a connection that is ended in the middle leaves nothing', async () => {
      await at.run('CREATE TABLE many (n integer)')
      const values = Array.from({ length: 10_000 }, (_, n) => `(${n})`)
      await at.run(`INSERT INTO many VALUES ${values.join(', ')}`)
      const killed = killWhenRunning('connection')
      await expectNothing(
        () => stage(at, { query: slow }),
        'YX_FEATURES_DATABASE_BROKEN',
        'nothing of it was taken in',
      )
      await killed
    })

    test('a query that the server stops leaves nothing', async () => {
      const killed = killWhenRunning('statement')
      await expectNothing(
        () => stage(at, { query: slow }),
        'YX_FEATURES_DATABASE_STOPPED',
        'the server stopped',
      )
      await killed
    })

    async function killWhenRunning(what: 'connection' | 'statement'): Promise<void> {
      do await new Promise((resolve) => setTimeout(resolve, 150))
      while (!(await at.kill('slow_read', what)))
    }

    test('a server that hides behind silence is given up', async () => {
      const waits = postgresql ? 'SELECT pg_sleep(30)' : 'SELECT SLEEP(30)'
      await expectNothing(
        () => stage(at, { url: at.url('?read_timeout=1'), query: `${waits} AS waits` }),
        'YX_FEATURES_DATABASE_STOPPED',
        'nothing for 1 s',
      )
      await at.kill('AS waits')
    })

    test('every row is of one moment, whatever is written meanwhile', async () => {
      await at.run(`CREATE TABLE moving (n integer, version integer, fill varchar(200))`)
      const values = Array.from({ length: 20_000 }, (_, n) => `(${n}, 1, '${'x'.repeat(200)}')`)
      await at.run(`INSERT INTO moving VALUES ${values.join(', ')}`)
      let reading = true
      const writing = (async () => {
        for (let n = 20_000; reading; n++) {
          await at.run('BEGIN')
          await at.run('UPDATE moving SET version = version + 1')
          await at.run(`INSERT INTO moving SELECT ${n}, max(version), 'new' FROM moving`)
          await at.run('COMMIT')
        }
      })()
      for (let round = 0; round < 3; round++) {
        const { relation, rows } = await stage(at, { table: `${at.room}.moving` })
        const sql = `SELECT count(DISTINCT version), min(version::INTEGER) FROM ${relation}`
        for await (const chunk of session.chunks(sql)) {
          const [[versions, version]] = chunk.getRows()
          expect([versions, rows]).toEqual([1n, 20_000 + (version as number) - 1])
        }
      }
      reading = false
      await writing
      expect(Number((await at.rows('SELECT max(version) FROM moving'))[0][0])).toBeGreaterThan(1)
    })
  })
}
