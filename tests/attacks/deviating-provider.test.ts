/**
 * security.md T12; protocol.md section 8, "Noise does not bound a deviating provider": a column that is 256 on one firm, or
 * 128 columns that are all the same firm, beat the noise. These attacks succeed, and are tested for that: the limit is
 * documented, and stands beside what the ledger states. The attacker has what is released to it and one server's noise.
 *
 * What stands against it comes afterwards: `replayed-deviations.test.ts` shows that the replay at the provider's site finds
 * answers from other, scaled or swapped columns.
 */
import { describe, expect, test } from 'vitest'
import { MAX_COLUMNS } from '../../federation/plan.ts'
import { ledgerFigure, type Spike, spikeAuc, spikeError, spikeTheory } from './spike.ts'

const one: Spike = { scale: 1, copies: 1, rounds: 1, sigma: 10, targets: 400, seed: 'deviating' }

describe('a provider that does not answer from columns of an honest scale', () => {
  test('scaled by 256: every label in one round, far beyond the figure of the ledger', () => {
    const spike = { ...one, scale: 256 }
    expect(spikeAuc(spike)).toBeGreaterThan(0.97)
    expect(ledgerFigure(spike, MAX_COLUMNS).aucBound).toBeLessThan(0.8)
  })

  test.each([
    ['128 copies in one round', { copies: 128, targets: 400 }, 0.7],
    ['128 copies in each of eight rounds', { copies: 128, rounds: 8, targets: 60 }, 0.9],
  ])('%s: beyond the figure for one column, within that for 128', (_, changes, least) => {
    const spike = { ...one, ...changes }
    const [measured, theory] = [spikeAuc(spike), spikeTheory(spike)]
    expect(measured).toBeGreaterThan(least)
    expect(Math.abs(measured - theory)).toBeLessThan(4 * spikeError(theory, spike))
    expect(theory).toBeGreaterThan(ledgerFigure(spike, 1).aucBound)
    expect(theory).toBeLessThanOrEqual(ledgerFigure(spike, MAX_COLUMNS).aucBound)
  })
})
