/**
 * Rollback (security.md T16, T22): both servers are put back to yesterday's disks, so that both have forgotten what was spent
 * and their budgets are fresh. The label holders' memory of the ledger notices; the control is that memory left out.
 */
import { describe, expect, it, vi } from 'vitest'
import { testConsortium } from '../helpers/consortium.ts'
import { intercept, smallInput } from '../unit/federation/interception.ts'
import { enrol, keptWith } from '../unit/federation/kept.ts'

const weak = vi.hoisted(() => ({ forgetful: false }))
vi.mock('../../federation/ledger-agreement.ts', async (original) => {
  const real = await original<typeof import('../../federation/ledger-agreement.ts')>()
  const checkNotBehind: typeof real.checkNotBehind = (seen, shown) =>
    weak.forgetful ? undefined : real.checkNotBehind(seen, shown)
  return { ...real, checkNotBehind }
})

/** A run at noise 4 with three unaudited columns and two banks costs 171 as the budget counts: one fits, two do not. */
const BUDGET = { leastProviders: 2, leastSigma: 4, overrideLimits: true, mostEpsilon: 200 }
const input = smallInput({ sigma: 4, policy: BUDGET })
const enrolled = enrol(input)

/** Spends the budget in one run, then starts another from the given ledgers; what was released in it, and its fault. */
async function secondRun(restore: boolean) {
  const kept = keptWith(enrolled, '', '')
  const first = await testConsortium({ ...input, kept })
  const { privacy } = await first.run({ run: 'run-1' })
  await first.close()
  const ledgers = restore ? keptWith(enrolled, '', '').ledgers : kept.ledgers
  const second = await testConsortium({ ...input, kept: { ...kept, ledgers } })
  const recorded = intercept(second)
  const fault = await second.run({ run: 'run-2' }).then(
    () => null,
    ({ code, cause }: { code: string; cause?: string }) => cause ?? code,
  )
  await second.close()
  return { privacy, fault, gradients: recorded.filter(({ type }) => type === 'round.gradient').length }
}

describe('a budget that one run has spent', () => {
  it('refuses the second run', async () => {
    const { privacy, fault, gradients } = await secondRun(false)
    expect(privacy.epsilonCounted).toBeLessThan(BUDGET.mostEpsilon)
    expect([fault, gradients]).toEqual(['YX_FEDERATION_BUDGET_EXHAUSTED', 0])
  })

  it('stays spent after both servers went back to old disks: label holders refuse', async () => {
    const { fault, gradients } = await secondRun(true)
    expect([fault, gradients]).toEqual(['YX_FEDERATION_LEDGER_BEHIND', 0])
  })

  it('control: with label holders that do not compare, it is spent a second time', async () => {
    weak.forgetful = true
    try {
      const { fault, gradients } = await secondRun(true)
      expect(fault).toBeNull()
      expect(gradients).toBeGreaterThan(0)
    } finally {
      weak.forgetful = false
    }
  })
})
