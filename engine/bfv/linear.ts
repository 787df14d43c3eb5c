/**
 * Inner products of one party's encrypted vector with another party's columns: the gadget of fine bins, training rounds
 * and evaluation. The owner encrypts a vector of residues (its share); the responder multiplies by its columns, masks and
 * sanitises; the owner decrypts   sum_i x_ij v_i + mask_j   mod t and nothing else.
 */
import type { Plaintext } from 'node-seal'
import { engineErrors } from '../errors.ts'
import { freshResidues } from '../stream.ts'
import { type BfvContext, guarded, linearContext } from './context.ts'
import { entropyOf } from './entropy.ts'
import { EphemeralKey, encryptorFor } from './key.ts'
import {
  assertColumns,
  columnCount,
  type PackedColumns,
  type Packing,
  packColumns,
  packVector,
} from './packing.ts'
import { LINEAR } from './parameters.ts'
import { coefficients, Polynomial, toPlaintext } from './plaintext.ts'
import { Evaluated, loadForProducts } from './sanitise.ts'
import { parseQuery, parseShortAnswer, seededLength, shortLength } from './wire.ts'

/** Bytes of one encrypted block of a query. */
export const QUERY_BYTES = seededLength(LINEAR.dataPrimes)
/** Bytes that a kept plaintext product factor takes in SEAL's memory (two primes of N words). */
const ENCODED_BYTES = 131072

/** What an owner sends: its public key and the encrypted blocks of its vector, one after another. */
export interface LinearQuery {
  readonly publicKey: Uint8Array
  readonly blocks: Uint8Array
}

/** What a responder sends, and the masks it keeps. */
export interface LinearAnswer {
  /** Short answers, one per W columns, one after another. */
  readonly bytes: Uint8Array
}

/** The party whose vector is encrypted; its key lives for one query. */
export class LinearOwner implements Disposable {
  #context: BfvContext
  #key: EphemeralKey
  #packing: Packing

  private constructor(context: BfvContext, packing: Packing) {
    this.#context = context
    this.#packing = packing
    this.#key = new EphemeralKey(context)
  }

  static async create(packing: Packing): Promise<LinearOwner> {
    return new LinearOwner(await linearContext(), packing)
  }

  /** Encrypts a vector of residues, one a row. */
  encrypt(values: Float64Array): LinearQuery {
    const { rows, blocks } = this.#packing
    if (values.length !== rows)
      throw new engineErrors.LengthMismatch('the vector to encrypt', values.length, rows)
    const out = new Uint8Array(blocks * QUERY_BYTES)
    const polynomial = new Polynomial(this.#context)
    for (let block = 0; block < blocks; block++) {
      packVector(polynomial, this.#packing, values, block)
      using plain = toPlaintext(this.#context, polynomial)
      out.set(this.#key.encrypt(plain), block * QUERY_BYTES)
    }
    return { publicKey: this.#key.publicKey, blocks: out }
  }

  /**
   * Decrypts short answers to `columns` masked inner products.
   * @throws MalformedCiphertext before anything is decrypted
   */
  decrypt(answer: Uint8Array, columns: number): Float64Array {
    const { stride } = this.#packing
    const size = shortLength(stride)
    const groups = Math.ceil(columns / stride)
    if (answer.length !== groups * size) throw new engineErrors.MalformedCiphertext('short answer')
    const parts = Array.from({ length: groups }, (_, group) =>
      parseShortAnswer(this.#context, answer.subarray(group * size, (group + 1) * size), stride),
    )
    const values = new Float64Array(groups * stride)
    parts.forEach((part, group) => {
      using plain = this.#key.decrypt(part)
      values.set(coefficients(this.#context, plain, stride), group * stride)
    })
    return values.slice(0, columns)
  }

  [Symbol.dispose](): void {
    this.#key[Symbol.dispose]()
  }
}

/** The party whose columns are multiplied. Encodes each plaintext once and keeps it while the memory budget lasts. */
export class LinearResponder implements Disposable {
  #context: BfvContext
  #packing: Packing
  #columns: PackedColumns
  /** Encoded factors by block and group; null where the columns are zero; absent where they are made again each time. */
  #encoded = new Map<number, Plaintext | null>()
  #room: number
  #polynomial: Polynomial

  private constructor(context: BfvContext, packing: Packing, columns: PackedColumns, memoryBudget: number) {
    this.#context = context
    this.#packing = packing
    this.#columns = columns
    this.#room = Math.floor(memoryBudget / ENCODED_BYTES)
    this.#polynomial = new Polynomial(context)
  }

  /**
   * @param memoryBudget bytes for encoded columns (16 a row and column)
   * @throws LengthMismatch, OutOfRange
   */
  static async create(
    packing: Packing,
    columns: PackedColumns,
    memoryBudget: number,
  ): Promise<LinearResponder> {
    assertColumns(columns, packing.rows)
    return new LinearResponder(await linearContext(), packing, columns, memoryBudget)
  }

  /**
   * Answers a query for the columns [from, to); `from` is a multiple of the stride.
   * @param masks one uniform residue per column
   * @param seed 32 bytes, for this query only, from which everything random in the answer is drawn
   * @throws MalformedCiphertext
   */
  answer(query: LinearQuery, from: number, to: number, masks: Float64Array, seed: Uint8Array): LinearAnswer {
    const { stride, blocks } = this.#packing
    if (query.blocks.length !== blocks * QUERY_BYTES) throw new engineErrors.MalformedCiphertext('query')
    if (
      !(from >= 0) ||
      from % stride !== 0 ||
      to > columnCount(this.#columns) ||
      masks.length !== to - from
    ) {
      throw new engineErrors.OutOfRange(
        'the range of columns',
        'aligned to the stride and inside the provider',
      )
    }
    const firstGroup = from / stride
    const groups = Math.ceil((to - from) / stride)
    using encryptor = encryptorFor(this.#context, query.publicKey)
    const sums = Array.from({ length: groups }, () => new Evaluated(this.#context))
    try {
      for (let block = 0; block < blocks; block++) {
        const bytes = query.blocks.subarray(block * QUERY_BYTES, (block + 1) * QUERY_BYTES)
        using cipher = loadForProducts(this.#context, parseQuery(this.#context, bytes))
        for (let group = 0; group < groups; group++) {
          this.#withFactor(block, firstGroup + group, (plain) => sums[group].multiplyAdd(cipher, plain))
        }
      }
      const size = shortLength(stride)
      const out = new Uint8Array(groups * size)
      const polynomial = new Polynomial(this.#context)
      for (let group = 0; group < groups; group++) {
        // Words past the last column are decryptable too, so they get masks nobody keeps.
        polynomial.clear()
        const random = entropyOf(seed, firstGroup + group)
        const spare = freshResidues(random, stride)
        for (let word = 0; word < stride; word++) {
          polynomial.set(word, masks[group * stride + word] ?? spare[word])
        }
        using mask = toPlaintext(this.#context, polynomial)
        out.set(sums[group].toShortAnswer(encryptor, mask, stride, random), group * size)
      }
      return { bytes: out }
    } finally {
      for (const sum of sums) sum[Symbol.dispose]()
    }
  }

  /** Runs `use` with the encoded columns of a block and group, unless they are all zero there. */
  #withFactor(block: number, group: number, use: (plain: Plaintext) => void): void {
    const key = group * this.#packing.blocks + block
    const kept = this.#encoded.get(key)
    if (kept !== undefined) {
      if (kept) use(kept)
      return
    }
    const any = packColumns(this.#polynomial, this.#packing, this.#columns, block, group)
    const keep = this.#room > 0
    if (!any) {
      this.#encoded.set(key, null)
      return
    }
    const plain = toPlaintext(this.#context, this.#polynomial)
    guarded('encode columns', () => {
      using parms = this.#context.context.firstParmsId()
      this.#context.evaluator.plainTransformToNttInplace(plain, parms)
    })
    use(plain)
    if (keep) {
      this.#room--
      this.#encoded.set(key, plain)
    } else {
      plain.delete()
    }
  }

  [Symbol.dispose](): void {
    for (const plain of this.#encoded.values()) plain?.delete()
    this.#encoded.clear()
  }
}
