/** A run that stands still: what happens in between, and how all parties learn that it is given up. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { memoryJournals, memoryNightFiles, PLATFORM, type RunJournals } from '../../../federation/index.ts'
import { planText } from '../../../federation/plan.ts'
import { type TestConsortium, testConsortium } from '../../helpers/consortium.ts'
import { intercept, smallInput } from './interception.ts'

let consortium: TestConsortium | undefined
afterEach(() => consortium?.close())

const STOPPED = new Error('a party stays away')

/** A consortium with journals, whose second run stands still in its first round. */
async function standingStill(): Promise<{ made: TestConsortium; stopped: string; nightOf: () => object }> {
  const kept = new Map<string, RunJournals>()
  const journals = (node: string) => {
    if (!kept.has(node)) kept.set(node, memoryJournals())
    return kept.get(node) as RunJournals
  }
  const files = new Map<string, ReturnType<typeof memoryNightFiles>>()
  const filesOf = (party: string) => {
    if (!files.has(party)) files.set(party, memoryNightFiles())
    return files.get(party) as ReturnType<typeof memoryNightFiles>
  }
  const made = await testConsortium({
    ...smallInput({ rounds: 2 }),
    journals,
    nights: { files: filesOf, leastProviders: () => 2, policy: () => ({ leastChanged: 0 }) },
  })
  consortium = made
  const { plan, planHash } = await made.run({ run: 'run-1' })
  await made.platform.end('run-1')
  let paused = false
  intercept(made, ({ type }) => {
    if (type !== 'round.answer' || paused) return undefined
    paused = true
    made.platform.pause(STOPPED)
    return undefined
  })
  await expect(made.run({ run: 'run-2' })).rejects.toThrow(STOPPED.message)
  const model = {
    planHash,
    plan: planText(plan),
    purpose: plan.purpose,
    trainedAt: new Date(0).toISOString(),
  }
  return { made, stopped: 'run-2', nightOf: () => ({ model, isThere: () => true }) }
}

const openAt = ({ nodes }: TestConsortium) =>
  [...nodes.values()]
    .map(({ membership, openRun }) => (openRun === '' ? '' : membership.name))
    .filter(Boolean)
const settled = () => new Promise((resolve) => setTimeout(resolve, 50))
/** Until these parties alone have a run open; messages of a busy machine take longer than any fixed wait. */
const openOnlyAt = (made: TestConsortium, parties: readonly string[]) =>
  vi.waitFor(() => expect(openAt(made)).toEqual(parties), { timeout: 10_000 })

describe('a run that stands still', () => {
  it('goes on after a night that came in between', async () => {
    const { made, stopped, nightOf } = await standingStill()
    await settled()
    const night = await made.nights.run(nightOf() as Parameters<TestConsortium['nights']['run']>[0])
    expect(night.totals.length).toBe(made.roster.size)
    const { plan } = await made.platform.resume(stopped, { phase: () => {}, step: () => {} })
    expect(plan.run).toBe(stopped)
  })

  it('is put away by every party when it is dropped', async () => {
    const { made, stopped } = await standingStill()
    await settled()
    expect(openAt(made)).toHaveLength(made.nodes.size)
    await made.platform.drop(stopped, new Error('dropped'))
    await openOnlyAt(made, [])
    await expect(made.platform.resume(stopped, { phase: () => {}, step: () => {} })).rejects.toThrow()
  })

  it('is put away by a party that was away meanwhile, when it says hello', async () => {
    const { made, stopped } = await standingStill()
    await settled()
    intercept(made, ({ type, to }) => (type === 'run.abort' && to === 'provider-1' ? [] : undefined))
    await made.platform.drop(stopped, new Error('dropped'))
    await openOnlyAt(made, ['provider-1'])
    await made.greet()
    await openOnlyAt(made, [])
    expect(made.nodes.get(PLATFORM)?.openRun).toBe('')
  })
})
