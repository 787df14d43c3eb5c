import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { afterAll, expect, test } from 'vitest'
import { openWorkSession, stageSource } from '../../../features/index.ts'
import { expectFault, temporaryFolder } from './fixtures.ts'
import { testMysql, testPostgres } from './test-databases.ts'

const base = temporaryFolder()
const session = await openWorkSession({ spillDirectory: base })
const postgres = await testPostgres('tls')
const mysql = await testMysql('tls')
afterAll(async () => {
  session.close()
  await postgres?.drop()
  await mysql?.drop()
})

const openssl = spawnSync('openssl', ['version']).status === 0

/** Makes a certificate of its own issuer for a name; gives the paths of certificate and key. */
function certificate(host: string): { cert: string; key: string } {
  const [cert, key] = [join(base, `${host}.pem`), join(base, `${host}.key`)]
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return { cert, key }
}

/** A PostgreSQL server with TLS: the request for it is answered here, what comes after goes to the real server. */
async function protectedServer(
  url: URL,
  host: string,
): Promise<{ server: Server; port: number; cert: string }> {
  const { cert, key } = certificate(host)
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => {
      socket.write('S')
      const plain = new TLSSocket(socket, {
        isServer: true,
        cert: readFileSync(cert),
        key: readFileSync(key),
      })
      const real = connect(Number(url.port || 5432), url.hostname)
      plain.on('error', () => real.destroy()).pipe(real)
      real.on('error', () => plain.destroy()).pipe(plain)
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return { server, port: (server.address() as { port: number }).port, cert }
}

function stageFrom(url: URL, host: string, port: number, parameters: string) {
  const address = `postgresql://${url.username}@${host}:${port}${url.pathname}?${parameters}`
  return stageSource(session, { database: 'postgresql', url: address, query: 'SELECT 1 AS one' }, 'tls')
}

test.skipIf(postgres === null || !openssl)('a certificate is checked: its issuer, its name', async () => {
  const url = new URL(postgres?.url() as string)
  const named = await protectedServer(url, 'localhost')
  const other = await protectedServer(url, 'database.example')
  const trust = ({ cert }: { cert: string }): string => `sslrootcert=${encodeURIComponent(cert)}`
  try {
    const code = 'YX_FEATURES_DATABASE_TLS'
    await expectFault(stageFrom(url, 'localhost', named.port, 'sslmode=verify-full'), code, 'SELF_SIGNED')
    await expectFault(
      stageFrom(url, 'localhost', named.port, `sslmode=verify-full&${trust(other)}`),
      code,
      'SELF_SIGNED',
    )
    await expectFault(
      stageFrom(url, 'localhost', other.port, `sslmode=verify-full&${trust(other)}`),
      code,
      'ALTNAME',
    )
    const byIssuer = await stageFrom(url, 'localhost', other.port, `sslmode=verify-ca&${trust(other)}`)
    expect(byIssuer.rows).toBe(1)
    await session.run('DROP TABLE tls')
    const full = await stageFrom(url, 'localhost', named.port, `sslmode=verify-full&${trust(named)}`)
    expect(full.rows).toBe(1)
  } finally {
    named.server.close()
    other.server.close()
  }
})

test.each([
  ['PostgreSQL', postgres],
  ['MySQL', mysql],
])('a %s server without TLS is not talked to where it is asked for', async (_, database) => {
  if (database === null) return
  const url = database.url('?sslmode=verify-full')
  const source = { database: database.kind, url, query: 'SELECT 1 AS one' }
  // Servers of this machine may have TLS, then with a certificate of their own.
  await expectFault(stageSource(session, source, 'plain'), 'YX_FEATURES_DATABASE_TLS', 'sslmode=disable')
})
