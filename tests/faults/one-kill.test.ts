/** A run in which one party is killed at one message and started again ends as if nothing had happened. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { syntheticInput } from '../helpers/synthetic.ts'
import { describePoint, KillableConsortium, type KillPoint, type Outcome } from './killable-consortium.ts'

const FULL = process.env.YINXIN_FULL === '1'
/** A run that waits for ever is told from one that goes on. */
const STUCK_MS = 120_000
const input = {
  ...syntheticInput({ rows: 600, providers: 3, banks: 2, seed: 5, columns: 2, rounds: 2, bins: 3 }),
  production: true,
  logisticRounds: 1,
  sigma: 2,
  challenges: 1,
}

let folder: string
let undisturbed: Outcome
async function run(point?: KillPoint): Promise<Outcome> {
  const own = await mkdtemp(join(folder, 'run-'))
  try {
    const stuck = new Promise<never>((_, reject) =>
      setTimeout(() => reject(new Error('it waits for ever')), STUCK_MS).unref(),
    )
    return await Promise.race([new KillableConsortium(input, own, point).run(), stuck])
  } finally {
    await rm(own, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yinxin-faults-'))
  undisturbed = await run()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Every message type at every role, before and after, the first time and the last. */
function points(outcome: Outcome): KillPoint[] {
  const found: KillPoint[] = []
  for (const [place, times] of outcome.seen) {
    const [node, when, type] = place.split(' ') as [string, KillPoint['when'], string]
    // One provider and one bank stand for their kind.
    if (/^bank-[2-9]/.test(node) || /^provider-[2-9]/.test(node)) continue
    for (const time of new Set([1, times])) found.push({ node, when, type, time })
  }
  return found
}

describe('a party that is killed', () => {
  it('control: two undisturbed runs are the same', async () => {
    const again = await run()
    expect(again.left).toEqual(undisturbed.left)
    expect(again.totals).toEqual(undisturbed.totals)
  })

  it('the platform, before a slow member has anything of the steps that are over: it has it when it is back', async () => {
    const point = { node: 'platform', when: 'leaving', type: 'basis.request', time: 1 } as const
    const outcome = await run({ ...point, asleep: 'provider-2' })
    expect(outcome.kills).toBe(1)
    expect(outcome.left).toEqual(undisturbed.left)
    expect(outcome.totals).toEqual(undisturbed.totals)
  })

  it('at any message and started again changes nothing of what leaves, is paid or comes out', async () => {
    const all = points(undisturbed)
    const sample = FULL
      ? all
      : all.filter(
          ({ node, type }, index) => index % 23 === 5 || (node === 'platform' && type === 'totals.masks'),
        )
    const failed: string[] = []
    for (const point of sample) {
      const outcome = await run(point).catch((fault) => String(fault.message ?? fault))
      if (typeof outcome === 'string') failed.push(`${describePoint(point)}: ${outcome}`)
      else if (outcome.kills !== 1) failed.push(`${describePoint(point)}: not killed`)
      else if (JSON.stringify(outcome.left) !== JSON.stringify(undisturbed.left))
        failed.push(`${describePoint(point)}: something else left`)
      else if (JSON.stringify(outcome.ledgers) !== JSON.stringify(undisturbed.ledgers))
        failed.push(`${describePoint(point)}: the ledgers differ`)
      else if (
        Buffer.compare(Buffer.from(outcome.totals.buffer), Buffer.from(undisturbed.totals.buffer)) !== 0
      )
        failed.push(`${describePoint(point)}: other totals`)
      else if (!isDeepStrictEqual(outcome.scorecards, undisturbed.scorecards))
        failed.push(`${describePoint(point)}: other scorecards`)
    }
    expect(failed).toEqual([])
    console.log(`${sample.length} of ${all.length} points`)
  }, 3_600_000)
})
