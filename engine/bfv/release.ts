/**
 * From sums of products to sanitised short answers: the second step of a responder, and the way out for everything that was
 * multiplied by columns (protocol.md section 4, "Sanitise"; security.md T04, T05).
 *
 * The fresh encryption of zero is one more product: the owner's public key (p0, p1) times a ternary u, transformed like
 * everything else. With sums (s0, s1) an answer is
 *
 *     c0 = s0 + p0*u + mask + flood,   c1 = s1 + p1*u + e1
 *
 * which is BFV's public-key encryption modulo q0*q1, the flood in the place of the far smaller error of c0. It adds less
 * than 2^19 of noise (parameters.ts). SEAL's own `encryptZero` works modulo the special prime too and rescales: 4 ms an
 * answer instead of 1 ms, and its randomness cannot be given from outside.
 */
import { T } from '../field.ts'
import { freshResidues } from '../stream.ts'
import { type BfvContext, guarded } from './context.ts'
import { entropyOf } from './entropy.ts'
import type { Packing } from './packing.ts'
import { ANSWER_PRIMES } from './parameters.ts'
import { type ProductSums, SUM_BYTES } from './products.ts'
import { CIPHER_BYTES, CIPHER_PLANES, FACTOR_BYTES, FACTOR_PLANES, PLANE, Ring } from './ring.ts'
import { floodDraws, type SanitisedAnswer } from './sanitise.ts'
import { CIPHER_HEADER, POLY_BYTES } from './templates.ts'
import { parsePublicKey, shortLength } from './wire.ts'
import { errors, ternary } from './zero.ts'

/** Consecutive groups of W columns that a query is answered for, and what they are masked with. */
export interface AnswerPart {
  readonly publicKey: Uint8Array
  readonly firstGroup: number
  /** One uniform residue per column. */
  readonly masks: Float64Array
  /** 32 bytes, for this query only, from which everything random in the answer is drawn. */
  readonly seed: Uint8Array
}

/**
 * Sums of all stretches of blocks become short answers, one after another.
 * @throws MalformedCiphertext for a public key that is none
 */
export function release(
  context: BfvContext,
  { stride }: Packing,
  stretches: readonly ProductSums[],
  { publicKey, firstGroup, masks, seed }: AnswerPart,
): SanitisedAnswer {
  const ring = ringOf(context)
  const keyAt = ring.start
  const sumAt = keyAt + CIPHER_BYTES
  const scratchAt = sumAt + CIPHER_BYTES
  placePublicKey(ring, context, publicKey, keyAt)
  const groups = Math.ceil(masks.length / stride)
  const size = shortLength(stride)
  const out = new Uint8Array(groups * size)
  for (let group = 0; group < groups; group++) {
    const random = entropyOf(seed, firstGroup + group)
    ring.bytes.fill(0, sumAt, scratchAt)
    for (const stretch of stretches) addStretch(ring, stretch, group, sumAt, scratchAt)
    ring.placeFactor(ternary(random), scratchAt)
    ring.multiplyAdd(keyAt, scratchAt, 1, sumAt)
    for (let plane = 0; plane < CIPHER_PLANES; plane++) {
      ring.restore(sumAt + plane * PLANE, plane % FACTOR_PLANES)
    }
    const error = errors(random)
    for (let k = 0; k < FACTOR_PLANES; k++) {
      ring.placeSmall(error, scratchAt, k)
      ring.add(sumAt + (ANSWER_PRIMES + k) * PLANE, scratchAt, k)
    }
    // Words past the last column are decryptable too, so they get masks nobody keeps.
    const spare = freshResidues(random, stride)
    const hidden = spare.map((residue, word) => masks[group * stride + word] ?? residue)
    maskAndFlood(ring, context, sumAt, hidden, floodDraws(context, random, stride))
    out.set(shortened(ring, sumAt, stride), group * size)
  }
  ring.bytes.fill(0, keyAt)
  return out as SanitisedAnswer
}

/** One memory a thread: its tables are half a megabyte. What a call leaves in it is cleared at its end. */
const rings = new WeakMap<BfvContext, Ring>()

function ringOf(context: BfvContext): Ring {
  const ring = rings.get(context) ?? new Ring(context, 2 * CIPHER_BYTES + FACTOR_BYTES)
  rings.set(context, ring)
  return ring
}

/** The two halves of the public key modulo the primes of an answer, as SEAL expands them from the seed. */
function placePublicKey(ring: Ring, context: BfvContext, publicKey: Uint8Array, at: number): void {
  const parsed = parsePublicKey(context, publicKey)
  const bytes = guarded('load public key', () => {
    using key = new context.seal.PublicKey()
    key.loadFromArray(context.context, parsed)
    return key.saveToArray(context.seal.ComprModeType.none)
  })
  const keyPrimes = context.primes.length
  for (let plane = 0; plane < CIPHER_PLANES; plane++) {
    const half = Math.floor(plane / ANSWER_PRIMES)
    const from = CIPHER_HEADER + (half * keyPrimes + (plane % ANSWER_PRIMES)) * POLY_BYTES
    // A public key is stored in transformed form.
    ring.place(bytes, from, at + plane * PLANE)
    ring.split(at + plane * PLANE)
  }
}

/** sum += one group of a stretch of blocks. */
function addStretch(ring: Ring, stretch: ProductSums, group: number, sumAt: number, scratchAt: number): void {
  const bytes = new Uint8Array(stretch, group * SUM_BYTES, SUM_BYTES)
  for (let plane = 0; plane < CIPHER_PLANES; plane++) {
    ring.place(bytes, plane * POLY_BYTES, scratchAt)
    ring.add(sumAt + plane * PLANE, scratchAt, plane % FACTOR_PLANES)
  }
}

/** The first words of c0 += round(Q/t * mask) + flood, for each prime: as SEAL scales plaintexts, (mask*Q + (t+1)/2) / t. */
function maskAndFlood(
  ring: Ring,
  { primes }: BfvContext,
  sumAt: number,
  masks: Float64Array,
  flood: readonly bigint[],
): void {
  const t = BigInt(T)
  const modulus = primes[0] * primes[1]
  for (let k = 0; k < ANSWER_PRIMES; k++) {
    const words = new BigUint64Array(ring.bytes.buffer, sumAt + k * PLANE, masks.length)
    masks.forEach((mask, word) => {
      const scaled = (BigInt(mask) * modulus + (t + 1n) / 2n) / t
      const value = (words[word] + scaled + flood[word]) % primes[k]
      words[word] = value < 0n ? value + primes[k] : value
    })
  }
}

/** c1 whole and the first `words` words of c0 for each prime: nothing else can be decrypted. */
function shortened(ring: Ring, sumAt: number, words: number): Uint8Array {
  const short = new Uint8Array(shortLength(words))
  for (let k = 0; k < ANSWER_PRIMES; k++) {
    short.set(ring.plane(sumAt + k * PLANE).subarray(0, 8 * words), k * 8 * words)
    const c1 = ring.plane(sumAt + (ANSWER_PRIMES + k) * PLANE)
    short.set(c1, ANSWER_PRIMES * 8 * words + k * POLY_BYTES)
  }
  return short
}
