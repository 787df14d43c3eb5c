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
  let seenBad = 0
  let seenGood = 0
  let captured = 0
  const winsOfBad: number[] = []
  const winsOfGood: number[] = []
  for (const { n, bad } of bands) {
    const good = n - bad
    wins += good * (seenBad + bad / 2)
    const room = Math.max(0, labelled / 10 - (seenBad + seenGood))
    captured += n > 0 ? bad * Math.min(1, room / n) : 0
    winsOfGood.push((seenBad + bad / 2) / bads)
    seenBad += bad
    seenGood += good
    winsOfBad.push((goods - seenGood + good / 2) / goods)
    ks = Math.max(ks, Math.min(1, Math.abs(seenBad / bads - seenGood / goods)))
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
    lift10: captured / bads / 0.1,
    capture10: captured / bads,
    badRate: bads / labelled,
    labelled,
    bads,
  }
}
