import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { exitCodes } from '../../server/exit-codes.ts'
import { freePort, launch, temporaryFolder } from './launched.ts'
import { smallSet, writeSet } from './small-set.ts'

/** Promised: a party that dies or falls silent is named within this time. */
const NAMED_MS = 10_000
/** Enough to be still under way when the party is lost. */
const MANY_ROUNDS = '1000'

let data = ''
beforeAll(async () => {
  data = await writeSet(smallSet(1200, 3), join(await temporaryFolder(), 'small'))
})

const always: [string, NodeJS.Signals][] = [
  ['water', 'SIGSTOP'],
  ['platform', 'SIGSTOP'],
]
const others: [string, NodeJS.Signals][] = [
  ['keyholder', 'SIGKILL'],
  ['bank-west', 'SIGKILL'],
  ['keyholder', 'SIGSTOP'],
  ['bank-west', 'SIGSTOP'],
]

describe('a party lost during training is named, and the run stops', () => {
  it.each(process.env.YINXIN_FULL === '1' ? [...always, ...others] : always)(
    '%s after %s',
    async (party, signal) => {
      const port = String(await freePort())
      const run = launch(
        ['start', '--data', data, '--once', '--rounds', MANY_ROUNDS, '--override-limits', '--port', port],
        { state: await temporaryFolder() },
      )
      await run.says(/fine bins/)
      const { length } = run.parties()
      expect(length, 'platform, key holder, three departments, two banks').toBe(7)
      run.signalParty(party, signal)
      const lostAt = performance.now()
      const [, named] = await run.says(/yinxin: .*?(\S+) (?:stopped answering|ended) during/s)
      expect(performance.now() - lostAt).toBeLessThan(NAMED_MS)
      expect(named).toBe(party)
      const { code } = await run.ended
      expect(code).toBe(exitCodes.partySilent.code)
      expect(run.stdout).toBe('')
      expect(run.leftBehind()).toEqual([])
    },
  )
})
