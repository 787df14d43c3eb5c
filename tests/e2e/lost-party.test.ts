import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { exitCodes } from '../../server/exit-codes.ts'
import { freePort, launch, temporaryFolder } from './launched.ts'
import { smallSet, writeSet } from './small-set.ts'

/** Promised: a party that falls silent is named within this time. */
const NAMED_MS = 10_000
const FULL = process.env.YINXIN_FULL === '1'

let data = ''
beforeAll(async () => {
  data = await writeSet(smallSet(1200, 3), join(await temporaryFolder(), 'small'))
})

/** A run that has reached its training, of so many rounds. */
async function inTraining(rounds: number) {
  const port = String(await freePort())
  const run = launch(
    [
      ...['start', '--data', data, '--once', '--json', '--no-pooled', '--port', port],
      ...['--rounds', String(rounds), '--bins', '3', '--override-limits'],
    ],
    { state: await temporaryFolder() },
  )
  await run.says(/fine bins/)
  expect(run.parties(), 'platform, key holder, three departments, two banks').toHaveLength(7)
  return run
}

const killed = ['water', 'platform', 'keyholder', 'bank-west']
describe('a process that is killed during training is started again, and the run goes on to its end', () => {
  it.each(FULL ? killed : killed.slice(0, 1))(
    '%s',
    async (party) => {
      const run = await inTraining(6)
      run.signalParty(party, 'SIGKILL')
      await run.says(
        new RegExp(`The process of ${party} ended in the middle of the run; it is started again`),
      )
      const { code } = await run.ended
      expect(code, run.stderr).toBe(0)
      expect(JSON.parse(run.stdout)).toMatchObject({ rounds: 6, snapshot: '1' })
      expect(run.leftBehind()).toEqual([])
    },
    180_000,
  )
})

const silent = ['water', 'keyholder', 'bank-west']
describe('a party that falls silent during training is named', () => {
  it.each(FULL ? silent : silent.slice(0, 1))(
    '%s: the run waits for it, and goes on when it is back',
    async (party) => {
      const run = await inTraining(6)
      run.signalParty(party, 'SIGSTOP')
      const lostAt = performance.now()
      await run.says(new RegExp(`The run waits for ${party}`))
      expect(performance.now() - lostAt).toBeLessThan(NAMED_MS)
      run.signalParty(party, 'SIGCONT')
      const { code } = await run.ended
      expect(code, run.stderr).toBe(0)
    },
    180_000,
  )

  it.runIf(FULL)(
    'a party that stays away stops the run after the patience',
    async () => {
      const run = await inTraining(6)
      run.signalParty('water', 'SIGSTOP')
      const { code } = await run.ended
      expect(run.stderr).toMatch(/yinxin: water stopped answering during training/)
      expect(code).toBe(exitCodes.partySilent.code)
      expect(run.stdout).toBe('')
      expect(run.leftBehind()).toEqual([])
    },
    300_000,
  )

  it('the platform: nobody can go on without it', async () => {
    const run = await inTraining(1000)
    run.signalParty('platform', 'SIGSTOP')
    const lostAt = performance.now()
    await run.says(/yinxin: platform stopped answering during/)
    expect(performance.now() - lostAt).toBeLessThan(NAMED_MS)
    const { code } = await run.ended
    expect(code).toBe(exitCodes.partySilent.code)
    expect(run.leftBehind()).toEqual([])
  }, 180_000)
})
