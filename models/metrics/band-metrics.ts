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
  const clean = bands.map(({ n, bad }) => {
    const rows = Math.max(0, n)
    const bads = Math.min(Math.max(0, bad), rows)
    return { bads, goods: rows - bads }
  })
  const bads = clean.reduce((sum, band) => sum + band.bads, 0)
  const goods = clean.reduce((sum, band) => sum + band.goods, 0)
  const labelled = bads + goods
  if (bads === 0 || goods === 0) {
    return {
      auc: 0.5,
      aucSe: 0.5,
      gini: 0,
      ks: 0,
      lift10: 1,
      capture10: 0.1,
      badRate: labelled > 0 ? bads / labelled : 0,
      labelled,
      bads,
    }
  }
  let wins = 0
  let ks = 0
  let seenBad = 0
  let seenGood = 0
  let captured = 0
  const winsOfBad: number[] = []
  const winsOfGood: number[] = []
  for (const band of clean) {
    wins += band.goods * (seenBad + band.bads / 2)
    const room = Math.max(0, labelled / 10 - (seenBad + seenGood))
    const inside = band.bads + band.goods
    captured += inside > 0 ? band.bads * Math.min(1, room / inside) : 0
    winsOfGood.push((seenBad + band.bads / 2) / bads)
    seenBad += band.bads
    seenGood += band.goods
    winsOfBad.push((goods - seenGood + band.goods / 2) / goods)
    ks = Math.max(ks, Math.abs(seenBad / bads - seenGood / goods))
  }
  const auc = wins / (bads * goods)
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
