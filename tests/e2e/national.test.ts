import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runToEnd, temporaryFolder } from './launched.ts'
import { smallSet, writeSet } from './small-set.ts'

it('processes of a national consortium train and rate from end to end', { timeout: 120_000 }, async () => {
  const state = await temporaryFolder()
  const data = await writeSet(smallSet(1200), join(await temporaryFolder(), 'small'))
  const run = await runToEnd(['start', '--data', data, '--once', '--json', '--suite', 'national'], { state })
  expect(run.exit.code, run.stderr).toBe(0)
  expect(JSON.parse(run.stdout)).toMatchObject({ dataset: 'small', providers: 4, snapshot: '1' })
  const file = join(state, 'sets', 'small', 'nodes', 'members.json')
  const { list } = JSON.parse(await readFile(file, 'utf8')) as {
    list: { suite: string; members: { signKey: string }[] }
  }
  expect(list.suite).toBe('national')
  for (const { signKey } of list.members) expect(signKey).toMatch(/^04[0-9a-f]{128}$/)
})
