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
import { encryptionSeed, entropyOf, type StreamUse } from './entropy.ts'
import { EphemeralKey, encryptorFor, type ThreadKey } from './key.ts'
import { CROSS, N } from './parameters.ts'
import type { BlockRange } from './ranges.ts'
import { Evaluated, loadForProducts } from './sanitise.ts'
import { ANSWER_LENGTH, parseAnswer, parseQuery, seededLength } from './wire.ts'

/** Bytes of one encrypted block of one of the two vectors. */
export const CROSS_BLOCK_BYTES = seededLength(CROSS.dataPrimes)

/** H's public key and its two encrypted vectors, block by block. */
export interface CrossQuery {
  readonly publicKey: Uint8Array
  readonly first: Uint8Array
  readonly second: Uint8Array
}

/** What one of the two vectors is encrypted with: both have the same blocks, so their streams differ by name. */
export interface CrossEntropy {
  readonly seed: Uint8Array
  readonly use: Extract<StreamUse, 'block' | 'second block'>
}

/** The randomness of each vector of a query, bound to both. */
export function crossEntropy(
  seed: Uint8Array,
  first: Float64Array,
  second: Float64Array,
): readonly [CrossEntropy, CrossEntropy] {
  const bound = encryptionSeed(seed, 'slots', first, second)
  return [
    { seed: bound, use: 'block' },
    { seed: bound, use: 'second block' },
  ]
}

/** Blocks of a vector: each batch slot is a row. */
export const crossBlocks = (rows: number): number => Math.ceil(rows / N)

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
  #seed: Uint8Array | undefined

  private constructor(context: BfvContext, rows: number, seed?: Uint8Array, made?: ThreadKey) {
    this.#context = context
    this.#seed = seed
    this.#key = new EphemeralKey(context, made, seed && entropyOf(seed, 0, 'key'))
    this.#rows = rows
  }

  /**
   * @param seed 32 secret bytes for this owner only, from which key and encryption are drawn; from the system without it
   * @param made the key that another thread of this party made for the same query
   * @throws LengthMismatch
   */
  static async create(rows: number, seed?: Uint8Array, made?: ThreadKey): Promise<CrossOwner> {
    return new CrossOwner(await crossContext(), rows, seed, made)
  }

  get publicKey(): Uint8Array {
    return this.#key.publicKey
  }

  /** The key for another thread of this party. */
  forThread(): ThreadKey {
    return this.#key.forThread()
  }

  /** @throws LengthMismatch */
  encrypt(first: Float64Array, second: Float64Array): CrossQuery {
    for (const { length } of [first, second]) {
      if (length !== this.#rows)
        throw new engineErrors.LengthMismatch('the vector to encrypt', length, this.#rows)
    }
    const [one, two] = this.#seed ? crossEntropy(this.#seed, first, second) : []
    return {
      publicKey: this.#key.publicKey,
      first: this.encryptBlocks(first, 0, one),
      second: this.encryptBlocks(second, 0, two),
    }
  }

  /**
   * Encrypts consecutive blocks of one vector, the first of them its block `from`.
   * @param values residues of their rows only
   * @param entropy of this one encryption, bound to both whole vectors; randomness of the system without it
   */
  encryptBlocks(values: Float64Array, from = 0, entropy?: CrossEntropy): Uint8Array {
    const blocks = crossBlocks(values.length)
    const out = new Uint8Array(blocks * CROSS_BLOCK_BYTES)
    for (let block = 0; block < blocks; block++) {
      using plain = encodeSlots(this.#context, values, block)
      const random = entropy && entropyOf(entropy.seed, from + block, entropy.use)
      out.set(this.#key.encrypt(plain, random), block * CROSS_BLOCK_BYTES)
    }
    return out
  }

  /** The masked cross term, one residue a row. @throws MalformedCiphertext */
  decrypt(answer: Uint8Array): Float64Array {
    return this.decryptBlocks(answer, this.#rows)
  }

  /** The same for consecutive blocks of `rows` rows. @throws MalformedCiphertext before anything is decrypted */
  decryptBlocks(answer: Uint8Array, rows: number): Float64Array {
    const blocks = crossBlocks(rows)
    if (answer.length !== blocks * ANSWER_LENGTH) throw new engineErrors.MalformedCiphertext('answer')
    const values = new Float64Array(rows)
    const parts = Array.from({ length: blocks }, (_, block) =>
      parseAnswer(this.#context, answer.subarray(block * ANSWER_LENGTH, (block + 1) * ANSWER_LENGTH)),
    )
    using encoder = new this.#context.seal.BatchEncoder(this.#context.context)
    parts.forEach((part, block) => {
      using plain = this.#key.decrypt(part)
      const slots: BigUint64Array = guarded('decode slots', () => encoder.decodeBigUint64(plain))
      const to = Math.min(N, rows - block * N)
      for (let i = 0; i < to; i++) values[block * N + i] = Number(slots[i])
    })
    return values
  }

  [Symbol.dispose](): void {
    this.#key[Symbol.dispose]()
  }
}

/** What P makes of a cross query. */
export interface CrossAnswer {
  readonly answer: Uint8Array
  /** One uniform residue a row. */
  readonly rho: Float64Array
}

/**
 * P's side: the sanitised cross term of its shares `first`, `second` with H's encrypted ones.
 * @param seed 32 bytes, for this query only, from which everything random in the answer is drawn, rho included
 * @param range the stretch of blocks that query and shares hold; all of them without it
 * @throws MalformedCiphertext, LengthMismatch
 */
export async function answerCross(
  query: CrossQuery,
  first: Float64Array,
  second: Float64Array,
  seed: Uint8Array,
  range: BlockRange = { from: 0, to: crossBlocks(first.length) },
): Promise<CrossAnswer> {
  const context = await crossContext()
  const rows = first.length
  const blocks = range.to - range.from
  if (second.length !== rows) throw new engineErrors.LengthMismatch('the second vector', second.length, rows)
  const length = blocks * CROSS_BLOCK_BYTES
  if (query.first.length !== length || query.second.length !== length) {
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
      const bytes = encrypted.subarray(block * CROSS_BLOCK_BYTES, (block + 1) * CROSS_BLOCK_BYTES)
      using cipher = loadForProducts(context, parseQuery(context, bytes))
      sum.multiplyAdd(cipher, plain)
    }
    multiply(query.first, second)
    multiply(query.second, first)
    // Every slot can be decrypted, those past the last row too, so all N of them are masked.
    const random = entropyOf(seed, range.from + block)
    const masks = freshResidues(random, N)
    using mask = encodeSlots(context, masks, 0)
    answer.set(sum.toAnswer(encryptor, mask, random), block * ANSWER_LENGTH)
    const to = Math.min(N, rows - block * N)
    // The answer carries -rho, so rho is the negative of the mask put in.
    for (let i = 0; i < to; i++) rho[block * N + i] = masks[i] === 0 ? 0 : T - masks[i]
  }
  return { answer, rho }
}
