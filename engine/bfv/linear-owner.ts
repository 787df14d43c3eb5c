/**
 * The party whose vector is encrypted: it decrypts   sum_i x_ij v_i + mask_j   mod t of each answer and nothing else.
 * Its key lives for one query.
 */
import { engineErrors } from '../errors.ts'
import { type BfvContext, linearContext } from './context.ts'
import { encryptionSeed, entropyOf } from './entropy.ts'
import { EphemeralKey, type ThreadKey } from './key.ts'
import { type Packing, packVector } from './packing.ts'
import { Polynomial, toPlaintext } from './plaintext.ts'
import type { BlockRange } from './ranges.ts'
import { parseShortAnswer, QUERY_BYTES, shortLength } from './wire.ts'

/** What an owner sends: its public key and the encrypted blocks of its vector, one after another. */
export interface LinearQuery {
  readonly publicKey: Uint8Array
  readonly blocks: Uint8Array
}

/** The seed of the encryption of one vector under one packing. */
export const linearSeed = (seed: Uint8Array, packing: Packing, values: Float64Array): Uint8Array =>
  encryptionSeed(seed, `blocks of ${packing.blockRows} rows, stride ${packing.stride}`, values)

export class LinearOwner implements Disposable {
  #context: BfvContext
  #key: EphemeralKey
  #packing: Packing
  #seed: Uint8Array | undefined

  private constructor(context: BfvContext, packing: Packing, seed?: Uint8Array, made?: ThreadKey) {
    this.#context = context
    this.#packing = packing
    this.#seed = seed
    this.#key = new EphemeralKey(context, made, seed && entropyOf(seed, 0, 'key'))
  }

  /**
   * @param seed 32 secret bytes for this owner only, from which key and encryption are drawn; from the system without it
   * @param made the key that another thread of this party made for the same query
   * @throws LengthMismatch
   */
  static async create(packing: Packing, seed?: Uint8Array, made?: ThreadKey): Promise<LinearOwner> {
    return new LinearOwner(await linearContext(), packing, seed, made)
  }

  get publicKey(): Uint8Array {
    return this.#key.publicKey
  }

  /** The key for another thread of this party. */
  forThread(): ThreadKey {
    return this.#key.forThread()
  }

  /** Encrypts a vector of residues, one a row. @throws LengthMismatch */
  encrypt(values: Float64Array): LinearQuery {
    const { rows, blocks } = this.#packing
    if (values.length !== rows)
      throw new engineErrors.LengthMismatch('the vector to encrypt', values.length, rows)
    const seed = this.#seed && linearSeed(this.#seed, this.#packing, values)
    return {
      publicKey: this.#key.publicKey,
      blocks: this.encryptBlocks(values, { from: 0, to: blocks }, seed),
    }
  }

  /**
   * Encrypts a stretch of blocks.
   * @param values residues of its rows only
   * @param seed of this one encryption, bound to the whole vector; randomness of the system without it
   */
  encryptBlocks(values: Float64Array, range: BlockRange, seed?: Uint8Array): Uint8Array {
    const out = new Uint8Array((range.to - range.from) * QUERY_BYTES)
    const polynomial = new Polynomial(this.#context)
    for (let block = 0; block < range.to - range.from; block++) {
      packVector(polynomial, this.#packing, values, block)
      using plain = toPlaintext(this.#context, polynomial)
      const random = seed && entropyOf(seed, range.from + block, 'block')
      out.set(this.#key.encrypt(plain, random), block * QUERY_BYTES)
    }
    return out
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
      values.set(this.#key.decryptFirst(part, stride), group * stride)
    })
    return values.slice(0, columns)
  }

  [Symbol.dispose](): void {
    this.#key[Symbol.dispose]()
  }
}
