/**
 * The cross term of a product of two shared vectors, row by row (step C2/C3 of protocol.md section 5):
 * H sends Enc_H([a]_H), Enc_H([b]_H); P answers   [b]_P*[a]_H + [a]_P*[b]_H - rho   per row, sanitised; P keeps rho.
 * The two then hold shares of a*b:  P: [a]_P*[b]_P + rho,  H: [a]_H*[b]_H + decrypted.
 */
import type { Plaintext } from 'node-seal'
import { engineErrors } from '../errors.ts'
import { T } from '../field.ts'
import { freshResidues } from '../stream.ts'
import { type BfvContext, crossContext, guarded } from './context.ts'
import { entropyOf } from './entropy.ts'
import { EphemeralKey, encryptorFor } from './key.ts'
import { CROSS, N } from './parameters.ts'
import { Evaluated, loadForProducts } from './sanitise.ts'
import { ANSWER_LENGTH, parseAnswer, parseQuery, seededLength } from './wire.ts'

const QUERY_BYTES = seededLength(CROSS.dataPrimes)

/** H's public key and its two encrypted vectors, block by block. */
export interface CrossQuery {
  readonly publicKey: Uint8Array
  readonly first: Uint8Array
  readonly second: Uint8Array
}

const blocksOf = (rows: number): number => Math.ceil(rows / N)

/** Encodes rows [block*N, ...) into batch slots; missing rows are 0. */
function encodeSlots(context: BfvContext, values: Float64Array, block: number): Plaintext {
  const slots = new BigUint64Array(N)
  const from = block * N
  const to = Math.min(values.length, from + N)
  for (let row = from; row < to; row++) slots[row - from] = BigInt(values[row])
  const plain = new context.seal.Plaintext()
  guarded('encode slots', () => {
    using encoder = new context.seal.BatchEncoder(context.context)
    encoder.encode(slots, plain)
  })
  return plain
}

/** H's side: encrypts two vectors under a key that lives for one query, then decrypts the answer. */
export class CrossOwner implements Disposable {
  #context: BfvContext
  #key: EphemeralKey
  #rows: number

  private constructor(context: BfvContext, rows: number) {
    this.#context = context
    this.#key = new EphemeralKey(context)
    this.#rows = rows
  }

  static async create(rows: number): Promise<CrossOwner> {
    return new CrossOwner(await crossContext(), rows)
  }

  encrypt(first: Float64Array, second: Float64Array): CrossQuery {
    const encryptAll = (values: Float64Array): Uint8Array => {
      if (values.length !== this.#rows) {
        throw new engineErrors.LengthMismatch('the vector to encrypt', values.length, this.#rows)
      }
      const out = new Uint8Array(blocksOf(this.#rows) * QUERY_BYTES)
      for (let block = 0; block < blocksOf(this.#rows); block++) {
        using plain = encodeSlots(this.#context, values, block)
        out.set(this.#key.encrypt(plain), block * QUERY_BYTES)
      }
      return out
    }
    return { publicKey: this.#key.publicKey, first: encryptAll(first), second: encryptAll(second) }
  }

  /** The masked cross term, one residue a row. @throws MalformedCiphertext */
  decrypt(answer: Uint8Array): Float64Array {
    const blocks = blocksOf(this.#rows)
    if (answer.length !== blocks * ANSWER_LENGTH) throw new engineErrors.MalformedCiphertext('answer')
    const values = new Float64Array(this.#rows)
    // All of it is parsed before any of it is decrypted.
    const parts = Array.from({ length: blocks }, (_, block) =>
      parseAnswer(this.#context, answer.subarray(block * ANSWER_LENGTH, (block + 1) * ANSWER_LENGTH)),
    )
    using encoder = new this.#context.seal.BatchEncoder(this.#context.context)
    parts.forEach((part, block) => {
      using plain = this.#key.decrypt(part)
      const slots: BigUint64Array = guarded('decode slots', () => encoder.decodeBigUint64(plain))
      const to = Math.min(N, this.#rows - block * N)
      for (let i = 0; i < to; i++) values[block * N + i] = Number(slots[i])
    })
    return values
  }

  [Symbol.dispose](): void {
    this.#key[Symbol.dispose]()
  }
}

/**
 * P's side: the sanitised cross term of its shares `first`, `second` with H's encrypted ones.
 * @param seed 32 bytes, for this query only, from which everything random in the answer is drawn, rho included
 * @returns the answer's bytes and rho, one uniform residue a row
 * @throws MalformedCiphertext, LengthMismatch
 */
export async function answerCross(
  query: CrossQuery,
  first: Float64Array,
  second: Float64Array,
  seed: Uint8Array,
): Promise<{ answer: Uint8Array; rho: Float64Array }> {
  const context = await crossContext()
  const rows = first.length
  const blocks = blocksOf(rows)
  if (second.length !== rows) throw new engineErrors.LengthMismatch('the second vector', second.length, rows)
  if (query.first.length !== blocks * QUERY_BYTES || query.second.length !== blocks * QUERY_BYTES) {
    throw new engineErrors.MalformedCiphertext('query')
  }
  using encryptor = encryptorFor(context, query.publicKey)
  const answer = new Uint8Array(blocks * ANSWER_LENGTH)
  const rho = new Float64Array(rows)
  for (let block = 0; block < blocks; block++) {
    using sum = new Evaluated(context)
    const multiply = (encrypted: Uint8Array, values: Float64Array) => {
      using plain = encodeSlots(context, values, block)
      if (plain.isZero()) return
      guarded('encode columns', () => {
        using parms = context.context.firstParmsId()
        context.evaluator.plainTransformToNttInplace(plain, parms)
      })
      const bytes = encrypted.subarray(block * QUERY_BYTES, (block + 1) * QUERY_BYTES)
      using cipher = loadForProducts(context, parseQuery(context, bytes))
      sum.multiplyAdd(cipher, plain)
    }
    multiply(query.first, second)
    multiply(query.second, first)
    // Every slot can be decrypted, those past the last row too, so all N of them are masked.
    const random = entropyOf(seed, block)
    const masks = freshResidues(random, N)
    using mask = encodeSlots(context, masks, 0)
    answer.set(sum.toAnswer(encryptor, mask, random), block * ANSWER_LENGTH)
    const to = Math.min(N, rows - block * N)
    // The answer carries -rho, so rho is the negative of the mask put in.
    for (let i = 0; i < to; i++) rho[block * N + i] = masks[i] === 0 ? 0 : T - masks[i]
  }
  return { answer, rho }
}
