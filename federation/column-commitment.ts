/**
 * A provider's commitment to its columns, made before training and part of the signed plan: a Merkle root with one salted
 * leaf per column, so that one column can be opened to an auditor without the others. Width and number of columns (the most
 * basis columns that one row occupies) are under the root too, because the privacy account rests on them.
 */
import type { Suite } from '../engine/index.ts'
import { leafHash, merklePath, merkleRoot, rootOfPath } from './merkle-tree.ts'

const SALT_BYTES = 32

/** One column as it is committed to. */
export interface CommittedColumn {
  /** 32 bytes, of this column in this run only: without it a leaf could be guessed from a known column. */
  readonly salt: Uint8Array
  /** Name, kind and bins, as JSON. */
  readonly description: string
  /** The basis column that each training row occupies. */
  readonly codes: Uint8Array
}

/** One column shown to an auditor, with the way up to the root. */
export interface ColumnOpening extends CommittedColumn {
  readonly index: number
  readonly path: readonly Uint8Array[]
}

/** What stands beside the commitment in the plan. */
export interface ColumnSizes {
  readonly width: number
  /** Number of columns, each of which occupies one basis column a row. */
  readonly occupancy: number
}

/** Parts of fixed length, so that no two columns have one entry. */
const leafOf = (suite: Suite, { salt, description, codes }: CommittedColumn): Uint8Array =>
  leafHash(suite, Buffer.concat([salt, suite.hash(Buffer.from(description, 'utf8')), suite.hash(codes)]))

function rootText(suite: Suite, { width, occupancy }: ColumnSizes, root: Uint8Array): string {
  const head = Buffer.from(`yinxin columns 1\n${width}\n${occupancy}\n`)
  return Buffer.from(suite.hash(head, root)).toString('hex')
}

/** The commitment as it stands in the plan. */
export function commitColumns(suite: Suite, width: number, columns: readonly CommittedColumn[]): string {
  const leaves = columns.map((column) => leafOf(suite, column))
  return rootText(suite, { width, occupancy: columns.length }, merkleRoot(suite, leaves))
}

/** Shows one column of a commitment. */
export function openColumn(suite: Suite, columns: readonly CommittedColumn[], index: number): ColumnOpening {
  const leaves = columns.map((column) => leafOf(suite, column))
  return { ...columns[index], index, path: merklePath(suite, leaves, index) }
}

/** True if the column shown is the one that was committed to at that place. */
export function isCommitted(
  suite: Suite,
  commitment: string,
  sizes: ColumnSizes,
  opening: ColumnOpening,
): boolean {
  if (opening.salt.length !== SALT_BYTES) return false
  const leaf = leafOf(suite, opening)
  const root = rootOfPath(suite, leaf, opening.index, sizes.occupancy, opening.path)
  return root !== null && rootText(suite, sizes, root) === commitment
}
