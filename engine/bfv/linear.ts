/**
 * Inner products of one party's encrypted vector with another party's columns: the gadget of fine bins, training rounds
 * and evaluation. The owner encrypts a vector of residues (its share); the responder multiplies by its columns, masks and
 * sanitises; the owner decrypts   sum_i x_ij v_i + mask_j   mod t and nothing else.
 *
 * A responder works in two steps, so that threads can share it: sums of products over stretches of blocks, then one
 * sanitised answer for every W columns.
 */
import { engineErrors } from '../errors.ts'
import { type BfvContext, linearContext } from './context.ts'
import type { LinearQuery } from './linear-owner.ts'
import { assertColumns, columnCount, type PackedColumns, type Packing } from './packing.ts'
import { ColumnProducts, type ProductSums } from './products.ts'
import type { BlockRange } from './ranges.ts'
import { release } from './release.ts'
import type { SanitisedAnswer } from './sanitise.ts'
import { parsePublicKey, QUERY_BYTES } from './wire.ts'

/** What a responder sends. */
export interface LinearAnswer {
  /** Short answers, one per W columns, one after another. */
  readonly bytes: SanitisedAnswer
}

/**
 * Refuses a query or a range of columns that a responder cannot answer.
 * @throws MalformedCiphertext, OutOfRange
 */
export function assertAnswerable(
  packing: Packing,
  columns: PackedColumns,
  query: LinearQuery,
  { from, to, masks }: { from: number; to: number; masks: Float64Array },
): void {
  if (query.blocks.length !== packing.blocks * QUERY_BYTES)
    throw new engineErrors.MalformedCiphertext('query')
  const inside = from >= 0 && from % packing.stride === 0 && to >= from && to <= columnCount(columns)
  if (!inside || masks.length !== to - from) {
    throw new engineErrors.OutOfRange('the range of columns', 'aligned to the stride and inside the provider')
  }
}

/** The party whose columns are multiplied, on a stretch of its blocks. */
export class LinearResponder implements Disposable {
  #context: BfvContext
  #packing: Packing
  #columns: PackedColumns
  #products: ColumnProducts | undefined

  private constructor(
    context: BfvContext,
    packing: Packing,
    columns: PackedColumns,
    memoryBudget: number,
    range: BlockRange,
  ) {
    this.#context = context
    this.#packing = packing
    this.#columns = columns
    this.#products = new ColumnProducts(context, packing, columns, range, memoryBudget)
  }

  /**
   * @param memoryBudget bytes for encoded columns (16 a row and column)
   * @param range the stretch of blocks that this object multiplies; all of them without it
   * @throws LengthMismatch, OutOfRange
   */
  static async create(
    packing: Packing,
    columns: PackedColumns,
    memoryBudget: number,
    range: BlockRange = { from: 0, to: packing.blocks },
  ): Promise<LinearResponder> {
    assertColumns(columns, packing.rows)
    return new LinearResponder(await linearContext(), packing, columns, memoryBudget, range)
  }

  /**
   * Answers a query for the columns [from, to) over all blocks; `from` is a multiple of the stride.
   * @param masks one uniform residue per column
   * @param seed 32 bytes, for this query only, from which everything random in the answer is drawn
   * @throws MalformedCiphertext, OutOfRange
   */
  answer(query: LinearQuery, from: number, to: number, masks: Float64Array, seed: Uint8Array): LinearAnswer {
    assertAnswerable(this.#packing, this.#columns, query, { from, to, masks })
    // A key that is none is found before the work is done for it.
    parsePublicKey(this.#context, query.publicKey)
    const { stride } = this.#packing
    const firstGroup = from / stride
    const sums = this.sums(query.blocks, firstGroup, Math.ceil((to - from) / stride))
    const { publicKey } = query
    return { bytes: release(this.#context, this.#packing, [sums], { publicKey, firstGroup, masks, seed }) }
  }

  /**
   * The first step, for this object's stretch of blocks.
   * @param blocks the encrypted blocks of the stretch
   * @throws MalformedCiphertext
   */
  sums(blocks: Uint8Array, firstGroup: number, groups: number): ProductSums {
    if (!this.#products) throw new engineErrors.HandleUnknown('of a responder')
    return this.#products.sums(blocks, firstGroup, groups)
  }

  /** Lets go of the encoded columns. */
  [Symbol.dispose](): void {
    this.#products = undefined
  }
}
