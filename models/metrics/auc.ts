/** Exact AUC: probability that a good firm scores above a bad one, ties halved. Higher scores are better. */

/** @returns NaN-free AUC; 0.5 where one class is missing */
export function auc(scores: ArrayLike<number>, bad: Uint8Array): number {
  const order = Int32Array.from({ length: scores.length }, (_, row) => row).sort(
    (a, b) => scores[a] - scores[b],
  )
  let bads = 0
  let wins = 0
  let at = 0
  while (at < order.length) {
    let end = at
    let tiedBad = 0
    while (end < order.length && scores[order[end]] === scores[order[at]]) tiedBad += bad[order[end++]]
    const tiedGood = end - at - tiedBad
    wins += tiedGood * (bads + tiedBad / 2)
    bads += tiedBad
    at = end
  }
  const goods = scores.length - bads
  return bads === 0 || goods === 0 ? 0.5 : wins / (bads * goods)
}

/** Standard error of an AUC (Hanley and McNeil 1982). */
export function aucStandardError(value: number, goods: number, bads: number): number {
  if (goods < 1 || bads < 1) return 0.5
  const q1 = value / (2 - value)
  const q2 = (2 * value * value) / (1 + value)
  const variance =
    value * (1 - value) + (bads - 1) * (q1 - value * value) + (goods - 1) * (q2 - value * value)
  return Math.sqrt(Math.max(0, variance) / (goods * bads))
}
