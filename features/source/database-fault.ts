import { featuresErrors } from '../errors.ts'
import type { DatabaseAddress } from './database-address.ts'

/** What was done when it failed; `silence`: the server was no longer waited for. */
export type DatabasePhase = 'connect' | 'ask' | 'read' | 'silence'

/** The part of the errors of both drivers that is looked at. */
interface DriverError {
  /** SQLSTATE of PostgreSQL, name of a MySQL error, or the system's or TLS library's code. */
  readonly code?: string
  readonly errno?: number
  /** SQLSTATE of a MySQL error. */
  readonly sqlState?: string
  readonly message: string
  readonly errors?: readonly DriverError[]
}

type Kind =
  | 'unreachable'
  | 'login'
  | 'database'
  | 'tls'
  | 'table'
  | 'right'
  | 'query'
  | 'stopped'
  | 'locked'
  | 'broken'
  | 'unknown'

const postgresql: readonly (readonly [RegExp, Kind])[] = [
  [/^28/, 'login'],
  [/^3D000$/, 'database'],
  [/^(42P01|3F000)$/, 'table'],
  [/^42501$/, 'right'],
  [/^(42|0A|25)(?!P0[234])/, 'query'],
  [/^(57014|25P0[234])$/, 'stopped'],
  [/^55P03$/, 'locked'],
  [/^(57P0|08)/, 'broken'],
]

const mysql: Readonly<Record<number, Kind>> = {
  1044: 'right',
  1045: 'login',
  1049: 'database',
  1053: 'broken',
  1142: 'right',
  1143: 'right',
  1146: 'table',
  1205: 'locked',
  1227: 'right',
  1251: 'login',
  1317: 'stopped',
  1370: 'right',
  1698: 'login',
  1792: 'query',
  1927: 'broken',
  1969: 'stopped',
  3024: 'stopped',
  3159: 'tls',
}

const TLS =
  /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HANDSHAKE_NO_SSL|HANDSHAKE_SSL|EPROTO|HOSTNAME_MISMATCH)/
const UNREACHABLE =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET|EPIPE|ENOENT|EACCES|PROTOCOL_CONNECTION_LOST)$/

/**
 * What a driver threw as an error of this room. The server's own words are repeated for faults of the query alone, where they
 * name columns and keywords: others quote cells.
 */
export function databaseFault(
  cause: unknown,
  phase: DatabasePhase,
  address: DatabaseAddress,
  shown: string,
): Error {
  const error = cause as DriverError
  const code = error.code ?? error.errors?.[0]?.code ?? (error.errno === undefined ? '' : String(error.errno))
  if (code.startsWith('YX_')) return cause as Error
  if (phase === 'silence') {
    return new featuresErrors.DatabaseStopped(shown, `the server said nothing for ${address.readSeconds} s`)
  }
  if (code === 'ENOSPC') return new featuresErrors.WorkFolderFull(shown)
  const at = address.shown
  switch (kindOf(error, code, phase)) {
    case 'unreachable':
      return new featuresErrors.DatabaseUnreachable(shown, at, reasonOf(code))
    case 'login':
      return new featuresErrors.DatabaseLoginRefused(shown, at, reasonOf(code))
    case 'database':
      return new featuresErrors.DatabaseMissing(shown, at)
    case 'tls':
      return new featuresErrors.DatabaseTls(shown, at, reasonOf(code))
    case 'table':
      return new featuresErrors.DatabaseTableMissing(shown, at)
    case 'right':
      return new featuresErrors.DatabaseRightMissing(shown, at)
    case 'query':
      return new featuresErrors.DatabaseQueryRefused(shown, firstLine(error.message))
    case 'stopped':
      return new featuresErrors.DatabaseStopped(shown, `the server stopped the query (${code})`)
    case 'locked':
      return new featuresErrors.DatabaseStopped(shown, `another session keeps the table locked (${code})`)
    case 'broken':
      return new featuresErrors.DatabaseBroken(shown, at, reasonOf(code))
    case 'unknown':
      return new featuresErrors.DatabaseFault(shown, at, reasonOf(code))
  }
}

function kindOf(error: DriverError, code: string, phase: DatabasePhase): Kind {
  const known = error.errno === undefined ? undefined : mysql[error.errno]
  if (known !== undefined) return known
  if (error.sqlState?.startsWith('42')) return 'query'
  if (/^[0-9A-Z]{5}$/.test(code) && code !== 'EPIPE') {
    if (code === '28000' && /no encryption|SSL off/.test(error.message)) return 'tls'
    return postgresql.find(([pattern]) => pattern.test(code))?.[1] ?? 'unknown'
  }
  if (TLS.test(code) || /does not support SSL|altnames/.test(error.message)) return 'tls'
  if (phase === 'connect') {
    if (/password|SASL|AUTH_SWITCH|authentication/i.test(`${error.message} ${code}`)) return 'login'
    if (UNREACHABLE.test(code) || /timeout|terminated/i.test(error.message)) return 'unreachable'
    return 'unknown'
  }
  return UNREACHABLE.test(code) || /terminated|ended|closed/i.test(error.message) ? 'broken' : 'unknown'
}

function reasonOf(code: string): string {
  return code === '' ? 'no code' : code
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0].slice(0, 200)
}
