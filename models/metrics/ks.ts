/** Exact Kolmogorov-Smirnov statistic: largest distance between the score distributions of bads and goods. */

/** @returns 0 where one class is missing */
export function ks(scores: ArrayLike<number>, bad: Uint8Array): number {
  const order = Int32Array.from({ length: scores.length }, (_, row) => row).sort(
    (a, b) => scores[a] - scores[b],
  )
  const bads = bad.reduce((sum, value) => sum + value, 0)
  const goods = bad.length - bads
  if (bads === 0 || goods === 0) return 0
  let most = 0
  let seenBad = 0
  let seenGood = 0
  order.forEach((row, at) => {
    if (bad[row]) seenBad++
    else seenGood++
    const last = at + 1 === order.length || scores[order[at + 1]] !== scores[row]
    if (last) most = Math.max(most, Math.abs(seenBad / bads - seenGood / goods))
  })
  return most
}
