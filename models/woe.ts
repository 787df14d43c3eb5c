/** Weight of evidence and information value of one column, from counts that carry noise. */

/** Counts of one bin; `open` is false where the gate withheld them because the bin is too small. */
export interface BinCount {
  readonly n: number
  readonly bad: number
  readonly open: boolean
}

export interface WoeTable {
  /** One per bin: above 0 = worse than average; null where nothing is known. */
  readonly woe: readonly (number | null)[]
  /** Bin whose counts stand for a withheld one; null where a bin stands for itself or nothing is known. */
  readonly mergedInto: readonly (number | null)[]
  /** Information value of the column; null where no bin is open. */
  readonly iv: number | null
}

/** Noise may make a count negative, or more bads than rows: both are cut to 0 <= bad <= n. */
export function cleanCount({ n, bad }: Pick<BinCount, 'n' | 'bad'>): { bads: number; goods: number } {
  const rows = Math.max(0, n)
  const bads = Math.min(Math.max(0, bad), rows)
  return { bads, goods: rows - bads }
}

/**
 * woe = ln(((bad + .5)/(B + .5K))/((good + .5)/(G + .5K))), iv = sum((bad share - good share)*woe), both shares smoothed as
 * in woe, over the K open bins with B bads and G goods (definition of the baselines, ../shared/data/BASELINES.json). A
 * withheld ordinary bin takes the value of the nearest open ordinary one, the lower of two equally near; a withheld special
 * bin has no neighbour and none. Counts are cut to 0 <= bad <= n first.
 *
 * @param ordinary number of ordinary bins; they come first and stand in order
 */
export function woeTable(counts: readonly BinCount[], ordinary: number): WoeTable {
  const clean = counts.map((count) => ({ ...cleanCount(count), open: count.open }))
  const open = clean.filter((bin) => bin.open)
  if (open.length === 0) return { woe: counts.map(() => null), mergedInto: counts.map(() => null), iv: null }
  const half = 0.5 * open.length
  const B = open.reduce((sum, bin) => sum + bin.bads, half)
  const G = open.reduce((sum, bin) => sum + bin.goods, half)
  const mergedInto = clean.map((bin, b) =>
    bin.open || b >= ordinary ? null : nearestOpen(clean, b, ordinary),
  )
  let iv = 0
  const own = clean.map((bin) => {
    if (!bin.open) return null
    const badShare = (bin.bads + 0.5) / B
    const goodShare = (bin.goods + 0.5) / G
    const woe = Math.log(badShare / goodShare)
    iv += (badShare - goodShare) * woe
    return woe
  })
  const woe = own.map((value, b) => {
    const to = mergedInto[b]
    return to === null ? value : own[to]
  })
  return { woe, mergedInto, iv }
}

function nearestOpen(bins: readonly { open: boolean }[], at: number, ordinary: number): number | null {
  for (let distance = 1; distance < ordinary; distance++) {
    if (at - distance >= 0 && bins[at - distance].open) return at - distance
    if (at + distance < ordinary && bins[at + distance].open) return at + distance
  }
  return null
}
