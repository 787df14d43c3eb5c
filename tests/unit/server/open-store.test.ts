import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { afterAll, expect, test } from 'vitest'
import { openStore } from '../../../server/store/index.ts'
import { clock } from '../../contract/rating-fixtures.ts'

const folder = mkdtempSync(join(tmpdir(), 'yinxin-open-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each([
  '',
  'pglite:',
  'mysql://u:secret@h/d',
  'postgres:secret',
  '/var/lib/secret',
  'postgres://:99999999',
])('the option %j is refused without being repeated', async (database) => {
  const fault = await openStore({ database, clock }).catch((error) => error)
  expect(fault).toMatchObject({ code: 'YX_SERVER_STORE_OPTION_INVALID' })
  expect(fault.message).not.toContain('secret')
})

test('a server that does not answer is named by host and cause, never by password', async () => {
  const database = 'postgres://user:secret@127.0.0.1:1/city'
  const fault = await openStore({ database, clock }).catch((error) => error)
  expect(fault).toMatchObject({ code: 'YX_SERVER_STORE_CANNOT_OPEN' })
  expect(fault.message).toContain('127.0.0.1:1/city')
  expect(fault.message).toContain('ECONNREFUSED')
  expect(fault.message).not.toContain('secret')
})

test('a folder that cannot be made is named with the cause', async () => {
  writeFileSync(join(folder, 'file'), '')
  await expect(openStore({ database: `pglite:${folder}/file/below`, clock })).rejects.toMatchObject({
    code: 'YX_SERVER_STORE_CANNOT_OPEN',
    message: expect.stringContaining('ENOTDIR'),
  })
})

test('a store of a newer version is refused, left as it is, and its lock given back', async () => {
  const database = `pglite:${folder}/newer`
  await (await openStore({ database, clock })).close()
  const pglite = await PGlite.create(join(folder, 'newer/pgdata'))
  await pglite.query("INSERT INTO schema_migrations VALUES (99, 'later', now())")
  await pglite.close()
  for (let attempt = 0; attempt < 2; attempt++) {
    await expect(openStore({ database, clock })).rejects.toMatchObject({
      code: 'YX_SERVER_STORE_TOO_NEW',
      message: expect.stringContaining('schema number 99'),
    })
  }
})
