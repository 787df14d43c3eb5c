/**
 * A column that is 1 on one firm (security.md T11, E12), scaled or repeated (T12), as its provider sees it come back: inner
 * products by the engine, noise by the servers' own sampler, and how well the labels can be read from that. The encryption
 * between is left out here; `single-row.test.ts` shows that it changes no bit.
 */
import {
  gaussianNoise,
  innerProducts,
  lift,
  type PackedColumns,
  residualScale,
  residueOf,
} from '../../engine/index.ts'
import { auc, aucStandardError } from '../../models/index.ts'
import { privacySpent } from '../helpers/privacy-spent.ts'
import { seededIntegers, seededRandom } from '../unit/engine/fixtures.ts'

/** Share of bads behind the scale of the residual. */
const P0 = 0.25
/** sd of what the totals of the rounds add to a residual, in units of the label's effect C. */
const TOTALS_SD = 0.1
const DELTA = 1e-6

export interface Spike {
  /** The value in place of 1. */
  readonly scale: number
  /** Columns that carry the same firm. */
  readonly copies: number
  readonly rounds: number
  /** Noise of one server, in units of one row's residual. */
  readonly sigma: number
  readonly targets: number
  readonly seed: string
}

/** The columns of one spike over the rows of a run: the firm's value in every copy, nothing else anywhere. */
export function spikeColumns(
  rows: number,
  target: number,
  { scale, copies }: Pick<Spike, 'scale' | 'copies'>,
): PackedColumns {
  if (scale !== 1) {
    const dense = Array.from({ length: copies }, () => new Int16Array(rows))
    for (const column of dense) column[target] = scale
    return { rows, width: 0, codes: [], dense }
  }
  const codes = Array.from({ length: copies }, (_, copy) => {
    const column = new Uint8Array(rows).fill(255)
    column[target] = copy
    return column
  })
  return { rows, width: copies, codes }
}

/**
 * AUC of the targets' labels for a provider that knows the key holder's noise: only the platform's protects. The provider
 * averages over its copies and all rounds.
 */
export function spikeAuc(spike: Spike): number {
  const { sigma, rounds, targets, seed } = spike
  const { a, c } = residualScale(P0)
  const random = seededRandom(`noise ${seed}`)
  const integer = seededIntegers(`totals ${seed}`)
  const bad = Uint8Array.from({ length: targets }, (_, target) => target % 2)
  const columns = spikeColumns(1, 0, spike)
  // A sum of three uniform integers: variance of one is TOTALS_SD^2 * C^2 / 3.
  const most = Math.round(TOTALS_SD * c)
  const total = () => integer(2 * most + 1) + integer(2 * most + 1) + integer(2 * most + 1) - 3 * most
  const seen = Float64Array.from(bad, (y) => {
    let sum = 0
    for (let round = 0; round < rounds; round++) {
      const products = innerProducts(columns, Float64Array.of(residueOf(a + total() - c * y)))
      const noise = gaussianNoise(random, sigma * c, products.length)
      products.forEach((product, copy) => {
        sum += lift(residueOf(product + noise[copy]))
      })
    }
    return sum
  })
  return auc(seen, bad)
}

/** The AUC that theory gives for the same spike. */
export const spikeTheory = ({ scale, copies, rounds, sigma }: Spike): number =>
  normalCdf(1 / Math.sqrt(2 * (sigma ** 2 / (scale ** 2 * copies * rounds) + TOTALS_SD ** 2 / rounds)))

/** Standard error of a measured AUC at the given true one. */
export const spikeError = (truth: number, { targets }: Spike): number =>
  aucStandardError(truth, targets / 2, targets / 2)

/**
 * What the ledger states for one server's noise when it counts `occupancy` columns of this provider on one row, and the best
 * AUC that any observer can then reach: rho-zCDP of a Gaussian mechanism is (effect/noise)^2 / 2, so AUC <= Phi(sqrt(rho)).
 */
export function ledgerFigure(
  { sigma, rounds }: Pick<Spike, 'sigma' | 'rounds'>,
  occupancy: number,
): { rho: number; epsilon: number; aucBound: number } {
  const spent = privacySpent({
    sigma,
    sigmaBins: sigma,
    rounds,
    levels: 1,
    occupancy: [occupancy],
    binOccupancy: [],
    evaluations: [],
    openings: 0,
    sigmaOpenings: sigma,
    overlap: 1,
    delta: DELTA,
  })
  if (!spent) throw new RangeError('a spike without noise has no figure')
  return { rho: spent.rho, epsilon: spent.epsilon, aucBound: normalCdf(Math.sqrt(spent.rho)) }
}

/** Distribution function of the standard normal (Abramowitz and Stegun 26.2.17, error below 1e-7). */
export function normalCdf(x: number): number {
  if (x < 0) return 1 - normalCdf(-x)
  const t = 1 / (1 + 0.2316419 * x)
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return 1 - (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series
}
