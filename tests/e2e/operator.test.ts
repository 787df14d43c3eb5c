import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { exitCodes } from '../../server/exit-codes.ts'
import { filesBelow, freePort, type Launched, launch, runToEnd, temporaryFolder } from './launched.ts'
import { smallSet, writeSet } from './small-set.ts'

let consortium: Launched
let state = ''
let config = ''

/** The operator's command on the platform of the consortium that runs. */
const operator = (command: string, ...more: string[]) =>
  runToEnd(['run', command, config, ...more], { state })

beforeAll(async () => {
  state = await temporaryFolder()
  const data = await writeSet(smallSet(1000, 3), join(await temporaryFolder(), 'small'))
  const port = String(await freePort())
  consortium = launch(
    [
      'start',
      '--data',
      data,
      '--port',
      port,
      '--rounds',
      '2',
      '--bins',
      '3',
      '--override-limits',
      '--no-pooled',
    ],
    { state },
  )
  await consortium.says(/until interrupted/)
  const [found] = (await filesBelow(state)).filter((file) => file.endsWith('platform.json'))
  config = found
})

describe('the operator, on a platform that runs', () => {
  it('has a token that only the account of the platform can read', async () => {
    const [token] = (await filesBelow(state)).filter((file) => file.endsWith('operator-token'))
    expect((await stat(token)).mode & 0o077).toBe(0)
  })

  it('starts a run and leaves, follows it from its beginning, and finds it in the list as finished', async () => {
    const started = await operator('start', '--rounds', '2', '--bins', '3', '--override-limits', '--detach')
    const id = started.stdout.trim()
    expect(id).toMatch(/^run-[0-9a-f]{12}$/)
    const shown = await operator('show', '--json')
    expect(shown.stderr).toMatch(/labels and plan.*training.*scoring/s)
    const report = JSON.parse(shown.stdout)
    expect(report).toMatchObject({ rounds: 2, providers: 3, rows: 1000 })
    expect(report.snapshot).toBe('2')
    const list = JSON.parse((await operator('list', '--json')).stdout)
    expect(list).toMatchObject([
      { state: 'finished', snapshot: '1' },
      { run: id, state: 'finished', snapshot: '2' },
    ])
  })

  it('stops a run: who follows it hears so, and the snapshot before it stays', async () => {
    const followed = launch(
      ['run', 'start', config, '--rounds', '1000', '--bins', '3', '--override-limits'],
      {
        state,
      },
    )
    await followed.says(/fine bins/)
    expect((await operator('stop')).exit.code).toBe(0)
    expect((await followed.ended).code).toBe(exitCodes.runStopped.code)
    expect(followed.stderr).toContain('YX_SERVER_RUN_STOPPED')
    expect(followed.stdout).toBe('')
    const again = await operator('stop')
    expect(again.stderr).toContain('YX_SERVER_RUN_NOT_RUNNING')
  })

  it('leaves a run by Ctrl-C without stopping it', async () => {
    const followed = launch(
      ['run', 'start', config, '--rounds', '1000', '--bins', '3', '--override-limits'],
      {
        state,
      },
    )
    await followed.says(/fine bins/)
    followed.signal('SIGINT')
    expect((await followed.ended).code).toBe(exitCodes.interrupted.code)
    expect(followed.stderr).toContain('the run goes on')
    const { stdout } = await operator('list', '--json')
    expect(JSON.parse(stdout).at(-1)).toMatchObject({ state: 'running', phase: 'training' })
    expect((await operator('drop')).exit.code).toBe(0)
  })

  it('is told when the platform is not there', async () => {
    consortium.signal('SIGINT')
    await consortium.ended
    const { exit, stderr } = await operator('list')
    expect(stderr).toContain('YX_SERVER_PLATFORM_UNREACHABLE')
    expect(exit.code).not.toBe(0)
  })
})
