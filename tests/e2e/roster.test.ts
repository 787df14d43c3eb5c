/** A roster that changes while the processes of platform and key holder run: both take it, and neither has to be started anew. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDataSet } from '../../server/launch/data-set.ts'
import { prepareConsortium } from '../../server/launch/prepare.ts'
import { freePort, type Launched, launch, runToEnd, temporaryFolder } from './launched.ts'
import { smallSet, writeSet } from './small-set.ts'

const policy = { leastProviders: 2, leastSigma: 0, overrideLimits: false, mostEpsilon: null }
const running: Launched[] = []
let state = ''
const nodeFile = (node: string, file: string) => join(state, 'nodes', node, file)

const issue = (codes: string, ...more: string[]) =>
  runToEnd(['roster', 'issue', nodeFile('platform', 'platform.json'), codes, '--json', ...more], { state })

beforeAll(async () => {
  state = await temporaryFolder()
  const port = await freePort()
  const data = await openDataSet(await writeSet(smallSet(120), join(state, 'small')))
  await prepareConsortium(data, state, { port, policy })
  for (const [node, file] of [
    ['platform', 'platform.json'],
    ['keyholder', 'keyholder.json'],
  ] as const) {
    const config = JSON.parse(await readFile(nodeFile(node, file), 'utf8'))
    await writeFile(nodeFile(node, file), JSON.stringify({ ...config, roster: { signed: '../roster.txt' } }))
  }
  const plain = await readFile(join(state, 'nodes', 'roster.txt'), 'utf8')
  await writeFile(join(state, 'codes.txt'), plain)
}, 60_000)

afterAll(async () => {
  for (const one of running) one.signal('SIGTERM')
  await Promise.all(running.map(({ ended }) => ended))
})

const says = (one: Launched, text: string) =>
  one.until(text, () => (one.stderr.includes(text) || one.stdout.includes(text) ? true : undefined))

it('is issued, taken by both while they run, and never gone back from', async () => {
  const codes = (await readFile(join(state, 'codes.txt'), 'utf8')).trim().split('\n')
  await rm(join(state, 'nodes', 'roster.txt'))
  const first = await issue(join(state, 'codes.txt'))
  expect(first.exit.code, first.stderr).toBe(0)
  expect(JSON.parse(first.stdout)).toMatchObject({ version: 1, rows: codes.length })
  const old = await readFile(join(state, 'nodes', 'roster.txt'))

  const platform = launch(['platform', nodeFile('platform', 'platform.json')], { state, quiet: false })
  running.push(platform)
  await says(platform, 'listening')
  const keyHolder = launch(['keyholder', nodeFile('keyholder', 'keyholder.json')], { state, quiet: false })
  running.push(keyHolder)
  await says(keyHolder, 'ready')

  await writeFile(join(state, 'later.txt'), [...codes.slice(1), 'NEWCODE'].join('\n'))
  const lines = await runToEnd(
    ['roster', 'diff', nodeFile('platform', 'platform.json'), join(state, 'later.txt')],
    { state },
  )
  expect(
    lines.stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ').slice(0, 2)),
  ).toEqual([
    ['closed', codes[0]],
    ['new', 'NEWCODE'],
  ])
  const day = lines.stdout.trim().slice(-10)
  await writeFile(join(state, 'changes.txt'), `renamed ${codes[0]} -> NEWCODE ${day}\n`)
  const second = await issue(join(state, 'later.txt'), '--changes', join(state, 'changes.txt'))
  expect(JSON.parse(second.stdout)).toMatchObject({ version: 2, counts: { renamed: 1, new: 0, closed: 0 } })
  for (const one of running) await says(one, 'took a newer roster')

  await writeFile(join(state, 'nodes', 'roster.txt'), old)
  for (const one of running) await says(one, 'is of version 1, this party has accepted version 2')
  const verified = await runToEnd(['roster', 'verify', nodeFile('keyholder', 'keyholder.json')], { state })
  expect(verified.exit.code).toBe(27)
  expect(verified.stderr).toContain('YX_FEDERATION_ROSTER_ROLLED_BACK')
}, 180_000)
