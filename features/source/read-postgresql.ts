import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { featuresErrors } from '../errors.ts'
import { checkColumnNames } from './column-names.ts'
import type { DatabaseAddress } from './database-address.ts'
import { type DatabasePhase, databaseFault } from './database-fault.ts'
import { quoteName } from './session.ts'
import { Silence } from './silence.ts'
import type { DatabaseSource } from './source-types.ts'
import { SPOOLED_NULL, type Spool, type Spooled } from './spool.ts'

const BOOLEAN = 16

interface Column {
  readonly name: string
  readonly type: number
}

/**
 * Writes the rows of a table or query of PostgreSQL into a spool, dates as `2025-06-30`, decimals with all their digits, booleans
 * as `true` and `false`. All of it is one snapshot, in a transaction that can write nothing.
 *
 * @throws YX_FEATURES_DATABASE_..., _HEADER_REPEATED, _HEADER_ALIKE, _HEADER_RESERVED
 */
export async function readPostgresql(
  address: DatabaseAddress,
  source: DatabaseSource,
  shown: string,
  spool: Spool,
): Promise<Spooled> {
  const client = new pg.Client(clientConfig(address))
  // Without a listener a connection that breaks between two queries would end the process.
  client.on('error', () => {})
  const silence = new Silence(address.readSeconds)
  let phase: DatabasePhase = 'connect'
  try {
    await client.connect()
    silence.watch((client as unknown as { readonly connection: unknown }).connection)
    phase = 'ask'
    const select = selectOf(source)
    const columns = await openSnapshot(client, select, shown)
    const names = columns.map(({ name }) => name)
    checkColumnNames(names, shown)
    phase = 'read'
    const copy = client.query(copyTo(copySql(select, columns)))
    await pipeline(copy, spool.writer())
    await client.query('COMMIT')
    return { names, rows: copy.rowCount }
  } catch (cause) {
    throw databaseFault(cause, silence.over ? 'silence' : phase, address, shown)
  } finally {
    await client.end().catch(() => {})
  }
}

function clientConfig(address: DatabaseAddress): pg.ClientConfig {
  return {
    host: address.socket ?? address.host,
    port: address.port,
    database: address.database,
    user: address.user,
    // As a function: an empty text would make the driver look for a password in the environment.
    password: () => address.password,
    options: address.options,
    application_name: 'yinxin',
    connectionTimeoutMillis: address.connectSeconds * 1000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
    ssl: tlsOptions(address),
  }
}

function tlsOptions({ protection }: DatabaseAddress): pg.ClientConfig['ssl'] {
  if (protection.mode === 'disable') return false
  return {
    rejectUnauthorized: true,
    ...(protection.ca === undefined ? {} : { ca: protection.ca }),
    ...(protection.mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  }
}

function selectOf(source: DatabaseSource): string {
  if (source.query !== undefined) return source.query.replace(/[;\s]+$/, '')
  const parts = (source.table as string).split('.').map(quoteName)
  return `SELECT * FROM ${parts.join('.')}`
}

/**
 * Begins the transaction and asks what the select gives. Preparing it alone, in the protocol that takes one statement only,
 * proves that it is one complete statement before it becomes a part of others.
 */
async function openSnapshot(client: pg.Client, select: string, shown: string): Promise<Column[]> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  for (const setting of [
    "lock_timeout = '60s'",
    "DateStyle = 'ISO, YMD'",
    "IntervalStyle = 'postgres'",
    "bytea_output = 'hex'",
    'extra_float_digits = 3',
  ]) {
    await client.query(`SET LOCAL ${setting}`)
  }
  // From the first query on the transaction cannot become a writing one any more.
  await client.query('SELECT 1')
  await askOne(client, `PREPARE yinxin_source AS\n${select}`)
  const { fields } = await askOne(client, `SELECT * FROM (\n${select}\n) AS source LIMIT 0`)
  if (fields.length === 0) throw new featuresErrors.DatabaseQueryRefused(shown, 'it gives no columns')
  return fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }))
}

/** Runs a text in the protocol that refuses more than one statement. */
function askOne(client: pg.Client, text: string): Promise<pg.QueryResult> {
  return client.query({ text, queryMode: 'extended' } as pg.QueryConfig)
}

function copySql(select: string, columns: readonly Column[]): string {
  const cells = columns.map(({ name, type }) =>
    type === BOOLEAN ? `${quoteName(name)}::text AS ${quoteName(name)}` : quoteName(name),
  )
  const options = `FORMAT csv, FORCE_QUOTE *, NULL '${SPOOLED_NULL}', ENCODING 'UTF8'`
  return `COPY (SELECT ${cells.join(', ')} FROM (\n${select}\n) AS source) TO STDOUT (${options})`
}
