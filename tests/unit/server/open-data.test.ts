import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { writeRawCity } from '../../../features/index.ts'
import { openData } from '../../../server/launch/open-data.ts'
import { openRawCity } from '../../../server/launch/raw-city.ts'
import { temporaryFolder } from '../../e2e/launched.ts'

const quiet = () => {}

it('a city of another size or seed belongs to the same consortium: its ledger and its keys go on', async () => {
  const state = await temporaryFolder()
  const open = (enterprises: number, seed: number) => openData({ enterprises, seed }, state, quiet)
  const first = await open(500, 1)
  // A second process would find the lock free.
  process.emit('exit', 0)
  const second = await open(600, 2)
  expect(second.data.roster.size).not.toBe(first.data.roster.size)
  expect(second.data.name).toBe(first.data.name)
  expect(second.folder).toBe(first.folder)
})

it('the departments of a city are not dealt to another number of providers', async () => {
  const state = await temporaryFolder()
  const refused = { code: 'YX_SERVER_USAGE_PROVIDERS' }
  await expect(openData({ enterprises: 500, seed: 1, providers: 4 }, state, quiet)).rejects.toMatchObject(
    refused,
  )
  expect(await readdir(state)).toEqual([])
})

it('labels that are only counted leave nothing in the folder of the city', async () => {
  const dir = join(await temporaryFolder(), 'city')
  await writeRawCity({ size: 500, seed: 1, dir })
  const before = await readdir(dir, { recursive: true })
  const city = await openRawCity(dir)
  const { labelled, bad } = await city.labels(city.labelHolders[0])
  expect(labelled.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(bad.reduce((sum, one) => sum + one, 0))
  expect(await readdir(dir, { recursive: true })).toEqual(before)
  await expect(
    openData({ data: dir, enterprises: 500, seed: 1, providers: 4 }, dir, quiet),
  ).rejects.toMatchObject({ code: 'YX_SERVER_USAGE_PROVIDERS' })
})

it.each([
  ['{bad', 'YX_SERVER_CONFIG_UNREADABLE'],
  ['{"name": "../elsewhere"}', 'YX_SERVER_CONFIG_INVALID'],
])('a city whose city.json holds %s is refused with a code', async (text, code) => {
  const data = await temporaryFolder()
  await writeFile(join(data, 'city.json'), text)
  await expect(openData({ data, enterprises: 500, seed: 1 }, data, quiet)).rejects.toMatchObject({ code })
})
