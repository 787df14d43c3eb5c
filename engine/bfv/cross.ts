/**
 * Products of what H holds with what P holds, row by row (steps C2 and C3 of protocol.md section 5): H sends encrypted
 * vectors v_j, P answers   sum_j f_j*v_j - rho   per row for factors f_j of its own, sanitised, and keeps rho. So the two hold
 * shares of the sum, and neither learns anything of the other's part.
 *
 * - The product of two shared vectors a and b: v = [a]_H, [b]_H and f = [b]_P, [a]_P. Shares of a*b are then
 *   P: [a]_P*[b]_P + rho,  H: [a]_H*[b]_H + decrypted.
 * - A quadratic a*(q + h*b) with q and h known to P alone: v = [a]_H, [b]_H, [a]_H*[b]_H and f = q + h*[b]_P, h*[a]_P, h.
 *   Shares are  P: [a]_P*(q + h*[b]_P) + rho,  H: decrypted.
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

/** H's public key and its two or three encrypted vectors, block by block. */
export interface CrossQuery {
  readonly publicKey: Uint8Array
  readonly first: Uint8Array
  readonly second: Uint8Array
  readonly third?: Uint8Array
}

/** The vectors of a query in their order. */
export const vectorsOf = ({ first, second, third }: CrossQuery): Uint8Array[] =>
  third ? [first, second, third] : [first, second]

/** A query of two or three encrypted vectors. */
export const crossQuery = (publicKey: Uint8Array, vectors: readonly Uint8Array[]): CrossQuery => {
  const [first, second, third] = vectors
  return { publicKey, first, second, ...(third && { third }) }
}

/** What one of the vectors is encrypted with: all have the same blocks, so their streams differ by name. */
export interface CrossEntropy {
  readonly seed: Uint8Array
  readonly use: Exclude<StreamUse, 'answer' | 'key'>
}

const USES = ['block', 'second block', 'third block'] as const

/** The randomness of each vector of a query, bound to all of them. */
export function crossEntropy(seed: Uint8Array, vectors: readonly Float64Array[]): CrossEntropy[] {
  const bound = encryptionSeed(seed, 'slots', ...vectors)
  return vectors.map((_, index) => ({ seed: bound, use: USES[index] }))
}

/** @throws LengthMismatch unless every vector has an entry for each row */
export function assertRows(vectors: readonly Float64Array[], rows: number, what: string): void {
  for (const { length } of vectors) {
    if (length !== rows) throw new engineErrors.LengthMismatch(what, length, rows)
  }
}

/** What a query encrypts, or what its answer multiplies it with. */
export type CrossVectors =
  | readonly [Float64Array, Float64Array]
  | readonly [Float64Array, Float64Array, Float64Array]

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

/** H's side: encrypts two or three vectors under a key that lives for one query, then decrypts the answer. */
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
  encrypt(...vectors: CrossVectors): CrossQuery {
    assertRows(vectors, this.#rows, 'the vector to encrypt')
    const entropy = this.#seed ? crossEntropy(this.#seed, vectors) : []
    const blocks = vectors.map((values, index) => this.encryptBlocks(values, 0, entropy[index]))
    return crossQuery(this.#key.publicKey, blocks)
  }

  /**
   * Encrypts consecutive blocks of one vector, the first of them its block `from`.
   * @param values residues of their rows only
   * @param entropy of this one encryption, bound to all whole vectors; randomness of the system without it
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

  /** The masked sum of products, one residue a row. @throws MalformedCiphertext */
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

/** @throws LengthMismatch, MalformedCiphertext unless a query has `blocks` blocks of each vector, and a factor for each */
export function assertAskable(query: CrossQuery, factors: CrossVectors, blocks: number): void {
  const vectors = vectorsOf(query)
  if (factors.length !== vectors.length)
    throw new engineErrors.LengthMismatch('the list of factors', factors.length, vectors.length)
  assertRows(factors, factors[0].length, 'a factor')
  if (vectors.some(({ length }) => length !== blocks * CROSS_BLOCK_BYTES))
    throw new engineErrors.MalformedCiphertext('query')
}

/** What P makes of a cross query. */
export interface CrossAnswer {
  readonly answer: Uint8Array
  /** One uniform residue a row. */
  readonly rho: Float64Array
}

/**
 * P's side: the sanitised sum of factors[j] times the j-th encrypted vector.
 * @param factors as many as the query has vectors, residues
 * @param seed 32 bytes, for this query only, from which everything random in the answer is drawn, rho included
 * @param range the stretch of blocks that query and shares hold; all of them without it
 * @throws MalformedCiphertext, LengthMismatch
 */
export async function answerCross(
  query: CrossQuery,
  factors: CrossVectors,
  seed: Uint8Array,
  range: BlockRange = { from: 0, to: crossBlocks(factors[0].length) },
): Promise<CrossAnswer> {
  const context = await crossContext()
  const rows = factors[0].length
  const blocks = range.to - range.from
  assertAskable(query, factors, blocks)
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
    for (const [index, encrypted] of vectorsOf(query).entries()) multiply(encrypted, factors[index])
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
