/**
 * Merkle trees as in RFC 9162 section 2.1: leaves and nodes are hashed under different first bytes, so that no node can be
 * shown as a leaf, and an odd subtree goes up as it is, never doubled.
 */
import type { Suite } from '../engine/index.ts'

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

/** Size of the left subtree: the largest power of two below `count`. */
function splitOf(count: number): number {
  let split = 1
  while (split * 2 < count) split *= 2
  return split
}

export const leafHash = (suite: Suite, entry: Uint8Array): Uint8Array => suite.hash(LEAF, entry)

/** The root over hashed leaves; of none, the hash of nothing. */
export function merkleRoot(suite: Suite, leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return suite.hash()
  if (leaves.length === 1) return leaves[0]
  const split = splitOf(leaves.length)
  return suite.hash(NODE, merkleRoot(suite, leaves.slice(0, split)), merkleRoot(suite, leaves.slice(split)))
}

/** The hashes beside the way from a leaf up to the root, lowest first. */
export function merklePath(suite: Suite, leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (leaves.length <= 1) return []
  const split = splitOf(leaves.length)
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)]
  return index < split
    ? [...merklePath(suite, left, index), merkleRoot(suite, right)]
    : [...merklePath(suite, right, index - split), merkleRoot(suite, left)]
}

/** The root that a leaf and its path lead to, or null where the path does not fit place and number of leaves. */
export function rootOfPath(
  suite: Suite,
  leaf: Uint8Array,
  index: number,
  count: number,
  path: readonly Uint8Array[],
): Uint8Array | null {
  if (!(index >= 0 && index < count)) return null
  if (count === 1) return path.length === 0 ? leaf : null
  const beside = path.at(-1)
  if (!beside) return null
  const split = splitOf(count)
  const rest = path.slice(0, -1)
  if (index < split) {
    const left = rootOfPath(suite, leaf, index, split, rest)
    return left && suite.hash(NODE, left, beside)
  }
  const right = rootOfPath(suite, leaf, index - split, count - split, rest)
  return right && suite.hash(NODE, beside, right)
}
