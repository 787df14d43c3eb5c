import { readFile } from 'node:fs/promises'
import { isIPv4 } from 'node:net'
import { basename } from 'node:path'
import { featuresErrors } from '../errors.ts'
import type { DatabaseSource } from './source-types.ts'

/** How the connection is protected; `ca` holds certificates in PEM, absent: those that the system trusts. */
export type Protection =
  | { readonly mode: 'disable' }
  | { readonly mode: 'verify-ca' | 'verify-full'; readonly ca?: string }

/** A database's address and account, out of the parts of a source's declaration. */
export interface DatabaseAddress {
  readonly host: string
  readonly port: number
  /** A local socket instead of host and port: for PostgreSQL the folder, for MySQL the socket itself. */
  readonly socket: string | null
  readonly database: string
  readonly user: string
  /** Empty for accounts without one. */
  readonly password: string
  readonly protection: Protection
  /** PostgreSQL only: start options such as `-c search_path=records`. */
  readonly options: string
  readonly connectSeconds: number
  /** Longest silence of the server while rows are read. */
  readonly readSeconds: number
  /** For messages; without account and password. */
  readonly shown: string
}

const kinds = {
  postgresql: { schemes: ['postgresql:', 'postgres:'], port: 5432 },
  mysql: { schemes: ['mysql:', 'mariadb:'], port: 3306 },
} as const

const PARAMETERS = ['sslmode', 'sslrootcert', 'host', 'options', 'connect_timeout', 'read_timeout']

/**
 * Reads the address of a database source. A host other than this machine is reached by TLS with a checked certificate unless
 * the address says `sslmode=disable`.
 *
 * @throws YX_FEATURES_DATABASE_SETTINGS; the message repeats neither the address nor the password
 */
export async function databaseAddress(source: DatabaseSource, shown: string): Promise<DatabaseAddress> {
  const fault = (what: string, rule: string): Error => new featuresErrors.DatabaseSettings(shown, what, rule)
  const kind = kinds[source.database]
  const form = `${kind.schemes[0]}//user@host:${kind.port}/database`
  const url = URL.canParse(source.url) ? new URL(source.url) : null
  if (url === null || !(kind.schemes as readonly string[]).includes(url.protocol)) {
    throw fault('url: no address of such a database', `an address has the form ${form}`)
  }
  for (const name of url.searchParams.keys()) {
    if (!PARAMETERS.includes(name)) {
      throw fault('url: an unknown parameter', `known parameters are ${PARAMETERS.join(', ')}`)
    }
  }
  const parameter = (name: string): string | null => url.searchParams.get(name)
  const seconds = (name: string, usual: number, most: number): number => {
    const value = Number(parameter(name) ?? usual)
    if (Number.isInteger(value) && value >= 1 && value <= most) return value
    throw fault(`url: ${name} is out of range`, `a whole number of seconds from 1 to ${most}`)
  }
  const [user, inUrl, database, host] = [url.username, url.password, url.pathname.slice(1), url.hostname].map(
    decoded(() => fault('url: a wrong percent sign', 'a "%" in an account or password is written %25')),
  )
  const socket = parameter('host')
  if (socket !== null && !socket.startsWith('/')) {
    throw fault('url: host is no path', 'the parameter "host" is the path of a local socket')
  }
  if (user === '' || database === '' || host === '') {
    throw fault('url: account, host or database is not given', `an address has the form ${form}`)
  }
  if (source.passwordFile !== undefined && inUrl !== '') {
    throw fault('a password in both url and passwordFile', 'a password stands in one place')
  }
  const password =
    source.passwordFile === undefined
      ? inUrl
      : await firstLine(source.passwordFile, (reason) =>
          fault(`passwordFile cannot be used (${reason})`, 'this file holds the password on its only line'),
        )
  const port = url.port === '' ? kind.port : Number(url.port)
  const local = socket !== null || isThisMachine(host)
  const mode = parameter('sslmode') ?? (local ? 'disable' : 'verify-full')
  if (mode !== 'disable' && mode !== 'verify-ca' && mode !== 'verify-full') {
    throw fault('url: an unknown sslmode', 'sslmode is disable, verify-ca or verify-full')
  }
  const authority = parameter('sslrootcert')
  if (mode === 'verify-ca' && authority === null) {
    throw fault(
      'url: sslmode=verify-ca without sslrootcert',
      'sslrootcert names the file of certificates to trust',
    )
  }
  const ca =
    authority === null
      ? undefined
      : await readFile(authority, 'utf8').catch((cause) => {
          throw fault(`sslrootcert cannot be read (${cause.code})`, 'a file of certificates in PEM')
        })
  return {
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port,
    socket,
    database,
    user,
    password,
    protection: mode === 'disable' ? { mode } : { mode, ...(ca === undefined ? {} : { ca }) },
    options: parameter('options') ?? '',
    connectSeconds: seconds('connect_timeout', 10, 60),
    readSeconds: seconds('read_timeout', 600, 86_400),
    shown: socket === null ? `${host}:${port}` : basename(socket),
  }
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'))
}

function decoded(fault: () => Error): (text: string) => string {
  return (text) => {
    try {
      return decodeURIComponent(text)
    } catch {
      throw fault()
    }
  }
}

async function firstLine(path: string, fault: (reason: string) => Error): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw fault(cause.code)
  })
  const password = text.replace(/\r?\n$/, '')
  if (password === '' || password.includes('\n')) throw fault('empty, or more than one line')
  return password
}
