/**
 * The party whose vector is encrypted: it decrypts   sum_i x_ij v_i + mask_j   mod t of each answer and nothing else.
 * Its key lives for one query.
 */
import { engineErrors } from '../errors.ts'
import { type BfvContext, linearContext } from './context.ts'
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

export class LinearOwner implements Disposable {
  #context: BfvContext
  #key: EphemeralKey
  #packing: Packing

  private constructor(context: BfvContext, packing: Packing, made?: ThreadKey) {
    this.#context = context
    this.#packing = packing
    this.#key = new EphemeralKey(context, made)
  }

  /** @param made the key that another thread of this party made for the same query */
  static async create(packing: Packing, made?: ThreadKey): Promise<LinearOwner> {
    return new LinearOwner(await linearContext(), packing, made)
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
    return { publicKey: this.#key.publicKey, blocks: this.encryptBlocks(values, { from: 0, to: blocks }) }
  }

  /** Encrypts a stretch of blocks. @param values residues of its rows only */
  encryptBlocks(values: Float64Array, range: BlockRange): Uint8Array {
    const out = new Uint8Array((range.to - range.from) * QUERY_BYTES)
    const polynomial = new Polynomial(this.#context)
    for (let block = 0; block < range.to - range.from; block++) {
      packVector(polynomial, this.#packing, values, block)
      using plain = toPlaintext(this.#context, polynomial)
      out.set(this.#key.encrypt(plain), block * QUERY_BYTES)
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
