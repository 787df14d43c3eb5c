/** Firms without authorisation, from the file of codes to the served rating, over two runs of real processes. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { freePort, type Launched, launch, runToEnd, temporaryFolder } from './launched.ts'
import { smallSet, writeSet } from './small-set.ts'

const ROWS = 1200
const set = smallSet(ROWS)
Object.assign(set.manifest.parties[0], { public: true })
const ids = Array.from({ length: ROWS }, (_, row) => `firm-${String(row).padStart(6, '0')}`)
const listed = ids.filter((_, row) => row % 3 !== 0)
const settings = ['--providers', '4', '--rounds', '2', '--bins', '4', '--lambda', '50', '--noise', '0']

let folder = ''
let state = ''
let data = ''
const codes = () => join(folder, 'codes.txt')
const report = () => join(folder, 'report.json')

beforeAll(async () => {
  folder = await temporaryFolder()
  state = await temporaryFolder()
  data = await writeSet(set, join(folder, 'small'))
  await writeFile(codes(), `${listed.join('\n')}\n`)
})

const startArgs = async (...more: string[]) => {
  const port = String(await freePort())
  const args = ['start', '--data', data, '--port', port, ...settings, '--no-pooled', '--override-limits']
  return { port, args: [...args, '--authorised', codes(), '--report', report(), ...more] }
}

it('are rated on public data only and served as such', async () => {
  const { port, args } = await startArgs()
  const run: Launched = launch(args, { state })
  const key = (await run.says(/Bearer (yx_[\w-]+)/))[1]
  const score = async (subject: string) =>
    (
      await fetch(`http://127.0.0.1:${port}/v1/scores/${subject}`, {
        headers: { authorization: `Bearer ${key}` },
      })
    ).json()
  expect(await score(ids[0])).toMatchObject({ public_data_only: true, coverage: 0.25 })
  expect(await score(ids[1])).toMatchObject({ public_data_only: false, coverage: 1 })
  expect(run.stdout).toContain('list of version 1; 400 firms')
  run.signal('SIGTERM')
  await run.ended
})

// Two launches take a while; withdrawals between runs are tested in one process too.
it.runIf(process.env.YINXIN_FULL === '1')('are one more after a withdrawal', async () => {
  await writeFile(codes(), `${listed.slice(1).join('\n')}\n`)
  const { args } = await startArgs('--once')
  const run = await runToEnd(args, { state })
  expect(run.exit.code, run.stderr).toBe(0)
  expect(JSON.parse(await readFile(report(), 'utf8')).authorisation).toEqual({ version: 2, publicOnly: 401 })
})
