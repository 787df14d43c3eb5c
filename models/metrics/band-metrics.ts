/** Metrics from counts per score band, worst band first; counts may be noisy and slightly negative. */
import { aucStandardError } from './auc.ts'

export interface Band {
  readonly n: number
  readonly bad: number
}

export interface BandMetrics {
  readonly auc: number
  /** Sampling error and the noise of the counts together. */
  readonly aucSe: number
  readonly gini: number
  readonly ks: number
  /** At the edge where it is largest: sampling error and the noise of the counts together. */
  readonly ksSe: number
  /** Share of bads in the worst tenth of the labelled, over the share in all. */
  readonly lift10: number
  /** Share of all bads that lie in the worst tenth. */
  readonly capture10: number
  readonly badRate: number
  readonly labelled: number
  readonly bads: number
}

/** @param countSd sd of the noise of one count, both servers together */
export function bandMetrics(bands: readonly Band[], countSd = 0): BandMetrics {
  const bads = bands.reduce((sum, { bad }) => sum + bad, 0)
  const labelled = bands.reduce((sum, { n }) => sum + n, 0)
  const goods = labelled - bads
  if (bads <= 0 || goods <= 0) {
    return {
      auc: 0.5,
      aucSe: 0.5,
      gini: 0,
      ks: 0,
      ksSe: 0.5,
      lift10: 1,
      capture10: 0.1,
      badRate: bads > 0 ? 1 : 0,
      labelled: Math.max(0, labelled),
      bads: Math.max(0, bads),
    }
  }
  // Negative counts stay as they are: cut at zero, the noise of bands without a bad would add bads there, always to the worse.
  let wins = 0
  let ks = 0
  let widest = { bands: 0, bad: 0, good: 0 }
  let seenBad = 0
  let seenGood = 0
  let captured = 0
  const winsOfBad: number[] = []
  const winsOfGood: number[] = []
  for (const [index, { n, bad }] of bands.entries()) {
    const good = n - bad
    wins += good * (seenBad + bad / 2)
    const room = Math.max(0, labelled / 10 - (seenBad + seenGood))
    captured += n > 0 ? bad * Math.min(1, room / n) : 0
    winsOfGood.push((seenBad + bad / 2) / bads)
    seenBad += bad
    seenGood += good
    winsOfBad.push((goods - seenGood + good / 2) / goods)
    const distance = Math.min(1, Math.abs(seenBad / bads - seenGood / goods))
    if (distance > ks) {
      ks = distance
      widest = { bands: index + 1, bad: seenBad / bads, good: seenGood / goods }
    }
  }
  const auc = Math.min(1, Math.max(0, wins / (bads * goods)))
  captured = Math.min(bads, Math.max(0, captured))
  // Delta method: a further bad of band b, good count kept, moves the AUC by (winsOfBad - auc)/bads, a further good by
  // (winsOfGood - auc)/goods. The noisy counts are n = good + bad and bad, so noise on bad alone turns a good into a bad.
  const slope = winsOfBad.reduce((sum, byBad, b) => {
    const good = (winsOfGood[b] - auc) / goods
    return sum + good ** 2 + ((byBad - auc) / bads - good) ** 2
  }, 0)
  const noise = countSd * Math.sqrt(slope)
  return {
    auc,
    aucSe: Math.sqrt(aucStandardError(auc, goods, bads) ** 2 + noise ** 2),
    gini: 2 * auc - 1,
    ks,
    ksSe: ksStandardError(widest, { bands: bands.length, bads, goods, countSd }),
    lift10: captured / bads / 0.1,
    capture10: captured / bads,
    badRate: bads / labelled,
    labelled,
    bads,
  }
}

/**
 * Two independent binomial shares at the edge with the largest distance, sqrt(Fb(1 - Fb)/B + Fg(1 - Fg)/G), and by the delta method
 * the noise of every count: one bad more below the edge, rows kept, moves the distance by (1 - Fb)/B + (1 - Fg)/G.
 */
function ksStandardError(
  edge: { bands: number; bad: number; good: number },
  all: { bands: number; bads: number; goods: number; countSd: number },
): number {
  const { bads, goods, countSd } = all
  // Noise can carry a share a little out of its range.
  const spread = (share: number) => Math.max(0, share * (1 - share))
  let slope = 0
  for (let band = 0; band < all.bands; band++) {
    const below = band < edge.bands ? 1 : 0
    const byGood = (below - edge.good) / goods
    slope += byGood ** 2 + ((below - edge.bad) / bads + byGood) ** 2
  }
  return Math.sqrt(spread(edge.bad) / bads + spread(edge.good) / goods + countSd ** 2 * slope)
}
