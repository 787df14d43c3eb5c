/** A column that alone tells the outcome is used only after its own provider approved it; until then the run waits. */
import { expect, it } from 'vitest'
import type { PartyPolicy } from '../../../federation/index.ts'
import { CELL, type Column, type ProviderScorecard } from '../../../models/index.ts'
import { type ConsortiumInput, testConsortium } from '../../helpers/consortium.ts'
import { generator, syntheticInput } from '../../helpers/synthetic.ts'
import { intercept } from './interception.ts'
import { recordRun, replayRole } from './recorded-roles.ts'

const NAME = 'provider-1'
const made = syntheticInput({ rows: 3000, providers: 3, banks: 1, seed: 6, rounds: 2, columns: 1, bins: 6 })
const random = generator(4)
/** Above 1 where a bank will say "bad". */
const leak: Column = {
  kind: 'numeric',
  name: 'p1.collection',
  values: Float64Array.from(made.folds, (_, row) => made.labelHolders[0].bad[row] + random()),
  state: made.folds.map(() => CELL.held),
}
const plain: ConsortiumInput = {
  ...made,
  providers: made.providers.map((of) => (of.name === NAME ? { ...of, columns: [...of.columns, leak] } : of)),
}
const rules: PartyPolicy = { leastProviders: 2, leastSigma: 0, overrideLimits: true, mostEpsilon: null }
const approving = (...approvedColumns: string[]): ConsortiumInput => ({
  ...plain,
  policy: { ...rules, scorecard: { approvedColumns } },
})

it('the run waits at its provider, who sends nothing of the first round and tells nobody why', async () => {
  const consortium = await testConsortium(plain)
  const posted = intercept(consortium)
  const node = consortium.nodes.get(NAME)!
  const fault = await new Promise<unknown>((resolve, reject) => {
    node.onHalt = resolve
    void consortium.run().then(reject, reject)
  })
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(fault).toMatchObject({ code: 'YX_FEDERATION_COLUMN_HELD' })
  expect((fault as Error).message).toContain('p1.collection')
  const types = posted.filter(({ from }) => from === NAME).map(({ type }) => type)
  expect(types.at(-1)).toBe('bins.done')
  expect(posted.map(({ type }) => type)).not.toContain('run.abort')
  expect(consortium.scorecards.size).toBe(0)
  await consortium.close()
})

it('it goes on from its state once the column is approved, as if it had been from the start', async () => {
  const run = await recordRun(approving('p1.collection'))
  await run.consortium.close()
  const { events, posted } = run.recorded.get(NAME)!
  const first = events.findIndex((one) => one !== 'end of step' && one.message.type === 'round.start')
  const before = events.slice(0, first).filter((one) => one === 'end of step').length
  const card = run.consortium.scorecards.get(NAME) as ProviderScorecard
  expect(card.columns.find(({ name }) => name === 'p1.collection')!.auc).toBeGreaterThan(0.9)

  await expect(replayRole(plain, run, NAME, { restart: () => false })).rejects.toMatchObject({
    code: 'YX_FEDERATION_COLUMN_HELD',
  })
  const from = (then: ConsortiumInput) => ({ restart: (step: number) => step === before - 1, then })
  const still = replayRole(plain, run, NAME, from(approving('p1.other')))
  await expect(still).rejects.toMatchObject({ code: 'YX_FEDERATION_COLUMN_HELD' })
  const again = await replayRole(plain, run, NAME, from(approving('p1.collection')))
  expect(again.restarts).toBe(1)
  expect(again.posted).toEqual(posted)
  expect(again.scorecard).toEqual(card)
})

it('a column that the provider leaves out anyway holds nothing', async () => {
  const consortium = await testConsortium({
    ...plain,
    policy: { ...rules, scorecard: { select: { mostIv: 2 } } },
  })
  await consortium.run()
  await consortium.close()
  const { columns } = consortium.scorecards.get(NAME) as ProviderScorecard
  const left = columns.find(({ name }) => name === 'p1.collection')!
  expect(left.selected!.reasons.join()).toContain('information value above 2')
  expect(left.bins.every(({ points }) => points === 0)).toBe(true)
})
