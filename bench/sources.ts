/**
 * `npm run bench:sources`: what it costs to stage a table of water bills from CSV, CSV.gz, GB18030, Parquet, PostgreSQL and MySQL.
 * JSON on stdout: rows a second of wall time and of processor time, peak memory of a process that does this alone. Databases
 * are those that answer on this machine, or `--postgresql` and `--mysql`; a schema of its own is made there and dropped.
 * `--rows` changes the size.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { openSession, openWorkSession, type SourceDeclaration, stageSource } from '../features/index.ts'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    postgresql: { type: 'string', default: 'postgresql://root@127.0.0.1:5432/test' },
    mysql: { type: 'string', default: 'mysql://root@127.0.0.1:3306/test' },
    /** The source that a process of its own is to stage. */
    stage: { type: 'string' },
  },
})
const rows = Number(values.rows)
const room = `yinxin_bench_${process.pid}`

/** Ten columns of a bill out of its number `i`; the functions are those of DuckDB, PostgreSQL and MySQL alike. */
function billColumns(): string {
  const concat = (...parts: string[]): string => `concat(${parts.join(', ')})`
  return [
    `${concat("'91130900'", "lpad(cast(i % 50000 AS char(10)), 10, '0')")} AS uscc`,
    `${concat("'沧州测试企业'", 'i % 50000', "'有限公司'")} AS enterprise_name`,
    `'一号表' AS water_account_name`,
    `${concat("'W'", 'i % 70000')} AS water_account_no`,
    `'2025-01' AS bill_month`,
    `cast(i % 1000 / 7.0 AS decimal(14,2)) AS usage_m3`,
    `cast(i % 3000 + 0.5 AS decimal(14,2)) AS amount_due_yuan`,
    `CASE WHEN i % 7 > 0 THEN cast(i % 3000 + 0.5 AS decimal(14,2)) END AS amount_paid_yuan`,
    `cast('2025-02-15' AS date) AS due_date`,
    `CASE WHEN i % 5 > 0 THEN cast('2025-02-10' AS date) END AS paid_date`,
  ].join(', ')
}

async function stageAlone(source: SourceDeclaration): Promise<void> {
  const session = await openWorkSession()
  const began = performance.now()
  const cpu = process.cpuUsage()
  const staged = await stageSource(session, source, 'bills')
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(cpu)
  session.close()
  const figures = {
    seconds: Number(seconds.toFixed(2)),
    rowsPerSecond: Math.round(staged.rows / seconds),
    rowsPerProcessorSecond: Math.round((staged.rows * 1e6) / (user + system)),
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
  }
  process.stdout.write(JSON.stringify(figures))
}

async function measured(source: SourceDeclaration): Promise<object> {
  const script = fileURLToPath(import.meta.url)
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--stage', JSON.stringify(source)])
  const size = 'file' in source ? { megabytes: Math.round(statSync(source.file).size / 1e6) } : {}
  return { ...size, ...JSON.parse(stdout) }
}

async function measureFiles(): Promise<Record<string, object>> {
  const dir = mkdtempSync(join(tmpdir(), 'yinxin-bench-'))
  try {
    const session = await openSession({ memoryMb: 2048 })
    const bills = `SELECT ${billColumns()} FROM range(${rows}) AS t(i)`
    const at = (name: string): string => join(dir, name)
    await session.run(`COPY (${bills}) TO '${at('bills.csv')}' (FORMAT csv, HEADER)`)
    await session.run(`COPY (${bills}) TO '${at('bills.csv.gz')}' (FORMAT csv, HEADER)`)
    await session.run(`COPY (${bills}) TO '${at('bills.parquet')}' (FORMAT parquet)`)
    session.close()
    await promisify(execFile)('sh', [
      '-c',
      'iconv -f UTF-8 -t GB18030 "$0" > "$1"',
      at('bills.csv'),
      at('gbk.csv'),
    ])
    return {
      csv: await measured({ file: at('bills.csv') }),
      csvGz: await measured({ file: at('bills.csv.gz') }),
      csvGb18030: await measured({ file: at('gbk.csv'), encoding: 'gb18030' }),
      parquet: await measured({ file: at('bills.parquet') }),
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

async function measurePostgresql(url: string): Promise<object> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  try {
    await client.connect()
  } catch {
    return { skipped: 'no server answers' }
  }
  try {
    const columns = billColumns()
    await client.query(`CREATE SCHEMA ${room}`)
    await client.query(
      `CREATE TABLE ${room}.bills AS SELECT ${columns} FROM generate_series(1, ${rows}) AS t(i)`,
    )
    return await measured({ database: 'postgresql', url, table: `${room}.bills` })
  } finally {
    await client.query(`DROP SCHEMA IF EXISTS ${room} CASCADE`)
    await client.end()
  }
}

async function measureMysql(url: string): Promise<object> {
  const connection = await mysql.createConnection({ uri: url, connectTimeout: 2_000 }).catch(() => null)
  if (connection === null) return { skipped: 'no server answers' }
  try {
    const columns = billColumns()
    const digits = `(SELECT ${Array.from({ length: 10 }, (_, digit) => digit).join(' AS d UNION ALL SELECT ')})`
    const powers = Array.from({ length: String(rows - 1).length }, (_, power) => power)
    const numbers = `SELECT ${powers.map((power) => `t${power}.d * ${10 ** power}`).join(' + ')} AS i FROM ${powers.map((power) => `${digits} AS t${power}`).join(', ')}`
    await connection.query(`CREATE DATABASE ${room} CHARACTER SET utf8mb4`)
    await connection.query(
      `CREATE TABLE ${room}.bills CHARACTER SET utf8mb4 AS SELECT ${columns} FROM (${numbers}) AS n WHERE i < ${rows}`,
    )
    return await measured({ database: 'mysql', url, table: `${room}.bills` })
  } finally {
    await connection.query(`DROP DATABASE IF EXISTS ${room}`)
    await connection.end()
  }
}

if (values.stage !== undefined) {
  await stageAlone(JSON.parse(values.stage))
} else {
  const files = await measureFiles()
  const postgresql = await measurePostgresql(values.postgresql)
  const mysqlFigures = await measureMysql(values.mysql)
  process.stdout.write(`${JSON.stringify({ rows, ...files, postgresql, mysql: mysqlFigures }, null, 2)}\n`)
}
