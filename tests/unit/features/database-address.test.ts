import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type DatabaseSource, openWorkSession, stageSource } from '../../../features/index.ts'
import { databaseAddress } from '../../../features/source/database-address.ts'
import { expectFault, temporaryFolder } from './fixtures.ts'

const base = temporaryFolder()
const session = await openWorkSession({ spillDirectory: base })
afterAll(() => session.close())

describe('the address of a database', () => {
  const source = (url: string, more: object = {}) =>
    stageSource(session, { database: 'postgresql', url, table: 'x', ...more } as DatabaseSource, 'address')

  test.each([
    ['another kind of address', 'https://a:secret@host/db', 'no address of such a database'],
    ['no address', 'a secret thing', 'no address of such a database'],
    ['no account', 'postgresql://host/db', 'is not given'],
    ['no database', 'postgresql://a:secret@host', 'is not given'],
    ['an unknown parameter', 'postgresql://a:secret@host/db?ssl=true', 'unknown parameter'],
    ['an unknown sslmode', 'postgresql://a:secret@host/db?sslmode=prefer', 'sslmode is disable'],
    ['verify-ca without certificates', 'postgresql://a:secret@host/db?sslmode=verify-ca', 'sslrootcert'],
    ['a timeout out of range', 'postgresql://a:secret@host/db?connect_timeout=0', 'from 1 to 60'],
    ['a lone percent sign', 'postgresql://a:secret%@host/db', '%25'],
  ])('%s is refused without its text', async (_, url, part) => {
    const fault = await source(url).catch((cause) => cause)
    expect(fault.code).toBe('YX_FEATURES_DATABASE_SETTINGS')
    expect(fault.message).toContain(part)
    expect(fault.message).not.toContain('secret')
  })

  test.each([
    ['postgresql://a@127.0.0.1/db', 'disable'],
    ['postgresql://a@localhost/db', 'disable'],
    ['postgresql://a@[::1]/db', 'disable'],
    ['postgresql://a@localhost/db?host=/run/postgresql', 'disable'],
    ['postgresql://a@db.example/db', 'verify-full'],
    ['postgresql://a@10.1.2.3/db', 'verify-full'],
    ['postgresql://a@127.example/db', 'verify-full'],
    ['postgresql://a@db.example/db?sslmode=disable', 'disable'],
  ])('%s is reached with protection %s', async (url, mode) => {
    const address = await databaseAddress({ database: 'postgresql', url, table: 'x' }, 'x')
    expect(address.protection.mode).toBe(mode)
  })

  test('an account, a password and a name of a database may hold any character', async () => {
    const url = 'mysql://%E6%B2%A7%40x:p%2F%3Aw%25@[fe80::1]:3307/d%20b'
    const address = await databaseAddress({ database: 'mysql', url, table: 'x' }, 'x')
    expect([address.user, address.password, address.host, address.port, address.database]).toEqual([
      '沧@x',
      'p/:w%',
      'fe80::1',
      3307,
      'd b',
    ])
    expect(address.shown).toBe('[fe80::1]:3307')
  })

  test('one place for the password, one of table and query', async () => {
    const passwordFile = join(base, 'empty')
    const code = 'YX_FEATURES_DATABASE_SETTINGS'
    await expectFault(source('postgresql://a:b@host/db', { passwordFile }), code, 'both url and passwordFile')
    await expectFault(source('postgresql://a@host/db', { passwordFile }), code, 'ENOENT')
    writeFileSync(passwordFile, '\n')
    await expectFault(source('postgresql://a@host/db', { passwordFile }), code, 'empty')
    await expectFault(source('postgresql://a@host/db', { query: 'SELECT 1' }), code, 'exactly one')
    await expectFault(source('postgresql://a@host/db', { table: undefined }), code, 'exactly one')
  })
})

describe.each(['postgresql', 'mysql'] as const)('a %s server that cannot be reached', (database) => {
  const at = (port: number, parameters: string) =>
    stageSource(
      session,
      { database, url: `${database}://a:secret@127.0.0.1:${port}/db${parameters}`, table: 'x' },
      'far',
    )

  test('is named when nothing listens', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    await new Promise((resolve) => server.close(resolve))
    await expectFault(at(port, ''), 'YX_FEATURES_DATABASE_UNREACHABLE', `127.0.0.1:${port}`, 'ECONNREFUSED')
  })

  test('is given up when it never answers', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const began = performance.now()
    await expectFault(at(port, '?connect_timeout=1'), 'YX_FEATURES_DATABASE_UNREACHABLE', `127.0.0.1:${port}`)
    expect(performance.now() - began).toBeLessThan(4_000)
    server.close()
  })
})
