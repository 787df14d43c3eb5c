import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freePort, runToEnd, temporaryFolder } from './launched.ts'
import { smallSet, writeSet } from './small-set.ts'

/** Promised for a provider, in megabytes. */
const MOST_MB = 450

describe.runIf(process.env.YINXIN_FULL === '1')(
  'ten providers and five label holders, a process each',
  () => {
    it('train, evaluate and publish together, and no provider takes more memory than promised', async () => {
      const set = smallSet(1200, 10, 5)
      const data = await writeSet(set, join(await temporaryFolder(), 'small'))
      const run = await runToEnd(
        [
          ...['start', '--data', data, '--once', '--json', '--no-pooled', '--port', String(await freePort())],
          ...['--rounds', '2', '--bins', '3', '--override-limits', '--target-pd', '0.3'],
        ],
        { state: await temporaryFolder() },
      )
      expect(run.exit.code, run.stderr).toBe(0)
      const report = JSON.parse(run.stdout)
      expect(report).toMatchObject({ providers: 10, columns: 20, rounds: 2, snapshot: '1' })
      const { launcher, platform, keyholder, ...parties } = report.memoryMb as Record<string, number>
      expect([launcher, platform, keyholder].every((peak) => peak > 0)).toBe(true)
      const departments = set.manifest.parties.map(({ party }) => party)
      const banks = set.manifest.labelHolders.map(({ party }) => party)
      expect(Object.keys(parties).sort()).toEqual([...departments, ...banks].sort())
      expect(departments.filter((name) => parties[name] > MOST_MB)).toEqual([])
      expect(run.leftBehind()).toEqual([])
    }, 600_000)
  },
)
