/** The ledger over several runs: it composes, refuses, and is never forgotten by one side alone. */
import { describe, expect, it } from 'vitest'
import {
  always,
  createEngine,
  KEY_HOLDER,
  KeyHolderRole,
  Ledger,
  type LedgerStore,
  PLATFORM,
  secureRandom,
} from '../../../federation/index.ts'
import { type ConsortiumInput, testConsortium } from '../../helpers/consortium.ts'
import { type Deviation, expectStopped, intercept, type Posted, runWith, smallInput } from './interception.ts'
import { BANKS, enrol, keptWith, ledgerText, past, restored, snapshotIn } from './kept.ts'

const input = smallInput({ sigma: 4 })
const enrolled = enrol(input)
const snapshot = snapshotIn(input, enrolled)
const policy = (mostEpsilon: number | null) => ({
  ...{ leastProviders: 2, leastSigma: 0, overrideLimits: true },
  mostEpsilon,
})
const types = (recorded: readonly Posted[]) => new Set(recorded.map(({ type }) => type))
const of = (recorded: readonly Posted[], type: string) => recorded.filter((message) => message.type === type)

/** Nothing that was computed from labels left for anybody. */
function expectNothingReleased(recorded: readonly Posted[]): void {
  for (const type of ['labels.opened', 'bins.counts', 'round.query', 'round.gradient', 'evaluation.opened'])
    expect([...types(recorded)]).not.toContain(type)
}

/** Ends the run after the label sums; what comes later is no part of the test. */
const untilLabels: Deviation = ({ type }, { platform }) => {
  if (type === 'basis.request') platform.cancel(new Error('seen enough'))
  return undefined
}

it('a run id that the ledger knows is refused, also by a key holder that was started anew', async () => {
  const kept = { ...keptWith(enrolled, '', '') }
  const first = await runWith({ ...input, kept }, untilLabels, { run: 'run-1' })
  expect([...types(first.recorded)]).toContain('labels.opened')
  const again = await runWith({ ...input, kept }, untilLabels, { run: 'run-1' })
  expectStopped(again, 'MESSAGE_UNEXPECTED', PLATFORM)
  expectNothingReleased(again.recorded)
})

describe('two runs on the same labels', () => {
  it('add up, share one snapshot and open fine bins once; one changed label makes another', async () => {
    const kept = { ...keptWith(enrolled, '', '') }
    const first = await runWith({ ...input, kept }, undefined, { run: 'run-1' })
    const second = await runWith({ ...input, kept }, undefined, { run: 'run-2' })
    const [a, b] = [first.result!.privacy, second.result!.privacy]
    expect(a.snapshot.id).toBe(snapshot)
    expect(b.snapshot.id).toBe(snapshot)
    expect(b.snapshot.rho).toBeCloseTo(a.rho! + b.rho!, 12)
    expect(b.epsilonCounted).toBeGreaterThan(b.epsilon!)
    expect(of(first.recorded, 'bins.counts')).toHaveLength(3)
    expect(types(second.recorded)).not.toContain('bins.query')
    // one cell's fine bins less: a round of three columns at sigma 4 with two banks
    expect(a.rho! - b.rho!).toBeCloseTo((4 * 3) / (2 * 16), 12)
    expect(kept.ledgers.platform.text).toBe(kept.ledgers.keyHolder.text)

    const bad = Uint8Array.from(input.labelHolders[0].bad)
    const row = input.labelHolders[0].labelled.indexOf(1)
    bad[row] = 1 - bad[row]
    const changed = { ...input, labelHolders: [{ ...input.labelHolders[0], bad }, input.labelHolders[1]] }
    const third = await runWith({ ...changed, kept }, untilLabels, { run: 'run-3' })
    const [opened] = of(third.recorded, 'run.open')
    expect(opened.body.snapshot).not.toBe(snapshot)
    expect(kept.ledgers.platform.text.trim().split('\n').at(-1)).toContain(`"${opened.body.snapshot}"`)
  })
})

describe('an exhausted budget', () => {
  // rho 1 is epsilon 8.43; the label sums of two banks at sigma 4 cost 0.625
  const spend = (rho: number) => ledgerText(enrolled, snapshot, [past(rho)])

  it('refuses the label sums before they leave either server', async () => {
    const text = await spend(1)
    const outcome = await runWith({
      ...input,
      policy: policy(8.5),
      kept: keptWith(enrolled, text, text),
    })
    expectStopped(outcome, 'BUDGET_EXHAUSTED', snapshot)
    expect(outcome.text).toContain('entry 1 (label sums)')
    expectNothingReleased(outcome.recorded)
    expect(types(outcome.recorded)).not.toContain('labels.answer')
  })

  it('refuses a plan that would pass it, before anybody signs', async () => {
    const text = await spend(0.2)
    const kept = keptWith(enrolled, text, text)
    const outcome = await runWith({ ...input, policy: policy(8.5), kept })
    expectStopped(outcome, 'BUDGET_EXHAUSTED', snapshot)
    expect(types(outcome.recorded)).not.toContain('plan.approve')
    expect(types(outcome.recorded)).not.toContain('bins.query')
    // what was opened before stays charged, on both sides
    expect(kept.ledgers.platform.text).toBe(kept.ledgers.keyHolder.text)
    expect(kept.ledgers.platform.text.trim().split('\n')).toHaveLength(2)
  })
})

describe('a platform without a budget', () => {
  // label sums 0.625, then fine bins of 3 unaudited providers: 3 * 128 * 4 / 32 = 48
  it.each([
    ['signs no plan that would pass its own', 60, 60, ['labels.opened']],
    ['releases nothing that would pass its own', null, 60, ['labels.opened']],
    ['releases what fits and stops at the round that does not', null, 140, ['labels.opened', 'bins.counts']],
  ] as const)('meets a key holder that %s', async (_, signs, releases, left) => {
    const kept = keptWith(enrolled, '', '')
    const consortium = await testConsortium({ ...input, policy: policy(null), kept })
    const node = consortium.nodes.get(KEY_HOLDER)!
    const ledger = await Ledger.open(kept.ledgers.keyHolder, node.membership, releases)
    const services = { engine: createEngine(0), random: secureRandom, clock: { now: () => new Date() } }
    node.attach(new KeyHolderRole(node, services, always(consortium.roster), policy(signs), ledger))
    const recorded = intercept(consortium)
    await expect(consortium.run()).rejects.toMatchObject({ cause: 'YX_FEDERATION_BUDGET_EXHAUSTED' })
    await consortium.close()
    await services.engine.close()
    const own = recorded.filter(({ from }) => from === KEY_HOLDER).map(({ type }) => type)
    const released = ['labels.opened', 'bins.counts', 'round.gradient', 'score.masks', 'evaluation.opened']
    expect(released.filter((type) => own.some((one) => one === type))).toEqual(left)
  })
})

/** A run that must not get as far as a plan, with these ledgers and what label holders were shown. */
async function openWith(
  platform: string,
  keyHolder: string,
  shown = '',
  change: Partial<ConsortiumInput> = {},
) {
  const kept = keptWith(enrolled, platform, keyHolder, shown)
  const consortium = await testConsortium({ ...input, ...change, kept })
  const recorded = intercept(consortium, untilLabels)
  const notices: string[] = []
  for (const name of [PLATFORM, KEY_HOLDER])
    consortium.nodes.get(name)!.onNotice = (text) => notices.push(`${name}: ${text}`)
  const fault = await consortium.run().then(
    () => undefined,
    (cause: { code?: string; cause?: unknown; message: string }) => cause,
  )
  await consortium.close()
  return { recorded, notices, fault, kept }
}

describe('when a run opens', () => {
  const whole = ledgerText(enrolled, snapshot, [past(0.1), past(0.2), past(0.3), past(0.4)])

  it.each([
    ['platform', 1, 4, 'platform: the ledger lacked 3 entries; they were taken over from the key holder'],
    ['key holder', 4, 0, 'keyholder: the ledger lacked 4 entries; they were taken over from the platform'],
  ])('a restored disk of the %s is completed from the other side', async (_, platform, keyHolder, notice) => {
    const text = await whole
    const { kept, notices, recorded } = await openWith(
      restored(text, platform),
      restored(text, keyHolder),
      text,
    )
    expect(notices).toEqual([notice])
    expect(kept.ledgers.platform.text.startsWith(text)).toBe(true)
    expect(kept.ledgers.keyHolder.text).toBe(kept.ledgers.platform.text)
    expect(types(recorded)).toContain('labels.opened')
  })

  it('restored disks of both are noticed by the label holders, who share nothing', async () => {
    const text = await whole
    const { fault, recorded } = await openWith(restored(text, 2), restored(text, 2), text)
    expect(fault?.cause).toBe('YX_FEDERATION_LEDGER_BEHIND')
    expect(types(recorded)).not.toContain('labels.share')
    expectNothingReleased(recorded)
  })

  it('ledgers that differ refuse the run and name the entry', async () => {
    const text = await whole
    const other = await ledgerText(enrolled, snapshot, [past(0.1), past(0.2), past(0.25), past(0.4)])
    for (const [platform, keyHolder, index] of [
      [text, other, 3],
      [text, restored(other, 3), 2],
      [restored(text, 3), other, 2],
    ] as const) {
      const { fault, recorded, kept } = await openWith(platform, keyHolder)
      expect([fault?.code, fault?.cause]).toContain('YX_FEDERATION_LEDGER_FORKED')
      expect(fault?.message).toContain(`entry ${index} or before`)
      expect(types(recorded)).not.toContain('labels.share')
      expect([kept.ledgers.platform.text, kept.ledgers.keyHolder.text]).toEqual([platform, keyHolder])
    }
  })

  it.each([
    ['platform', PLATFORM],
    ['keyHolder', KEY_HOLDER],
  ] as const)('a full disk of the %s releases nothing and gives nothing up', async (side, name) => {
    const kept = keptWith(enrolled, '', '')
    const full: LedgerStore = {
      load: kept.ledgers[side].load,
      append: () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' })),
    }
    const consortium = await testConsortium({
      ...input,
      kept: { ...kept, ledgers: { ...kept.ledgers, [side]: full } },
    })
    const recorded = intercept(consortium)
    // The platform's fault ends its run, the key holder's its process: the run then waits for it.
    const halted = new Promise<unknown>((resolve) => {
      consortium.nodes.get(name)!.onHalt = resolve
    })
    const fault = await Promise.race([halted, consortium.run().catch((cause) => cause)])
    await consortium.close()
    expect(fault).toMatchObject({ code: 'YX_FEDERATION_LEDGER_UNWRITABLE' })
    expectNothingReleased(recorded)
    expect([...types(recorded)]).not.toContain('run.abort')
  })
})

it('a platform that names other labels than a bank holds gets none of them', async () => {
  const outcome = await runWith(input, (message) => {
    if (message.type !== 'run.open' || message.to !== BANKS[0]) return undefined
    const digests = message.body.labelDigests as string[]
    return [{ ...message, body: { ...message.body, labelDigests: [digests[1], digests[0]] } }]
  })
  expectStopped(outcome, 'PLAN_REFUSED', BANKS[0])
  expectNothingReleased(outcome.recorded)
})
