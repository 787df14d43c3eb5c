import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import mysql from 'mysql2'
import { featuresErrors } from '../errors.ts'
import { checkColumnNames } from './column-names.ts'
import type { DatabaseAddress } from './database-address.ts'
import { type DatabasePhase, databaseFault } from './database-fault.ts'
import { type CellForm, RowWriter } from './row-writer.ts'
import { Silence } from './silence.ts'
import type { DatabaseSource } from './source-types.ts'
import type { Spool, Spooled } from './spool.ts'

/** The character set "binary": bytes that are no text. */
const BINARY = 63
/** Numbers and days: digits, signs, points and colons. */
const PLAIN_TYPES: readonly (number | undefined)[] = [
  mysql.Types.TINY,
  mysql.Types.SHORT,
  mysql.Types.INT24,
  mysql.Types.LONG,
  mysql.Types.LONGLONG,
  mysql.Types.DECIMAL,
  mysql.Types.NEWDECIMAL,
  mysql.Types.DATE,
  mysql.Types.DATETIME,
  mysql.Types.TIMESTAMP,
  mysql.Types.YEAR,
]
const BYTE_TYPES: readonly (number | undefined)[] = [
  mysql.Types.TINY_BLOB,
  mysql.Types.MEDIUM_BLOB,
  mysql.Types.LONG_BLOB,
  mysql.Types.BLOB,
  mysql.Types.VAR_STRING,
  mysql.Types.STRING,
]

/**
 * Writes the rows of a table or query of MySQL or MariaDB into a spool, dates as `2025-06-30`, decimals with all their digits,
 * binary columns as `\x` and hexadecimal digits. All of it is one snapshot of tables that know transactions, in a transaction
 * that can write nothing.
 *
 * @throws YX_FEATURES_DATABASE_..., _HEADER_REPEATED, _HEADER_ALIKE, _HEADER_RESERVED
 */
export async function readMysql(
  address: DatabaseAddress,
  source: DatabaseSource,
  shown: string,
  spool: Spool,
): Promise<Spooled> {
  const connection = mysql.createConnection(connectionConfig(address))
  // Without a listener a connection that breaks between two queries would end the process.
  connection.on('error', () => {})
  const silence = new Silence(address.readSeconds)
  let phase: DatabasePhase = 'connect'
  try {
    await connected(connection)
    silence.watch(connection)
    phase = 'ask'
    const select = selectOf(source)
    const names = await openSnapshot(connection, select, source, shown)
    phase = 'read'
    const rows = await spoolRows(connection, select, spool.writer())
    await ask(connection, 'COMMIT')
    await new Promise((resolve) => connection.end(resolve))
    return { names, rows }
  } catch (cause) {
    throw databaseFault(cause, silence.over ? 'silence' : phase, address, shown)
  } finally {
    connection.destroy()
  }
}

function connectionConfig(address: DatabaseAddress): mysql.ConnectionOptions {
  const { protection } = address
  return {
    ...(address.socket === null
      ? { host: address.host, port: address.port }
      : { socketPath: address.socket }),
    database: address.database,
    user: address.user,
    password: address.password,
    charset: 'utf8mb4',
    connectTimeout: address.connectSeconds * 1000,
    enableKeepAlive: true,
    keepAliveInitialDelay: 30_000,
    multipleStatements: false,
    // Code made of the server's column names is not run.
    disableEval: true,
    ...(protection.mode === 'disable'
      ? {}
      : {
          ssl: {
            rejectUnauthorized: true,
            verifyIdentity: protection.mode === 'verify-full',
            ...(protection.ca === undefined ? {} : { ca: protection.ca }),
          },
        }),
  }
}

function connected(connection: mysql.Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.connect((fault) => (fault ? reject(fault) : resolve()))
  })
}

function ask(connection: mysql.Connection, sql: string): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.query(sql, (fault) => (fault ? reject(fault) : resolve()))
  })
}

/** Names of the columns that one SELECT gives, asked without running it. */
function prepared(connection: mysql.Connection, sql: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    connection.prepare(sql, (fault, statement) => {
      if (fault) {
        reject(fault)
        return
      }
      const { columns } = statement as unknown as { columns: readonly mysql.FieldPacket[] }
      statement.close()
      resolve(columns.map(({ name }) => name))
    })
  })
}

function selectOf(source: DatabaseSource): string {
  if (source.query !== undefined) return source.query.replace(/[;\s]+$/, '')
  const parts = (source.table as string).split('.').map((part) => `\`${part.replaceAll('`', '``')}\``)
  return `SELECT * FROM ${parts.join('.')}`
}

/**
 * Begins the transaction and asks what the select gives. Prepared alone, it is one complete statement; prepared as a part of
 * another one, it is a SELECT that writes no file and calls nothing.
 */
async function openSnapshot(
  connection: mysql.Connection,
  select: string,
  source: DatabaseSource,
  shown: string,
): Promise<string[]> {
  await ask(connection, 'SET SESSION lock_wait_timeout = 60')
  await ask(connection, 'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ')
  await ask(connection, 'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY')
  const names = await prepared(connection, select)
  if (names.length === 0) throw new featuresErrors.DatabaseQueryRefused(shown, 'it gives no columns')
  checkColumnNames(names, shown)
  if (source.query !== undefined) await prepared(connection, `SELECT * FROM (\n${select}\n) AS source`)
  return names
}

/** Writes all rows into the spool file; the connection waits while the disk is behind. Gives the number of rows. */
async function spoolRows(connection: mysql.Connection, select: string, file: Writable): Promise<number> {
  const query = connection.query({ sql: select, rowsAsArray: true, typeCast: false })
  let writer = new RowWriter([])
  await new Promise<void>((resolve, reject) => {
    query.on('fields', (fields: readonly mysql.FieldPacket[]) => {
      writer = new RowWriter(fields.map(formOf))
    })
    query.on('result', (row: unknown) => {
      if (!writer.add(row as (Buffer | null)[])) return
      if (file.write(writer.take())) return
      connection.pause()
      file.once('drain', () => connection.resume())
    })
    query.on('error', reject)
    // A query without a callback hears nothing of a connection that is gone.
    connection.on('error', reject)
    query.on('end', resolve)
    file.on('error', reject)
  })
  file.end(writer.take())
  await finished(file)
  return writer.rows
}

function formOf({
  type,
  characterSet,
}: {
  readonly type?: number
  readonly characterSet?: number
}): CellForm {
  if (type === mysql.Types.BIT) return 'bits'
  if (type !== undefined && PLAIN_TYPES.includes(type)) return 'plain'
  const binary = type !== undefined && BYTE_TYPES.includes(type) && characterSet === BINARY
  return binary || type === mysql.Types.GEOMETRY ? 'hex' : 'text'
}
