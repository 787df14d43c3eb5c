/**
 * A budget of the labels is worth nothing if it can be made whole again. A snapshot is named after its labels over the roster:
 * whoever can add one firm to the roster, or has one label mended, has another snapshot. The budget follows the label period
 * instead, which only a label holder can begin, and seldom. The control is the sum by snapshot, which is fresh each time.
 */
import { describe, expect, it } from 'vitest'
import { Ledger, memoryLedger } from '../../federation/index.ts'
import { familiesOf } from '../../federation/label-period.ts'
import type { ConsortiumInput } from '../helpers/consortium.ts'
import { syntheticInput } from '../helpers/synthetic.ts'
import {
  changed,
  expectStopped,
  onFirst,
  type Posted,
  runWith,
  smallInput,
} from '../unit/federation/interception.ts'
import {
  BANKS,
  enrol,
  keptWith,
  ledgerText,
  membershipOf,
  past,
  snapshotIn,
} from '../unit/federation/kept.ts'

const input = smallInput({ sigma: 4 })
const enrolled = enrol(input)
const FIRST = familiesOf(BANKS, ['', ''])
/** Almost all of the budget below was spent on the first snapshot. */
const SPENT = [past(99.9)]
const policy = { leastProviders: 2, leastSigma: 0, overrideLimits: true, mostEpsilon: 174 }

async function runAfter(
  families: readonly string[],
  of: ConsortiumInput,
  periods: Readonly<Record<string, string>> = {},
  deviate?: Parameters<typeof runWith>[1],
) {
  const text = await ledgerText(enrolled, snapshotIn(input, enrolled), SPENT, families)
  const kept = { ...keptWith(enrolled, text, text), periods }
  return runWith({ ...of, policy, kept }, deviate)
}
const types = (recorded: readonly Posted[]) => recorded.map(({ type }) => type)

function oneLabelMended(): ConsortiumInput {
  const [first, second] = input.labelHolders
  const bad = Uint8Array.from(first.bad)
  const row = first.labelled.indexOf(1)
  bad[row] = 1 - bad[row]
  return { ...input, labelHolders: [{ ...first, bad }, second] }
}
const oneFirmMore: ConsortiumInput = {
  ...input,
  ...syntheticInput({ rows: 601, providers: 3, banks: 2, seed: 1, rounds: 1, columns: 1 }),
}

describe('a spent budget', () => {
  it.each([
    ['one label mended', oneLabelMended()],
    ['one firm more on the roster', oneFirmMore],
  ])('stays spent with %s, which makes another snapshot', async (_, other) => {
    expect(snapshotIn(other, enrolled)).not.toBe(snapshotIn(input, enrolled))
    const { ledgers } = keptWith(
      enrolled,
      await ledgerText(enrolled, snapshotIn(input, enrolled), SPENT, FIRST),
      '',
    )
    const ledger = await Ledger.open(
      memoryLedger(ledgers.platform.text),
      membershipOf(enrolled, 'platform'),
      null,
    )
    // the control: by snapshot nothing would have been spent
    expect(ledger.spentOnSnapshot(snapshotIn(other, enrolled)).rhoCounted).toBe(0)
    const outcome = await runAfter(FIRST, other)
    expectStopped(outcome, 'BUDGET_EXHAUSTED', 'label')
    expect(types(outcome.recorded)).not.toContain('labels.opened')
  })

  it('stays spent where one of two label holders begins a period', async () => {
    const outcome = await runAfter(FIRST, input, { [BANKS[0]]: '2026-01-01' })
    expectStopped(outcome, 'BUDGET_EXHAUSTED', 'label')
    expect(types(outcome.recorded)).not.toContain('labels.opened')
  })

  it('control: is whole for labels of another period of all of them', async () => {
    const periods = { [BANKS[0]]: '2026-01-01', [BANKS[1]]: '2026-01-01' }
    const outcome = await runAfter(FIRST, input, periods)
    expect(types(outcome.recorded)).toContain('labels.opened')
  })
})

describe('a platform that speaks of another period than a label holder', () => {
  const lie = (to: string) =>
    onFirst({ type: 'run.open', to }, (message) => [
      changed(message, { labelPeriods: ['2026-01-01', '2026-01-01'] }),
    ])

  it('to the key holder, to have a fresh budget there, is refused: the snapshot is named after the periods', async () => {
    const outcome = await runAfter(FIRST, input, {}, lie('keyholder'))
    expectStopped(outcome, 'PLAN_REFUSED', 'not named after its labels')
    expect(types(outcome.recorded)).not.toContain('labels.opened')
  })

  it('to the label holder is refused by it', async () => {
    const outcome = await runAfter(familiesOf(['another'], ['']), input, {}, lie(BANKS[0]))
    expectStopped(outcome, 'PLAN_REFUSED', BANKS[0])
    expect(types(outcome.recorded)).not.toContain('labels.opened')
  })
})

it('a platform that hands over entries of the run that it opens, which make its releases look paid, gets none', async () => {
  const text = await ledgerText(enrolled, snapshotIn(input, enrolled), SPENT, FIRST)
  const store = memoryLedger(text)
  const forging = await Ledger.open(store, membershipOf(enrolled, 'platform'), null)
  const about = { snapshot: snapshotIn(input, enrolled), families: FIRST, run: 'run-1', planHash: '' }
  await forging.charge(about, [{ ...past(0, 'label sums'), released: 5, sigma: 4 }])
  const kept = { ...keptWith(enrolled, store.text, text), periods: {} }
  const outcome = await runWith({ ...input, policy, kept })
  expectStopped(outcome, 'LEDGER_FORKED', 'keyholder')
  expect(kept.ledgers.keyHolder.text).toBe(text)
  expect(types(outcome.recorded)).not.toContain('labels.opened')
})

it('a label holder that goes back to an earlier period gets no run', async () => {
  const outcome = await runAfter(familiesOf(BANKS, ['2026-01-01', '2026-01-01']), input)
  expectStopped(outcome, 'LABEL_PERIOD_REFUSED', BANKS[0])
  expect(types(outcome.recorded)).not.toContain('labels.opened')
})
