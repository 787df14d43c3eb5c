/** The best split of one node of a tree, from the sums of the residual and the rows in its bins. */
import type { Split } from './tree.ts'

/** A basis column as a split sees it. */
export interface SplitColumn {
  readonly from: number
  readonly to: number
  /** Bins that stand in order, the first ones; of a categorical column none does. */
  readonly ordered: number
}

export interface SplitRule {
  /** Added to the labelled rows of a node, against chance and noise. */
  readonly ridge: number
  /** Labelled rows per training row. */
  readonly c: number
  /** Least training rows of a child. */
  readonly leastRows: number
}

export interface BestSplit {
  readonly split: Split
  /** Sum of the residual of the rows that go left, and of the others. */
  readonly sums: readonly [number, number]
  readonly rows: readonly [number, number]
}

/**
 * The split with the largest gain GL^2/(nL + r) + GR^2/(nR + r) - G^2/(n + r), n = c*rows, r the ridge (the gain of gradient
 * boosting with a curvature of one per labelled row). Candidates: a cut between ordered bins with every distribution of the
 * special bins over both sides; categories in the order of their mean residual. The first of equal gains wins.
 *
 * @param sums residual per basis index
 * @param rows training rows per basis index
 * @returns null where no column gives two children of enough rows that gain enough
 */
export function bestSplit(
  columns: readonly SplitColumn[],
  sums: Float64Array,
  rows: Float64Array,
  rule: SplitRule,
): BestSplit | null {
  let best: BestSplit | null = null
  let most = 0
  columns.forEach((column, index) => {
    for (const order of ordersOf(column, sums, rows, rule)) {
      const total = order.reduce((sum, bin) => sum + sums[bin], 0)
      const all = order.reduce((sum, bin) => sum + rows[bin], 0)
      let left = 0
      let leftRows = 0
      for (let taken = 0; taken + 1 < order.length; taken++) {
        left += sums[order[taken]]
        leftRows += rows[order[taken]]
        if (leftRows < rule.leastRows || all - leftRows < rule.leastRows) continue
        const gain =
          scoreOf(left, leftRows, rule) +
          scoreOf(total - left, all - leftRows, rule) -
          scoreOf(total, all, rule)
        if (!(gain > most)) continue
        most = gain
        const bins = order.slice(0, taken + 1).sort((a, b) => a - b)
        best = {
          split: { column: index, left: bins },
          sums: [left, total - left],
          rows: [leftRows, all - leftRows],
        }
      }
    }
  })
  return best
}

const scoreOf = (sum: number, rows: number, { c, ridge }: SplitRule): number =>
  (sum * sum) / (c * rows + ridge)

/** Orders of a column's bins that are cut at every place. */
function ordersOf(column: SplitColumn, sums: Float64Array, rows: Float64Array, rule: SplitRule): number[][] {
  const bins = Array.from({ length: column.to - column.from }, (_, at) => column.from + at)
  const ordered = bins.slice(0, column.ordered)
  const others = bins.slice(column.ordered)
  if (ordered.length === 0) {
    const mean = (bin: number) => sums[bin] / (rule.c * rows[bin] + rule.ridge)
    return [others.sort((a, b) => mean(a) - mean(b) || a - b)]
  }
  // Special bins, two at the most, each before or after all ordered ones.
  return Array.from({ length: 2 ** others.length }, (_, choice) => {
    const first = others.filter((_, at) => (choice >> at) & 1)
    return [...first, ...ordered, ...others.filter((bin) => !first.includes(bin))]
  })
}
