/**
 * A responder's columns times one query: the sums of encrypted products, block by block, before they are sanitised. SEAL
 * loads the query; transforms and products are the kernel's, in a memory of its own.
 *
 * Memory: 16 bytes a row and column for encoded columns that are kept; groups of columns that do not fit the budget are
 * encoded again for every query.
 */
import { PANEL } from '../kernel/kernel.ts'
import { type BfvContext, guarded } from './context.ts'
import { columnCount, type PackedColumns, type Packing, packColumns } from './packing.ts'
import { N } from './parameters.ts'
import type { BlockRange } from './ranges.ts'
import { CIPHER_BYTES, CIPHER_PLANES, FACTOR_BYTES, FACTOR_PLANES, PLANE, Ring } from './ring.ts'
import { CIPHER_HEADER, POLY_BYTES } from './templates.ts'
import { type ParsedBytes, parseQuery, QUERY_BYTES } from './wire.ts'

/** Bytes of one group's sum: four polynomials. */
export const SUM_BYTES = CIPHER_PLANES * POLY_BYTES

declare const evaluated: unique symbol
/**
 * Sums of products for consecutive groups of W columns, in transformed form. Not sanitised: no byte array, so that no
 * message can carry it; only `release` makes an answer of it.
 */
export type ProductSums = ArrayBuffer & { readonly [evaluated]: true }

export class ColumnProducts {
  #context: BfvContext
  #packing: Packing
  #columns: PackedColumns
  #range: BlockRange
  #ring: Ring
  #coefficients = new Int16Array(N)
  #groups: number
  #keptGroups: number
  /** Which kept factors are encoded, by group and block. */
  #encoded: Uint8Array

  /** @param memoryBudget bytes for encoded columns that are kept */
  constructor(
    context: BfvContext,
    packing: Packing,
    columns: PackedColumns,
    range: BlockRange,
    memoryBudget: number,
  ) {
    this.#context = context
    this.#packing = packing
    this.#columns = columns
    this.#range = range
    this.#groups = Math.ceil(columnCount(columns) / packing.stride)
    const perGroup = this.#blocks * FACTOR_BYTES
    this.#keptGroups = Math.min(this.#groups, Math.floor(memoryBudget / Math.max(1, perGroup)))
    this.#encoded = new Uint8Array(this.#keptGroups * this.#blocks)
    const panel = PANEL * (CIPHER_BYTES + FACTOR_BYTES)
    this.#ring = new Ring(context, panel + this.#groups * CIPHER_BYTES + this.#keptGroups * perGroup)
  }

  get #blocks(): number {
    return this.#range.to - this.#range.from
  }

  // The ring's memory: ciphertexts of a panel | factors of a panel | sums | kept factors.
  #cipherAt = (index: number): number => this.#ring.start + index * CIPHER_BYTES
  #scratchAt = (index: number): number => this.#cipherAt(PANEL) + index * FACTOR_BYTES
  #sumAt = (group: number): number => this.#scratchAt(PANEL) + group * CIPHER_BYTES
  #keptAt = (group: number, block: number): number =>
    this.#sumAt(this.#groups) + (group * this.#blocks + block) * FACTOR_BYTES

  /**
   * Sums over this range of blocks for `count` groups from group `first` on.
   * @param query the encrypted blocks of the range, one after another
   * @throws MalformedCiphertext
   */
  sums(query: Uint8Array, first: number, count: number): ProductSums {
    // All of it is parsed before any of it is worked on: no time of a refusal tells anything about columns.
    const parsed = Array.from({ length: this.#blocks }, (_, block) =>
      parseQuery(this.#context, query.subarray(block * QUERY_BYTES, (block + 1) * QUERY_BYTES)),
    )
    this.#ring.bytes.fill(0, this.#sumAt(0), this.#sumAt(count))
    for (let from = 0; from < this.#blocks; from += PANEL) {
      const length = Math.min(PANEL, this.#blocks - from)
      for (let index = 0; index < length; index++) {
        this.#loadCipher(parsed[from + index], this.#cipherAt(index))
      }
      for (let index = 0; index < count; index++) {
        const factors = this.#factors(from, length, first + index)
        this.#ring.multiplyAdd(this.#cipherAt(0), factors, length, this.#sumAt(index))
      }
    }
    const sums = new Uint8Array(count * SUM_BYTES)
    for (let plane = 0; plane < count * CIPHER_PLANES; plane++) {
      sums.set(this.#ring.plane(this.#sumAt(0) + plane * PLANE), plane * POLY_BYTES)
    }
    return sums.buffer as ProductSums
  }

  /** One block of the query, transformed and split. */
  #loadCipher(block: ParsedBytes, at: number): void {
    const { seal, context } = this.#context
    const bytes = guarded('load query', () => {
      using cipher = new seal.Ciphertext()
      cipher.loadFromArray(context, block)
      return cipher.saveToArray(seal.ComprModeType.none)
    })
    for (let plane = 0; plane < CIPHER_PLANES; plane++) {
      const to = at + plane * PLANE
      this.#ring.place(bytes, CIPHER_HEADER + plane * POLY_BYTES, to)
      this.#ring.transform(to, plane % FACTOR_PLANES)
      this.#ring.split(to)
    }
  }

  /** Address of the encoded columns of a group on `length` blocks: kept ones, or ones made for this panel only. */
  #factors(from: number, length: number, group: number): number {
    const kept = group < this.#keptGroups
    for (let index = 0; index < length; index++) {
      const block = from + index
      const mark = group * this.#blocks + block
      if (kept && this.#encoded[mark]) continue
      packColumns(this.#coefficients, this.#packing, this.#columns, this.#range.from + block, group)
      this.#ring.placeFactor(this.#coefficients, kept ? this.#keptAt(group, block) : this.#scratchAt(index))
      if (kept) this.#encoded[mark] = 1
    }
    return kept ? this.#keptAt(group, from) : this.#scratchAt(0)
  }
}
