import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { SignedMemberList, SuiteName } from '../../../federation/index.ts'
import { openDataSet } from '../../../server/launch/data-set.ts'
import { prepareConsortium } from '../../../server/launch/prepare.ts'
import { smallSet, writeSet } from '../../e2e/small-set.ts'

const folders: string[] = []
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))))

it('a consortium keeps the suite that it began with, and its keys', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'yinxin-suite-'))
  folders.push(folder)
  const data = await openDataSet(await writeSet(smallSet(100), join(folder, 'small')))
  const policy = { leastProviders: 2, leastSigma: 0, overrideLimits: false, mostEpsilon: null }
  const prepare = async (suite?: SuiteName) => {
    await prepareConsortium(data, folder, { port: 1, policy, ...(suite && { suite }) })
    return JSON.parse(await readFile(join(folder, 'nodes', 'members.json'), 'utf8')) as SignedMemberList
  }
  const first = await prepare('national')
  expect(first.list.suite).toBe('national')
  for (const { signKey, agreeKey } of first.list.members)
    for (const key of [signKey, agreeKey]) expect(key).toMatch(/^04[0-9a-f]{128}$/)
  expect(await prepare()).toEqual(first)
  expect(await prepare('national')).toEqual(first)
  await expect(prepare('international')).rejects.toMatchObject({ code: 'YX_SERVER_SUITE_DIFFERS' })
  expect(JSON.parse(await readFile(join(folder, 'nodes', 'members.json'), 'utf8'))).toEqual(first)
})
