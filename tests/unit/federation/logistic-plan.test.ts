import { describe, expect, it } from 'vitest'
import { residualScale } from '../../../engine/index.ts'
import { advise } from '../../../federation/advisor.ts'
import { chargesOf } from '../../../federation/charges.ts'
import {
  isLogistic,
  logisticPlan,
  openingRounds,
  residualUnit,
  stepScaleOf,
} from '../../../federation/logistic-plan.ts'
import { checkLimits, makePlan, type RunPlan } from '../../../federation/plan.ts'
import { summaryOf } from '../../../federation/plan-summary.ts'

const planOf = (rounds: number, logistic: RunPlan['logistic'], flags: readonly string[] = []): RunPlan =>
  makePlan({
    ...{ consortium: 'c', run: 'r', snapshot: 's', purpose: 'test', rosterDigest: 'd', rows: 60_000 },
    ...{ authorisation: null, trainFolds: [1, 2, 3, 4], trainRows: 48_000, labelHolders: ['bank'] },
    ...{ bins: 4, rounds, logistic, booster: null, challenges: 0, evaluations: 3, lambda: 100, sigma: 10 },
    ...{ megabits: 1000, labelSigma: 10, labelled: 40_000, bads: 4000, labelledAll: 50_000 },
    scale: residualScale(0.1),
    providers: ['water', 'power', 'tax', 'court'].map((name) => ({
      ...{ name, publicData: false, width: 4, occupancy: 1, bins: 4, commitment: 'x', runSecret: 'y' },
      ...{ auditedOccupancy: null, trainedOn: 'all' as const, columns: [], extractors: [], grade: null },
    })),
    binned: [],
    ledger: { entries: 1, hash: 'h', rho: 0, rhoCounted: 0 },
    flags,
    expires: '2027-01-01T00:00:00Z',
  })

const limit = expect.objectContaining({ code: 'YX_FEDERATION_PLAN_LIMIT' })

it('opens no totals of firms that authorised nothing', () => {
  const plan = { ...planOf(8, { rounds: 4, openings: 1 }), authorisation: { version: 1, digest: 'd' } }
  expect(() => checkLimits(plan, 2)).toThrow(limit)
  const restricted = plan.providers.map((one) => ({ ...one, trainedOn: 'authorised' as const }))
  expect(() => checkLimits({ ...plan, providers: restricted }, 2)).not.toThrow()
  const publicOnly = plan.providers.map((one) => ({ ...one, publicData: one.name === 'court' }))
  expect(() => checkLimits({ ...plan, providers: publicOnly }, 2)).toThrow(limit)
  expect(() => checkLimits({ ...plan, logistic: null }, 2)).not.toThrow()
})

describe('logistic rounds of a plan', () => {
  it.each([
    [0, 8, null],
    [1, 8, { rounds: 1, openings: 1 }],
    [4, 8, { rounds: 4, openings: 1 }],
    [5, 8, { rounds: 5, openings: 2 }],
    [8, 15, { rounds: 8, openings: 2 }],
    [8, 5, { rounds: 3, openings: 1 }],
    [8, 2, null],
  ])('%d wanted of %d rounds', (wanted, total, expected) => {
    expect(logisticPlan(wanted, total)).toEqual(expected)
  })

  it('follow the linear ones, which give way where both are more than the limit', () => {
    expect(advise(5000, 6, { logisticRounds: 8 })).toMatchObject({ rounds: 15, logisticRounds: 8 })
    expect(advise(5000, 12, { logisticRounds: 4 })).toMatchObject({ rounds: 15, logisticRounds: 4 })
    expect(advise(5000, 6, { rounds: 5, logisticRounds: 3 })).toMatchObject({ rounds: 8, logisticRounds: 3 })
    expect(advise(5000, 6, {})).toMatchObject({ rounds: 8, logisticRounds: 0 })
  })

  it('open totals before the first of them and in their middle, and stand in the ledger there', () => {
    const plan = planOf(13, { rounds: 7, openings: 2 })
    expect(openingRounds(plan)).toEqual([6, 10])
    expect([6, 7, 13].map((round) => isLogistic(plan, round))).toEqual([false, true, true])
    const what = [...chargesOf(plan)].map((charge) => charge.what)
    const at = (text: string) => what.findIndex((one) => one.includes(text))
    expect(at('training totals 1')).toBe(at('gradients of round 6') + 1)
    expect(at('training totals 2')).toBe(at('gradients of round 10') + 1)
    expect(what.filter((one) => one.includes('training totals'))).toHaveLength(2)
    expect(openingRounds(planOf(8, null))).toEqual([])
  })

  it('carry noise in units of one default, and cost the same', () => {
    const plan = planOf(10, { rounds: 4, openings: 1 })
    // p0 0.1: curvature at most 0.135, 64 * 0.135 <= 16 < 128 * 0.135
    expect([6, 7].map((round) => residualUnit(plan, round))).toEqual([plan.scale.c, 4096 * 64])
    expect(stepScaleOf(plan, 6)).toBeUndefined()
    expect(stepScaleOf(plan, 7)).toMatchObject({ ratio: expect.closeTo(1.5, 9), levelled: true })
    const rho = [...chargesOf(plan)].filter(({ what }) => what.startsWith('gradients')).map((one) => one.rho)
    expect(new Set(rho).size).toBe(1)
  })

  it('are told to whoever signs: what leaves, and what is new', () => {
    const plan = planOf(13, { rounds: 7, openings: 2 })
    const summary = summaryOf(plan, 'water', planOf(13, null))
    expect(summary.leaving).toContainEqual({
      ...{ type: 'totals.share', to: 'platform', times: 2, bytes: 2 * 6 * 48_000 },
    })
    expect(summary.changes).toEqual([
      { what: 'logistic rounds, openings of totals', before: '', after: '7, 2' },
    ])
  })

  it.each([
    ['three openings', { rounds: 9, openings: 3 }],
    ['none', { rounds: 3, openings: 0 }],
    ['five rounds from one opening', { rounds: 5, openings: 1 }],
    ['an opening without a round', { rounds: 1, openings: 2 }],
    ['too few linear rounds before', { rounds: 8, openings: 2 }],
  ])('are refused with %s, also where limits are overridden', (_, logistic) => {
    const plan = planOf(9, logistic, ['override-limits'])
    expect(() => checkLimits(plan, 2)).toThrow(limit)
  })

  it('count as rounds: more than fifteen together are refused', () => {
    expect(() => checkLimits(planOf(15, { rounds: 8, openings: 2 }), 2)).not.toThrow()
    expect(() => checkLimits(planOf(16, { rounds: 8, openings: 2 }), 2)).toThrow(limit)
  })
})
