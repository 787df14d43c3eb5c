/**
 * The centred rank column of the evaluation (protocol.md section 6). With G(s) the share of goods below score s, estimated
 * from noisy band counts and linear inside a band, rank = round(128*(2G-1)). For a bad firm G is the share of goods below
 * it, so mean(rank over bads)/128 = 2*P(good below bad) - 1 and AUC = P(good above bad) = (1 - mean/128)/2.
 */
import type { Band } from './band-metrics.ts'

const BOUND = 128

/** @param band of each row, worst first; @param bands opened counts of the same bands */
export function rankColumn(scores: ArrayLike<number>, band: Uint8Array, bands: readonly Band[]): Int16Array {
  const goods = bands.map(({ n, bad }) => Math.max(0, n - Math.max(0, bad)))
  const all = goods.reduce((sum, value) => sum + value, 0)
  const before: number[] = []
  goods.reduce((sum, value, index) => {
    before[index] = sum
    return sum + value
  }, 0)
  const rank = new Int16Array(scores.length)
  if (all === 0) return rank
  const order = Int32Array.from({ length: scores.length }, (_, row) => row).sort(
    (a, b) => scores[a] - scores[b],
  )
  const sizes = bands.map(() => 0)
  for (const index of band) sizes[index]++
  let start = 0
  let current = -1
  let at = 0
  while (at < order.length) {
    const index = band[order[at]]
    if (index !== current) {
      current = index
      start = at
    }
    let end = at
    while (end < order.length && scores[order[end]] === scores[order[at]]) end++
    // Tied rows share the middle of their places.
    const inside = ((at + end) / 2 - start) / sizes[index]
    const share = (before[index] + goods[index] * inside) / all
    const value = Math.round(BOUND * (2 * share - 1))
    for (let i = at; i < end; i++) rank[order[i]] = Math.max(-BOUND, Math.min(BOUND, value))
    at = end
  }
  return rank
}

/** The AUC that a rank sum over the bads stands for; 0.5 where there are none. */
export function rankAuc(rankSum: number, bads: number): number {
  if (!(bads > 0)) return 0.5
  return Math.min(1, Math.max(0, (1 - rankSum / (BOUND * bads)) / 2))
}
