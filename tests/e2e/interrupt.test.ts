import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { exitCodes } from '../../server/exit-codes.ts'
import { filesBelow, freePort, launch, temporaryFolder } from './launched.ts'
import { smallSet, writeSet } from './small-set.ts'

/** Ctrl-C is answered within a few seconds. */
const STOPPED_MS = 8000

let data = ''
beforeAll(async () => {
  data = await writeSet(smallSet(1200, 3), join(await temporaryFolder(), 'small'))
})

const full = process.env.YINXIN_FULL === '1'
const moments: [string, NodeJS.Signals, RegExp][] = [
  ['its processes start', 'SIGINT', /Starting 7 processes/],
]
const later: [string, NodeJS.Signals, RegExp][] = [['it trains', 'SIGTERM', /fine bins/]]

describe('a run that is interrupted', () => {
  it.each(full ? [...moments, ...later] : moments)(
    'while %s (%s) ends with code 130 and leaves nothing running',
    async (_, signal, moment) => {
      const state = await temporaryFolder()
      const port = String(await freePort())
      const args = ['start', '--data', data, '--rounds', '1000', '--override-limits', '--port', port]
      const run = launch(args, { state })
      await run.says(moment)
      await run.until('all processes', () => (run.parties().length === 7 ? true : undefined))
      run.signal(signal)
      const askedAt = performance.now()
      expect(await run.ended).toEqual({ code: exitCodes.interrupted.code, signal: null })
      expect(performance.now() - askedAt).toBeLessThan(STOPPED_MS)
      expect(run.leftBehind()).toEqual([])
      expect(run.stdout).toBe('')
      expect(run.stderr, 'no fault is made of a wish').not.toMatch(/yinxin:|\n\s+at /)
      const locks = (await filesBelow(state)).filter((file) => file.endsWith('lock'))
      expect(locks, 'the next start finds the folder free').not.toContain(
        join(state, 'sets', 'small', 'lock'),
      )
    },
  )
})
