/** One small tree of the booster (protocol.md section 2): every split asks in which bins of one column a row lies. */
import { NO_BIN } from './basis.ts'

/** Rows in the bins `left` of a column go to the left child; all others of the tree, also those that hold nothing there, to the right. */
export interface Split {
  /** Index of a basis column. */
  readonly column: number
  /** Basis indices, ascending. */
  readonly left: readonly number[]
}

/**
 * A binary tree laid out as a heap: the root is node 1, the children of node v are 2v and 2v + 1. A node without a split is a
 * leaf. Survives JSON.
 */
export interface Tree {
  readonly depth: number
  /** By node, 2^depth entries; null for a leaf, for what lies below one, and for node 0, which does not exist. */
  readonly splits: readonly (Split | null)[]
  /** By node, 2^(depth+1) entries: 4096 times what a row of that leaf adds to the logit; 0 where there is no leaf. */
  readonly values: readonly number[]
}

/** Rows that occupy no bin at all: their firm has not authorised it, or nothing of it is known. They are in no tree. */
export const OUTSIDE = 0
export const ROOT = 1

/** The node each row starts in: the root, or {@link OUTSIDE}. One entry a row. */
export function rootOf(codes: readonly Uint8Array[]): Uint8Array {
  const node = new Uint8Array(codes[0]?.length ?? 0)
  for (const column of codes) {
    for (let row = 0; row < node.length; row++) if (column[row] !== NO_BIN) node[row] = ROOT
  }
  return node
}

/** Moves the rows of one node to its children. */
export function descend(codes: readonly Uint8Array[], node: Uint8Array, at: number, split: Split): void {
  const goesLeft = new Uint8Array(NO_BIN + 1)
  for (const bin of split.left) goesLeft[bin] = 1
  const column = codes[split.column]
  for (let row = 0; row < node.length; row++)
    if (node[row] === at) node[row] = 2 * at + 1 - goesLeft[column[row]]
}

/**
 * The leaf that each row falls into, as a node; {@link OUTSIDE} where it is in no tree.
 * @param root where the rows start, {@link rootOf} the same codes: one for all trees
 */
export function leavesOf(
  tree: Pick<Tree, 'splits'>,
  codes: readonly Uint8Array[],
  root: Uint8Array,
): Uint8Array {
  const node = root.slice()
  // Parents come before their children.
  tree.splits.forEach((split, at) => {
    if (split) descend(codes, node, at, split)
  })
  return node
}
