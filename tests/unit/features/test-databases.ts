/** The databases that tests of sources may use: a PostgreSQL and a MySQL or MariaDB on this machine, a room of their own in each. */
import mysql from 'mysql2/promise'
import pg from 'pg'
import type { DatabaseSource } from '../../../features/index.ts'
import { reachablePostgres } from '../../contract/test-postgres.ts'

/** A server that answers, and an empty schema (MySQL: database) in it for the calling test file. */
export interface TestDatabase {
  readonly kind: DatabaseSource['database']
  /** Name of the schema, for `schema.table`. */
  readonly room: string
  /** Address of the schema's database, with further parameters. */
  url(parameters?: string, account?: string): string
  run(sql: string): Promise<void>
  rows(sql: string): Promise<unknown[][]>
  /** Ends the connections (or these statements alone) whose statement contains this text; true if there was one. */
  kill(text: string, what?: 'connection' | 'statement'): Promise<boolean>
  drop(): Promise<void>
}

/** Null, and a message, where no server answers. */
export async function testPostgres(name: string): Promise<TestDatabase | null> {
  const address = (await reachablePostgres()) ?? (await answering('postgres://root@127.0.0.1:5432/test'))
  if (address === null) {
    console.warn('no PostgreSQL answers (YINXIN_TEST_POSTGRES): its tests are skipped')
    return null
  }
  const client = new pg.Client({ connectionString: address })
  await client.connect()
  const room = `yinxin_${name}_${process.pid}`
  await client.query(
    `DROP SCHEMA IF EXISTS ${room} CASCADE; CREATE SCHEMA ${room}; SET search_path = ${room}`,
  )
  return {
    kind: 'postgresql',
    room,
    url: (parameters = '', account) => addressWith(address, 'postgresql:', '', parameters, account),
    async run(sql) {
      await client.query(sql)
    },
    async rows(sql) {
      return (await client.query({ text: sql, rowMode: 'array' })).rows
    },
    async kill(text, what = 'connection') {
      const end = what === 'connection' ? 'pg_terminate_backend' : 'pg_cancel_backend'
      const { rowCount } = await client.query(
        `SELECT ${end}(pid) FROM pg_stat_activity WHERE state = $2 AND query LIKE $1 AND pid <> pg_backend_pid()`,
        [`%${text}%`, 'active'],
      )
      return (rowCount ?? 0) > 0
    },
    async drop() {
      await client.query(`DROP SCHEMA ${room} CASCADE`)
      await client.end()
    },
  }
}

async function answering(address: string): Promise<string | null> {
  const client = new pg.Client({ connectionString: address, connectionTimeoutMillis: 2_000 })
  try {
    await client.connect()
    return address
  } catch {
    return null
  } finally {
    await client.end().catch(() => {})
  }
}

/** Null, and a message, where no server answers. */
export async function testMysql(name: string): Promise<TestDatabase | null> {
  const address = process.env.YINXIN_TEST_MYSQL ?? 'mysql://root@127.0.0.1:3306/test'
  const connection = await mysql
    .createConnection({ uri: address, connectTimeout: 2_000, rowsAsArray: true })
    .catch(() => null)
  if (connection === null) {
    console.warn('no MySQL or MariaDB answers (YINXIN_TEST_MYSQL): its tests are skipped')
    return null
  }
  const room = `yinxin_${name}_${process.pid}`
  await connection.query(`DROP DATABASE IF EXISTS ${room}`)
  await connection.query(`CREATE DATABASE ${room} CHARACTER SET utf8mb4`)
  await connection.query(`USE ${room}`)
  return {
    kind: 'mysql',
    room,
    url: (parameters = '', account) => addressWith(address, 'mysql:', room, parameters, account),
    async run(sql) {
      await connection.query(sql)
    },
    async rows(sql) {
      return (await connection.query(sql))[0] as unknown[][]
    },
    async kill(text, what = 'connection') {
      const [found] = await connection.query(
        'SELECT id FROM information_schema.processlist WHERE info LIKE ? AND id <> connection_id()',
        [`%${text}%`],
      )
      for (const [id] of found as unknown as number[][]) {
        await connection.query(`KILL ${what === 'connection' ? 'CONNECTION' : 'QUERY'} ${id}`)
      }
      return (found as unknown[]).length > 0
    },
    async drop() {
      await connection.query(`DROP DATABASE ${room}`)
      await connection.end()
    },
  }
}

function addressWith(
  address: string,
  scheme: string,
  database: string,
  parameters: string,
  account: string | undefined,
): string {
  const { host, pathname, username, password } = new URL(address)
  const named = password === '' ? username : `${username}:${password}`
  return `${scheme}//${account ?? named}@${host}/${database === '' ? pathname.slice(1) : database}${parameters}`
}
