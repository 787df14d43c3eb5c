/**
 * `npm run bench:attacks`: how well a provider reads labels out of its gradients with columns that are 1 on one firm, at an
 * honest scale, scaled, repeated and averaged over rounds, beside what the ledger states for the same setting. The attacker
 * knows one server's noise. JSON on stdout; the draws come from fixed seeds. `--targets`, `--sigma` change the size.
 */
import { parseArgs } from 'node:util'
import { ledgerFigure, type Spike, spikeAuc, spikeError, spikeTheory } from '../tests/attacks/spike.ts'

const { values } = parseArgs({
  options: {
    targets: { type: 'string', default: '16000' },
    sigma: { type: 'string', default: '10' },
  },
})
const targets = Number(values.targets)
const sigma = Number(values.sigma)
/** The ledger counts so many columns of a provider on one row until an auditor has confirmed its occupancy. */
const UNCONFIRMED = 128

const settings: readonly (Pick<Spike, 'scale' | 'copies' | 'rounds'> & { name: string })[] = [
  { name: 'one column, one round', scale: 1, copies: 1, rounds: 1 },
  { name: 'one column, averaged over 8 rounds', scale: 1, copies: 1, rounds: 8 },
  { name: 'one column, averaged over 15 rounds', scale: 1, copies: 1, rounds: 15 },
  { name: 'one column scaled by 256, one round', scale: 256, copies: 1, rounds: 1 },
  { name: '128 copies, one round', scale: 1, copies: 128, rounds: 1 },
  { name: '128 copies, averaged over 8 rounds', scale: 1, copies: 128, rounds: 8 },
]

const rounded = (value: number): number => Math.round(value * 10_000) / 10_000
const ledger = (spike: Spike, occupancy: number) => {
  const { rho, epsilon, aucBound } = ledgerFigure(spike, occupancy)
  return { occupancy, rho: rounded(rho), epsilon: rounded(epsilon), aucBound: rounded(aucBound) }
}

const attacks = settings.map(({ name, ...setting }) => {
  // The noise is drawn one number at a time: fewer firms where each takes a thousand draws.
  const enough = 2 * Math.ceil(targets / Math.min(32, setting.copies * setting.rounds) / 2)
  const spike: Spike = { ...setting, sigma, targets: enough, seed: name }
  const theory = spikeTheory(spike)
  return {
    name,
    ...setting,
    targets: enough,
    auc: rounded(spikeAuc(spike)),
    standardError: rounded(spikeError(theory, spike)),
    theory: rounded(theory),
    ledger: [ledger(spike, 1), ledger(spike, UNCONFIRMED)],
  }
})
process.stdout.write(
  `${JSON.stringify({ sigma, serversWhoseNoiseProtects: 1, delta: 1e-6, attacks }, null, 2)}\n`,
)
