/** The numbers of `yinxin plan` are those of a run: one accountant, one advisor, one set of limits. */
import { describe, expect, it } from 'vitest'
import { type OutlookInput, outlookOf } from '../../../federation/index.ts'
import { runWith, smallInput } from './interception.ts'

const providers = [4, 4, 4, 4, 4, 3].map((occupancy, k) => ({
  ...{ name: `p${k}`, publicData: false, width: 7 * occupancy, occupancy, auditedOccupancy: occupancy },
}))
const of = (change: Partial<OutlookInput>) =>
  outlookOf({
    ...{ providers, labelHolders: 1, labelled: 18_000, bads: 4_000, settings: {}, leastProviders: 4 },
    ...change,
  })

describe('the outlook of a run', () => {
  it('costs what the run then costs', async () => {
    const { result } = await runWith(smallInput({ sigma: 4 }))
    const { plan, privacy } = result!
    const outlook = outlookOf({
      ...{ providers: plan.providers, labelHolders: plan.labelHolders.length, leastProviders: 2 },
      ...{ labelled: plan.labelled, bads: plan.bads },
      settings: { bins: plan.bins, lambda: plan.lambda, rounds: plan.rounds, sigma: plan.sigma },
    })
    expect(outlook.privacy.rho).toBeCloseTo(privacy.rho!, 12)
    expect(outlook.privacy.epsilonCounted).toBeCloseTo(privacy.epsilonCounted!, 9)
  })

  it('of default_credit is advised as the protocol says, audited or not', () => {
    const audited = of({})
    expect(audited.settings).toEqual({
      model: 'scorecard',
      booster: null,
      bins: 10,
      lambda: 100,
      rounds: 8,
      logisticRounds: 0,
      sigma: 10,
    })
    // 8 rounds and fine bins of 23 columns, 3 evaluations of 2, sum y and sum y^2, over 2 * 100
    expect(audited.privacy.rho).toBeCloseTo((9 * 23 + 6 + 2) / 200, 12)
    expect(audited.privacy.rhoCounted).toBe(audited.privacy.rho)
    expect(audited.refusal).toBeNull()
    expect(audited.warnings).toEqual([])
    const unaudited = of({ providers: providers.map((one) => ({ ...one, auditedOccupancy: null })) })
    expect(unaudited.privacy.rhoCounted).toBeCloseTo((9 * 6 * 128 + 6 + 2) / 200, 12)
  })

  it('of a booster counts every level, and what a level asks for', () => {
    const settings = { model: 'booster', rounds: 30, bins: 16 } as const
    const boosted = of({ settings })
    expect(boosted.settings.booster).toEqual({ depth: 2, shrinkage: 0.3, leastRows: 100 })
    // 60 levels and fine bins
    expect(boosted.privacy.rho).toBeCloseTo((61 * 23 + 6 + 2) / 200, 12)
    expect(boosted.rowsNeeded).toBe(10 * 30 * 28 * 2)
    // Four lists of columns in a round of depth 3: one of the root, one below it, two below those.
    expect(of({ settings: { ...settings, depth: 3 } }).rowsNeeded).toBe(10 * 30 * 28 * 4)
    // Advised: 20 rounds, of which 18,000 labelled rows allow all at 28 columns and 8 at 112.
    expect(of({ settings: { model: 'booster' } }).settings.rounds).toBe(20)
    const wide = providers.map((one) => ({ ...one, width: 112 }))
    expect(of({ providers: wide, settings: { model: 'booster' } }).settings.rounds).toBe(8)
    expect(of({ settings: { model: 'booster', rounds: 41 } }).refusal).toContain(
      'at most 40 rounds of a booster',
    )
  })

  it('sets the noise of both servers against what a bin would show', () => {
    const [provider] = of({}).providers
    expect(provider).toMatchObject({ provider: 'p0', columns: 4, bins: 28 })
    expect(provider.labelledPerBin).toBeCloseTo(18_000 / 7, 9)
    expect(provider.noiseSd).toBeCloseTo(14.142, 3)
    // 1.5 times the mean of 4,000 / 7 bads a bin
    expect(provider.shift).toBeCloseTo(2_000 / 7, 9)
    expect(provider.shiftToNoise).toBeCloseTo(2_000 / 7 / 14.142, 2)
    expect(of({ settings: { sigma: 0 } }).providers[0].shiftToNoise).toBeNull()
    expect(of({ settings: { sigma: 0 } }).privacy.epsilon).toBeNull()
  })

  it('advises the rounds that the bads carry', () => {
    const roundsAt = (bads: number) => of({ bads }).settings.rounds
    expect([1999, 2000].map(roundsAt)).toEqual([4, 8])
    expect([1999, 2000].map((bads) => of({ bads }).settings.bins)).toEqual([5, 10])
  })

  it('warns and refuses where labelled rows or bads are too few', () => {
    const few = of({ labelled: 900, bads: 60 })
    expect(few.rowsNeeded).toBe(10 * few.settings.rounds * 28)
    expect(few.warnings.join('\n')).toMatch(/about 60 defaults.*3 instead of 4 rounds.*p0: too few bads/s)
    const fixed = of({ labelled: 900, bads: 60, settings: { rounds: 8 } })
    expect(fixed.refusal).toContain('900 labelled rows for 8 rounds of 28 columns')
  })
})
