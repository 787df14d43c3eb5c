/** Merged bins in a run: decided once, from what the provider has, and nothing of it leaves the house. */
import { expect, it } from 'vitest'
import { createEngine, memoryJournals, replayRun } from '../../../federation/index.ts'
import type { ProviderScorecard, Trend } from '../../../models/index.ts'
import { type ConsortiumInput, testConsortium } from '../../helpers/consortium.ts'
import { syntheticInput } from '../../helpers/synthetic.ts'
import { keptOf, recordRun, replayRole } from './recorded-roles.ts'

const plain = {
  ...syntheticInput({ rows: 3000, providers: 3, banks: 2, seed: 4, rounds: 2, columns: 2, bins: 6 }),
  sigma: 4,
}
/** The values rise with the firms' health, so a rising risk is against the data. */
const TRENDS: readonly Trend[] = ['rising', 'valley']
const withTrends = (input: ConsortiumInput): ConsortiumInput => ({
  ...input,
  providers: input.providers.map((of) => ({
    ...of,
    columns: of.columns.map((column, at) => ({ ...column, trend: TRENDS[at] })),
  })),
})
const input = withTrends(plain)
const NAME = 'provider-1'
const mergedOf = (card: object | undefined) =>
  (card as ProviderScorecard).columns.map(({ merged, bins }) => [merged!.bins.length, bins.length])

it('a provider that is restarted after every step has the same merged bins, and says the same', async () => {
  const run = await recordRun(input)
  await run.consortium.close()
  const again = await replayRole(input, run, NAME)
  expect(again.posted).toEqual(run.recorded.get(NAME)!.posted)
  expect(again.scorecard).toEqual(run.consortium.scorecards.get(NAME))
  const [[merged, fine]] = mergedOf(again.scorecard)
  expect(merged).toBeLessThan(fine)

  // Another rule after the restart does not change what was decided.
  const policy = { leastProviders: 2, leastSigma: 0, overrideLimits: true, mostEpsilon: null }
  const then = { ...input, policy: { ...policy, scorecard: { trends: false } } }
  const events = run.recorded.get(NAME)!.events
  const first = events.findIndex((one) => one !== 'end of step' && one.message.type === 'round.gradient')
  const steps = events.slice(0, first).filter((one) => one === 'end of step').length
  const changed = await replayRole(input, run, NAME, { then, restart: (step) => step === steps })
  expect(changed.restarts).toBe(1)
  expect(changed.posted).toEqual(run.recorded.get(NAME)!.posted)

  // What it commits to and offers does not tell whether a trend is stated.
  const without = await recordRun(plain)
  await without.consortium.close()
  const offered = (of: typeof run) => of.recorded.get(NAME)!.posted.find((one) => one.includes('basis.ready'))
  expect(offered(without)).toBe(offered(run))
  const types = (of: typeof run) => of.recorded.get(NAME)!.posted.map((one) => one.split(' ').slice(0, 3))
  expect(types(without)).toEqual(types(run))
})

it('a second run on the same labels merges by the counts that were kept, and is computed again from them', async () => {
  const journals = memoryJournals()
  const kept = keptOf(input)
  const consortium = await testConsortium({
    ...{ ...input, kept },
    journals: (name) => (name === NAME ? journals : memoryJournals()),
  })
  const cards: object[] = []
  for (const run of ['run-1', 'run-2']) {
    const { plan } = await consortium.run({ run })
    expect(plan.binned.includes(NAME)).toBe(run === 'run-1')
    cards.push(consortium.scorecards.get(NAME)!)
  }
  await consortium.close()
  const counts = (card: object) =>
    (card as ProviderScorecard).columns.map(({ merged }) => merged!.bins.map(({ bads }) => bads))
  expect(counts(cards[1])).toEqual(counts(cards[0]))
  const options = {
    ...{
      membership: consortium.nodes.get(NAME)!.membership,
      roster: consortium.roster,
      journals,
      run: 'run-2',
    },
    ...{ engine: createEngine(0), received: [] },
    data: input.providers[0],
    policy: { leastProviders: 2, leastSigma: 0, overrideLimits: true, mostEpsilon: null },
  }
  const whole = await replayRun({ ...options, fineBins: kept.fineBins[NAME] })
  expect(whole.difference).toBeNull()
  // Without them it is another model.
  expect((await replayRun(options)).difference).toMatchObject({ type: 'round.share', round: 2 })
})
