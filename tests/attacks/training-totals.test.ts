/**
 * Openings of the training totals (protocol.md section 8): the platform gets the total of every training row when the plan says
 * so. The attacker is a platform that wants more: an opening that is not in the plan, one at another time, a second one, one
 * of fewer providers. Two vectors of a provider under one mask would give away how its own totals changed.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lift, subtractInto, T, unpackResidues } from '../../engine/index.ts'
import type { OpenedRun } from '../../federation/approval.ts'
import { KEY_HOLDER, PLATFORM } from '../../federation/index.ts'
import { ProviderMasks } from '../../federation/roles/provider-masks.ts'
import { TOTALS_OPENING } from '../../federation/runs/openings.ts'
import { type TestConsortium, testConsortium } from '../helpers/consortium.ts'
import {
  changed,
  type Deviation,
  expectStopped,
  type Outcome,
  onFirst,
  type Posted,
  runWith,
  smallInput,
} from '../unit/federation/interception.ts'

const PROVIDERS = ['provider-1', 'provider-2', 'provider-3']
const [FIRST] = PROVIDERS
/** Two linear rounds, the opening, one logistic round. */
const logistic = () => smallInput({ rounds: 2, logisticRounds: 1 })

const request = (opening: number, round: number): Posted => ({
  ...{ from: PLATFORM, to: FIRST, type: 'totals.request', round },
  body: { opening },
})
const commit = (opening: number, round: number, providers = PROVIDERS): Posted => ({
  ...{ from: PLATFORM, to: KEY_HOLDER, type: 'totals.commit', round },
  body: { opening, providers },
})
const ofType = ({ recorded }: Outcome, type: string) => recorded.filter((message) => message.type === type)
/** Posts something else just before the platform begins an exchange. */
const before = (round: number, ...extra: Posted[]): Deviation =>
  onFirst({ type: 'round.start', to: KEY_HOLDER, round }, (message) => [...extra, message])

describe('an opening of training totals', () => {
  it('comes when the plan says so, over every training row, and stands in the ledger', async () => {
    const { result, recorded, code } = await runWith(logistic())
    expect(code).toBeNull()
    const steps = recorded
      .filter(({ to, type }) => type === 'totals.masks' || (type === 'round.start' && to === KEY_HOLDER))
      .map(({ type, round }) => `${type} ${round}`)
    expect(steps).toEqual(['round.start 1', 'round.start 2', 'totals.masks 2', 'round.start 3'])
    const { plan, ledger } = result!
    expect(plan.logistic).toEqual({ rounds: 1, openings: 1 })
    for (const { type, body } of recorded) {
      if (type === 'totals.share') expect((body.totals as Uint8Array).length).toBe(6 * plan.trainRows)
    }
    const what = ledger.map((entry) => `${entry.what}: ${entry.released}`)
    expect(what).toContain(`totals of opening "training totals 1": ${plan.trainRows}`)
  })

  it('that the plan does not have is refused by the provider and by the key holder', async () => {
    const linear = smallInput({ rounds: 2 })
    const asked = await runWith(linear, before(2, request(1, 1)))
    expectStopped(asked, 'MESSAGE_UNEXPECTED', FIRST)
    const committed = await runWith(linear, before(2, commit(1, 1)))
    expectStopped(committed, 'SECOND_SET', KEY_HOLDER)
    for (const outcome of [asked, committed]) {
      expect([...ofType(outcome, 'totals.share'), ...ofType(outcome, 'totals.masks')]).toEqual([])
    }
  })

  it.each([
    ['before it is due', 2, request(1, 1), commit(1, 1)],
    ['with a number that it does not have', 3, request(2, 2), commit(2, 2)],
  ])('%s', async (_, exchange, toProvider, toKeyHolder) => {
    const asked = await runWith(logistic(), before(exchange, toProvider))
    expectStopped(asked, 'MESSAGE_UNEXPECTED', FIRST)
    const committed = await runWith(logistic(), before(exchange, toKeyHolder))
    expect(committed.code).toMatch(/MESSAGE_UNEXPECTED|SECOND_SET/)
    expect(ofType(committed, 'totals.masks').length).toBeLessThanOrEqual(exchange - 2)
  })

  it('while an exchange is open', async () => {
    const early = (to: string): Posted => ({ from: PLATFORM, to, type: 'round.start', round: 3, body: {} })
    for (const [type, to] of [
      ['totals.request', FIRST],
      ['totals.commit', KEY_HOLDER],
    ] as const) {
      const outcome = await runWith(
        logistic(),
        onFirst({ type, to }, (message) => [early(to), message]),
      )
      expectStopped(outcome, 'MESSAGE_UNEXPECTED', to)
      expect(ofType(outcome, 'totals.masks')).toEqual([])
    }
  })

  it('a second time', async () => {
    const asked = await runWith(logistic(), before(3, request(1, 2)))
    expectStopped(asked, 'SECOND_SET', FIRST)
    expect(ofType(asked, 'totals.share').filter(({ from }) => from === FIRST)).toHaveLength(1)
    const committed = await runWith(logistic(), before(3, commit(1, 2)))
    expectStopped(committed, 'SECOND_SET', KEY_HOLDER)
    expect(ofType(committed, 'totals.masks')).toHaveLength(1)
  })

  it.each([
    ['of fewer providers', ['provider-1', 'provider-2']],
    ['of a party that gave none', ['provider-1', 'provider-2', 'bank-1']],
  ])('%s', async (_, providers) => {
    const smaller = onFirst({ type: 'totals.commit' }, (message) => [changed(message, { providers })])
    const outcome = await runWith(logistic(), smaller)
    expectStopped(outcome, 'MESSAGE_UNEXPECTED', KEY_HOLDER)
    expect(ofType(outcome, 'totals.masks')).toEqual([])
  })
})

describe('totals of one provider at two openings', () => {
  let consortium: TestConsortium
  beforeAll(async () => {
    consortium = await testConsortium(logistic())
  })
  afterAll(() => consortium.close())

  const rows = 4096
  const then = Float64Array.from({ length: rows }, (_, row) => (row * 37) % 5000)
  const now = then.map((total, row) => total + (row % 7) * 100)
  const masks = () => {
    const opened = { snapshot: 's', run: 'r', providers: PROVIDERS } as Partial<OpenedRun> as OpenedRun
    return new ProviderMasks(consortium.nodes.get(FIRST)!, opened)
  }
  /** What a platform makes of two vectors. */
  const differenceOf = (one: Uint8Array, two: Uint8Array) => {
    const values = unpackResidues(two, rows)
    subtractInto(values, unpackResidues(one, rows))
    return values
  }

  it('are under masks of their own: no row of the change shows', () => {
    const own = masks()
    const one = own.residues(TOTALS_OPENING, 'totals', 1, then)
    const difference = differenceOf(one, own.residues(TOTALS_OPENING, 'totals', 2, now))
    expect(difference.filter((value, row) => lift(value) === now[row] - then[row])).toHaveLength(0)
    const high = difference.filter((value) => value > T / 2).length
    expect(Math.abs(high - rows / 2)).toBeLessThan(6 * Math.sqrt(rows / 4))
    expect(() => own.residues(TOTALS_OPENING, 'totals', 1, now)).toThrow(
      expect.objectContaining({ code: 'YX_ENGINE_LABEL_REUSED' }),
    )
  })

  it('control: a provider that forgets what it answered shows the change of every row', () => {
    const one = masks().residues(TOTALS_OPENING, 'totals', 1, then)
    const two = masks().residues(TOTALS_OPENING, 'totals', 1, now)
    expect(differenceOf(one, two).map(lift)).toEqual(now.map((total, row) => total - then[row]))
  })
})
