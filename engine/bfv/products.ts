/**
 * A responder's columns times one query: the sums of encrypted products, block by block, before they are sanitised. Works
 * on SEAL's transformed polynomials in a memory of its own, through the kernel.
 *
 * Memory: 16 bytes a row and column for encoded columns that are kept; groups of columns that do not fit the budget are
 * encoded again for every query (0.6 ms a block and group).
 */
import { createKernel, deltaOf, type Kernel, PANEL } from '../kernel/kernel.ts'
import { type BfvContext, guarded } from './context.ts'
import { addPolynomial, splitPrime } from './modular-words.ts'
import { columnCount, type PackedColumns, type Packing, packColumns } from './packing.ts'
import { N } from './parameters.ts'
import { Polynomial, toPlaintext } from './plaintext.ts'
import type { BlockRange } from './ranges.ts'
import { CIPHER_HEADER, PLAIN_HEADER, POLY_BYTES } from './templates.ts'
import { parseQuery, QUERY_BYTES } from './wire.ts'

/** One polynomial modulo one prime; the extra line keeps the blocks of a panel out of each other's place in the cache. */
export const PLANE = POLY_BYTES + 64
/** c0 and c1, each modulo two primes. */
export const CIPHER_PLANES = 4
const FACTOR_PLANES = 2
/** Bytes that an encoded block of W columns takes. */
export const FACTOR_BYTES = FACTOR_PLANES * PLANE
/** Bytes of one group's sum: four polynomials. */
export const SUM_BYTES = CIPHER_PLANES * POLY_BYTES

declare const evaluated: unique symbol
/**
 * Sums of products for consecutive groups of W columns. Not sanitised: no byte array, so that no message can carry it;
 * only `release` makes an answer of it.
 */
export type ProductSums = ArrayBuffer & { readonly [evaluated]: true }

export class ColumnProducts {
  #context: BfvContext
  #packing: Packing
  #columns: PackedColumns
  #range: BlockRange
  #polynomial: Polynomial
  #kernel: Kernel
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
    this.#polynomial = new Polynomial(context)
    const groups = Math.ceil(columnCount(columns) / packing.stride)
    const perGroup = this.#blocks * FACTOR_BYTES
    this.#keptGroups = Math.min(groups, Math.floor(memoryBudget / Math.max(1, perGroup)))
    this.#encoded = new Uint8Array(this.#keptGroups * this.#blocks)
    const planes = PANEL * (CIPHER_PLANES + FACTOR_PLANES) + groups * CIPHER_PLANES
    this.#kernel = createKernel(planes * PLANE + this.#keptGroups * perGroup)
  }

  get #blocks(): number {
    return this.#range.to - this.#range.from
  }

  // Addresses in the kernel's memory: ciphertexts of a panel | factors of a panel | sums | kept factors.
  #cipherAt = (index: number): number => index * CIPHER_PLANES * PLANE
  #scratchAt = (index: number): number => PANEL * CIPHER_PLANES * PLANE + index * FACTOR_BYTES
  #sumAt = (group: number): number => this.#scratchAt(PANEL) + group * CIPHER_PLANES * PLANE
  #keptAt = (group: number, block: number): number =>
    this.#sumAt(Math.ceil(columnCount(this.#columns) / this.#packing.stride)) +
    (group * this.#blocks + block) * FACTOR_BYTES

  /**
   * Sums over this range of blocks for `count` groups from group `first` on.
   * @param query the encrypted blocks of the range, one after another
   * @throws MalformedCiphertext
   */
  sums(query: Uint8Array, first: number, count: number): ProductSums {
    const { bytes } = this.#kernel
    bytes.fill(0, this.#sumAt(0), this.#sumAt(count))
    for (let from = 0; from < this.#blocks; from += PANEL) {
      const length = Math.min(PANEL, this.#blocks - from)
      for (let index = 0; index < length; index++) {
        const at = (from + index) * QUERY_BYTES
        this.#loadCipher(query.subarray(at, at + QUERY_BYTES), index)
      }
      for (let index = 0; index < count; index++) this.#multiply(from, length, first + index, index)
    }
    const sums = new Uint8Array(count * SUM_BYTES)
    for (let plane = 0; plane < count * CIPHER_PLANES; plane++) {
      const at = this.#sumAt(0) + plane * PLANE
      sums.set(bytes.subarray(at, at + POLY_BYTES), plane * POLY_BYTES)
    }
    return sums.buffer as ProductSums
  }

  /** One block of the query in SEAL's transformed form, split into limbs. */
  #loadCipher(block: Uint8Array, index: number): void {
    const { seal, context, evaluator } = this.#context
    const parsed = parseQuery(this.#context, block)
    const bytes = guarded('load query', () => {
      using cipher = new seal.Ciphertext()
      cipher.loadFromArray(context, parsed)
      evaluator.cipherTransformToNttInplace(cipher)
      return cipher.saveToArray(seal.ComprModeType.none)
    })
    for (let plane = 0; plane < CIPHER_PLANES; plane++)
      placePlane(
        this.#kernel,
        bytes,
        CIPHER_HEADER + plane * POLY_BYTES,
        this.#cipherAt(index) + plane * PLANE,
      )
  }

  #multiply(from: number, length: number, group: number, index: number): void {
    const factors = this.#factors(from, length, group)
    multiplyAdd(this.#kernel, this.#context, this.#cipherAt(0), factors, length, this.#sumAt(index))
  }

  /** Address of the encoded columns of a group on `length` blocks: kept ones, or ones made for this panel only. */
  #factors(from: number, length: number, group: number): number {
    if (group >= this.#keptGroups) {
      for (let index = 0; index < length; index++) this.#encode(from + index, group, this.#scratchAt(index))
      return this.#scratchAt(0)
    }
    for (let block = from; block < from + length; block++) {
      const mark = group * this.#blocks + block
      if (this.#encoded[mark]) continue
      this.#encode(block, group, this.#keptAt(group, block))
      this.#encoded[mark] = 1
    }
    return this.#keptAt(group, from)
  }

  #encode(block: number, group: number, at: number): void {
    const any = packColumns(this.#polynomial, this.#packing, this.#columns, this.#range.from + block, group)
    if (!any) {
      this.#kernel.bytes.fill(0, at, at + FACTOR_BYTES)
      return
    }
    placeFactor(this.#kernel, this.#context, this.#polynomial, at)
  }
}

/** sum += sum over `length` blocks of cipher * factor, all at addresses of the kernel's memory. */
export function multiplyAdd(
  kernel: Kernel,
  { primes }: BfvContext,
  cipher: number,
  factor: number,
  length: number,
  sum: number,
): void {
  for (let part = 0; part < CIPHER_PLANES; part++) {
    const prime = primes[part % FACTOR_PLANES]
    kernel.accumulate(
      cipher + part * PLANE,
      CIPHER_PLANES * PLANE,
      factor + (part % FACTOR_PLANES) * PLANE,
      FACTOR_BYTES,
      length,
      sum + part * PLANE,
      N,
      deltaOf(prime),
      prime,
    )
  }
}

/** Puts one polynomial of SEAL's bytes into the kernel's memory, split into limbs. */
export function placePlane(kernel: Kernel, bytes: Uint8Array, from: number, at: number): void {
  kernel.bytes.set(bytes.subarray(from, from + POLY_BYTES), at)
  kernel.split(at, N)
}

/** Transforms a polynomial of small integers and puts it into the kernel's memory as a factor. */
export function placeFactor(kernel: Kernel, context: BfvContext, polynomial: Polynomial, at: number): void {
  using plain = toPlaintext(context, polynomial)
  const bytes = guarded('encode columns', () => {
    using parms = context.context.firstParmsId()
    context.evaluator.plainTransformToNttInplace(plain, parms)
    return plain.saveToArray(context.seal.ComprModeType.none)
  })
  for (let plane = 0; plane < FACTOR_PLANES; plane++)
    placePlane(kernel, bytes, PLAIN_HEADER + plane * POLY_BYTES, at + plane * PLANE)
}

/**
 * The sums of several ranges of blocks together, into the first of them.
 * @param primes of the two planes of each polynomial
 */
export function addSums(parts: readonly ProductSums[], primes: readonly bigint[]): ProductSums {
  const [whole, ...others] = parts
  const target = new Uint32Array(whole)
  for (const other of others) {
    const source = new Uint32Array(other)
    for (let plane = 0, at = 0; at < target.length; plane++, at += 2 * N) {
      addPolynomial(target, at, source, at, splitPrime(primes[plane % FACTOR_PLANES]))
    }
  }
  return whole
}
