/** What stands in plans for a ready table. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tableIdentity } from '../../../features/index.ts'

const key = (value: number) => new Uint8Array(32).fill(value)
const table = { party: 'tax', file: 'tax.csv', columns: [{ name: 'late', type: 'numeric' as const }] }
let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'yinxin-table-'))
  await writeFile(join(dir, 'tax.csv'), 'id,late\na,1\n')
  await writeFile(join(dir, 'other.csv'), 'id,late\na,2\n')
})
afterAll(() => rm(dir, { recursive: true, force: true }))

describe('the identity of a ready table', () => {
  it('is the same for the same file, columns and key, and another for any other of these', async () => {
    const one = await tableIdentity(table, dir, key(1))
    expect(one.name).toBe('table:tax')
    expect(one.hash).toMatch(/^[0-9a-f]{64}$/)
    expect(await tableIdentity(table, dir, key(1))).toEqual(one)
    const others = await Promise.all([
      tableIdentity({ ...table, file: 'other.csv' }, dir, key(1)),
      tableIdentity({ ...table, columns: [{ name: 'late', type: 'categorical' }] }, dir, key(1)),
      tableIdentity({ ...table, party: 'taxes' }, dir, key(1)),
      tableIdentity(table, dir, key(2)),
    ])
    expect(new Set([one, ...others].map(({ hash }) => hash)).size).toBe(5)
  })

  it('of a file that is not there is refused', async () => {
    await expect(tableIdentity({ ...table, file: 'none.csv' }, dir, key(1))).rejects.toMatchObject({
      code: 'YX_FEATURES_FILE_MISSING',
    })
  })
})
