import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { exitCodes } from '../../server/exit-codes.ts'
import { filesBelow, freePort, type Launched, launch, runToEnd, temporaryFolder } from './launched.ts'
import { smallSet, writeSet } from './small-set.ts'

/** Ctrl-C is answered within a few seconds. */
const STOPPED_MS = 8000

/** One state folder for the whole file: each part starts on what the one before left. */
let data = ''
let state = ''
let reportFile = ''
let base = ''
let key = ''
let model = ''
const set = smallSet(1200, 3)
const subject = String(set.tables.tax.rows[0][0])

async function start(...more: string[]): Promise<Launched> {
  const port = String(await freePort())
  base = `http://127.0.0.1:${port}`
  return launch(['start', '--data', data, '--port', port, ...more], { state })
}

/** Kills a party whose configuration cannot be read any more, so that it cannot be started again either. */
async function killForGood(run: Launched, party: string): Promise<void> {
  const [config] = (await filesBelow(join(state, 'sets', 'small', 'nodes', party))).filter((file) =>
    /(provider|platform)\.json$/.test(file),
  )
  await writeFile(config, 'spoilt')
  run.signalParty(party, 'SIGKILL')
}

const get = (path: string, withKey = key) =>
  fetch(`${base}${path}`, { headers: withKey === '' ? {} : { authorization: `Bearer ${withKey}` } })

/** Still the snapshot and the model of the first run, and no other beside it. */
async function expectFirstSnapshot() {
  const answer = await get(`/v1/scores/${subject}`)
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({ subject, snapshot: 1, model_version: model })
}

beforeAll(async () => {
  const folder = await temporaryFolder()
  state = await temporaryFolder()
  data = await writeSet(set, join(folder, 'small'))
  reportFile = join(folder, 'report.json')
})

describe('a run that is served', () => {
  let run: Launched

  beforeAll(async () => {
    run = await start(
      ...['--providers', '2', '--allow-two', '--rounds', '16', '--override-limits', '--noise', '0'],
      ...[
        '--lambda',
        '50',
        '--bins',
        '4',
        '--target-pd',
        '0.3',
        '--no-pooled',
        '--json',
        '--report',
        reportFile,
      ],
    )
    await run.says(/until interrupted/)
    key = (await run.says(/Bearer (yx_[\w-]+)/))[1]
    await run.says(/\/documentation/)
  })

  it('prints the JSON of the report on stdout and nothing else', async () => {
    expect(run.stdout).toBe(await readFile(reportFile, 'utf8'))
    const report = JSON.parse(run.stdout)
    expect(report).toMatchObject({ providers: 2, rounds: 16, noise: 0, snapshot: '1' })
    expect(report.privacy.epsilon).toBeNull()
    expect(report.auc).toMatchObject({ train: null, test: null })
    expect(report.pooled.aucTest).toBeNull()
    expect(report.singleProvider).toEqual([])
    expect(report.whitelist.targetPd).toBe(0.3)
  })

  it('repeats every flag, and warns', () => {
    const { flags, warnings } = JSON.parse(run.stdout)
    const departures = [
      'allow-two',
      'override-limits',
      'noise 0',
      'providers 2',
      'rounds 16',
      'bins 4',
      'lambda 50',
    ]
    expect([...flags].sort()).toEqual([...departures, 'no-pooled'].sort())
    expect(warnings.join('\n')).toMatch(/only 2 providers.*noise is switched off/s)
    expect(run.stderr).toMatch(/Warning: only 2 providers.*Warning: noise is switched off/s)
  })

  it('answers with the printed key, and refuses without', async () => {
    const answer = await get(`/v1/scores/${subject}`)
    expect(answer.status).toBe(200)
    const score = (await answer.json()) as { score: number; model_version: string }
    expect(score).toMatchObject({ subject, snapshot: 1, reference_only: true })
    expect(score.score).toBeGreaterThanOrEqual(0)
    expect(score.score).toBeLessThanOrEqual(1000)
    model = score.model_version
    const list = await get('/v1/whitelist?limit=5')
    expect(list.status).toBe(200)
    const { data: page } = (await list.json()) as { data: unknown[] }
    expect(page).toHaveLength(Math.min(5, JSON.parse(run.stdout).whitelist.size))
    expect((await get('/documentation', '')).status).toBe(200)
    expect((await get(`/v1/scores/nobody-of-that-name`)).status).toBe(404)
    for (const wrong of ['', `${key}x`, 'yx_abc_def']) {
      expect((await get(`/v1/scores/${subject}`, wrong)).status).toBe(401)
      expect((await get('/v1/whitelist', wrong)).status).toBe(401)
    }
    expect((await get('/control/snapshot')).status, "an institution's key is no operator's").toBe(401)
  })

  it('holds its state folder: a second start is told by whom, the first is unharmed', async () => {
    const nodes = join(state, 'sets', 'small', 'nodes')
    const before = await readdir(nodes, { recursive: true })
    const second = await runToEnd(['start', '--data', data, '--once'], { state })
    expect(second.exit.code).toBe(exitCodes.storeLocked.code)
    expect(second.stderr).toContain(`in use by process ${run.pid}`)
    expect(second.stderr).toContain('YX_SERVER_STORE_LOCKED')
    expect(await readdir(nodes, { recursive: true })).toEqual(before)
    expect(run.parties()).toHaveLength(6)
    await expectFirstSnapshot()
  })

  it('ends on Ctrl-C in good time and leaves no process behind', async () => {
    expect(run.parties()).toHaveLength(6)
    run.signal('SIGINT')
    const askedAt = performance.now()
    const { code, signal } = await run.ended
    expect(performance.now() - askedAt).toBeLessThan(STOPPED_MS)
    expect(signal).toBeNull()
    expect([exitCodes.ok.code, exitCodes.interrupted.code]).toContain(code)
    expect(run.leftBehind()).toEqual([])
  })
})

describe('the last good snapshot', () => {
  it('stays served when a provider is lost for good during training; all end when the launcher is killed', async () => {
    const run = await start('--rounds', '1000', '--override-limits')
    await run.says(/fine bins/)
    expect(run.parties()).toHaveLength(7)
    await killForGood(run, 'water')
    await run.says(/water ended in the middle of the run; it is started again \(3 of 3\)/)
    await run.says(/The process of water ended during the run/)
    await run.says(/last good snapshot 1 stays served/)
    await expectFirstSnapshot()
    await run.until('only the platform is left', () =>
      run.parties().every(({ party }) => party === 'platform') ? true : undefined,
    )
    run.signal('SIGKILL')
    await run.ended
    for (let i = 0; i < 100 && run.leftBehind().length > 0; i++) await sleep(50)
    expect(run.leftBehind()).toEqual([])
  })

  it('is still there after the platform itself was lost', async () => {
    const run = await start('--rounds', '1000', '--override-limits')
    await run.says(/fine bins/)
    run.parties()
    await killForGood(run, 'platform')
    await run.says(/The process of platform ended during the run/)
    const { code } = await run.ended
    expect(code).toBe(exitCodes.partySilent.code)
    expect(run.leftBehind()).toEqual([])
  })

  it('stays served when the limits refuse the next plan, which has its own exit code', async () => {
    const run = await start('--rounds', '16')
    await run.says(/16 rounds.*Rule: at most 15 rounds.*--override-limits/)
    await run.says(/last good snapshot 1 stays served/)
    await expectFirstSnapshot()
    const current = (await (await get('/v1/snapshots/current')).json()) as { snapshot: number }
    expect(current.snapshot).toBe(1)
    expect(run.stdout).toBe('')
    run.parties()
    run.signal('SIGINT')
    expect((await run.ended).code).toBe(exitCodes.planRefused.code)
    expect(run.leftBehind()).toEqual([])
  })
})
