import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { exitCodes } from '../../../server/exit-codes.ts'
import { filesBelow, temporaryFolder } from '../../e2e/launched.ts'

const MAIN = join(import.meta.dirname, '..', '..', '..', 'server', 'cli', 'main.ts')

it('a start that is interrupted while it makes its city leaves no records, no lock and no half of a city', async () => {
  const [state, temporary] = [await temporaryFolder(), await temporaryFolder()]
  const child = spawn(process.execPath, [MAIN, 'start', '--enterprises', '20000'], {
    env: { ...process.env, YINXIN_STATE: state, TMPDIR: temporary },
    stdio: 'ignore',
  })
  const ended = once(child, 'exit')
  const underWay = async () =>
    (await readdir(temporary)).some((name) => name.startsWith('yinxin-work-')) &&
    (await filesBelow(join(state, 'city', 'data.unfinished'))).length > 0
  while (child.exitCode === null && !(await underWay())) await sleep(20)
  child.kill('SIGINT')
  expect(await ended).toEqual([exitCodes.interrupted.code, null])
  expect(await readdir(temporary)).toEqual([])
  expect(await filesBelow(state)).toEqual([])
}, 30_000)
