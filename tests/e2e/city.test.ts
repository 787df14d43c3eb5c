import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exitCodes } from '../../server/exit-codes.ts'
import { type Launched, launch, temporaryFolder } from './launched.ts'

/** Writes a city that takes seconds, and waits until part of it is there. */
async function underWay(folder: string): Promise<Launched> {
  const run = launch(['city', '--size', 'demo', '--out', join(folder, 'city')], { state: folder })
  const bills = (files: string[]) => (files.includes('bills.csv') ? true : undefined)
  await run.until('its first bills', async () =>
    bills(await readdir(join(folder, 'city.unfinished', 'water')).catch(() => [])),
  )
  return run
}

describe('yinxin city', () => {
  it('leaves nothing behind when it is interrupted', async () => {
    const folder = await temporaryFolder()
    const run = await underWay(folder)
    run.signal('SIGINT')
    expect(await run.ended).toEqual({ code: exitCodes.interrupted.code, signal: null })
    expect(run.stdout).toBe('')
    expect(run.stderr).not.toMatch(/yinxin:|\n\s+at /)
    expect(await readdir(folder)).toEqual([])
  })

  it('leaves no city when it is killed, and says what to remove', async () => {
    const folder = await temporaryFolder()
    const run = await underWay(folder)
    run.signal('SIGKILL')
    await run.ended
    expect(await readdir(folder)).toEqual(['city.unfinished'])
    const again = launch(['city', '--size', 'tiny', '--out', join(folder, 'city')], { state: folder })
    expect(await again.ended).toEqual({ code: exitCodes.usage.code, signal: null })
    expect(again.stderr).toContain('YX_FEATURES_CITY_UNFINISHED')
    expect(await readdir(folder)).toEqual(['city.unfinished'])
  })
})
