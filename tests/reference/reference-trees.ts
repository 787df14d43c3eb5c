/**
 * Trees of the booster in plain loops over rows: every node's sums are counted from the rows that lie in it, both children's
 * alike. Shares nothing with the product but the layout of a tree.
 */
import type { Basis } from '../../models/index.ts'

const NONE = 255

export interface ReferenceNode {
  readonly value: number
  readonly split?: { readonly column: number; readonly left: ReadonlySet<number> }
  readonly children?: readonly [ReferenceNode, ReferenceNode]
}

export interface TreeRule {
  readonly c: number
  readonly lambda: number
  readonly depth: number
  readonly shrinkage: number
  readonly leastRows: number
}

/** Grows one tree on the residuals of the rows that hold anything at all. */
export function growReferenceTree(
  basis: Basis,
  codes: readonly Uint8Array[],
  residual: readonly number[],
  rule: TreeRule,
): ReferenceNode {
  const rows = residual.map((_, row) => row).filter((row) => codes.some((column) => column[row] !== NONE))
  return grow(basis, codes, residual, rule, rows, 0, rule.depth)
}

function grow(
  basis: Basis,
  codes: readonly Uint8Array[],
  residual: readonly number[],
  rule: TreeRule,
  rows: readonly number[],
  value: number,
  depth: number,
): ReferenceNode {
  if (depth === 0) return { value }
  const weigh = (count: number) => rule.c * count + 4 * rule.lambda
  let best: {
    gain: number
    column: number
    left: number[]
    right: number[]
    sums: number[]
    counts: number[]
  } | null
  best = null
  basis.columns.forEach(({ from, to, kind, bins }, column) => {
    const sums = new Map<number, number>()
    const counts = new Map<number, number>()
    for (let bin = from; bin < to; bin++) {
      sums.set(bin, 0)
      counts.set(bin, 0)
    }
    for (const row of rows) {
      const bin = codes[column][row]
      if (bin === NONE) continue
      sums.set(bin, sums.get(bin)! + residual[row])
      counts.set(bin, counts.get(bin)! + 1)
    }
    const all = [...sums.keys()]
    const special = all.filter((bin) => bins[bin - from].special !== undefined)
    const plain = all.filter((bin) => !special.includes(bin))
    const mean = (bin: number) => sums.get(bin)! / weigh(counts.get(bin)!)
    const orders =
      kind === 'categorical'
        ? [[...all].sort((a, b) => mean(a) - mean(b) || a - b)]
        : special.length === 0
          ? [plain]
          : special.length === 1
            ? [
                [...plain, ...special],
                [...special, ...plain],
              ]
            : [
                [...plain, ...special],
                [special[0], ...plain, special[1]],
                [special[1], ...plain, special[0]],
                [...special, ...plain],
              ]
    const add = (list: readonly number[], of: Map<number, number>) =>
      list.reduce((t, bin) => t + of.get(bin)!, 0)
    for (const order of orders) {
      for (let taken = 1; taken < order.length; taken++) {
        const [left, right] = [order.slice(0, taken), order.slice(taken)]
        const [gl, gr, nl, nr] = [add(left, sums), add(right, sums), add(left, counts), add(right, counts)]
        if (nl < rule.leastRows || nr < rule.leastRows) continue
        const gain = (gl * gl) / weigh(nl) + (gr * gr) / weigh(nr) - ((gl + gr) * (gl + gr)) / weigh(nl + nr)
        if (gain > (best?.gain ?? 0)) best = { gain, column, left, right, sums: [gl, gr], counts: [nl, nr] }
      }
    }
  })
  if (!best) return { value }
  const { column, left, right, sums, counts } = best as NonNullable<typeof best>
  // The smaller side by name; all others, also rows that hold nothing in the column, to the other.
  const swap = counts[0] > counts[1]
  const named = new Set<number>(swap ? right : left)
  const [gl, gr] = swap ? [sums[1], sums[0]] : sums
  const [nl, nr] = swap ? [counts[1], counts[0]] : counts
  const leafOf = (sum: number, count: number) => Math.round((-rule.shrinkage * sum) / weigh(count)) + 0
  const child = (side: boolean, sum: number, count: number) =>
    grow(
      basis,
      codes,
      residual,
      rule,
      rows.filter((row) => named.has(codes[column][row]) === side),
      leafOf(sum, count),
      depth - 1,
    )
  return { value: 0, split: { column, left: named }, children: [child(true, gl, nl), child(false, gr, nr)] }
}

/** What a row gets from a tree, as `leaf` turns the value of its leaf into it; 0 for a row that holds nothing at all. */
export function walk(
  tree: ReferenceNode,
  codes: readonly Uint8Array[],
  row: number,
  leaf: (value: number) => number,
): number {
  if (codes.every((column) => column[row] === NONE)) return 0
  let node = tree
  while (node.split && node.children) {
    node = node.children[node.split.left.has(codes[node.split.column][row]) ? 0 : 1]
  }
  return leaf(node.value)
}
