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
import { createKernel, type Kernel } from '../kernel/kernel.ts'
import { freshResidues } from '../stream.ts'
import { type BfvContext, guarded } from './context.ts'
import { entropyOf } from './entropy.ts'
import { addPolynomial, smallResidues, splitPrime } from './modular-words.ts'
import type { Packing } from './packing.ts'
import { ANSWER_PRIMES, N } from './parameters.ts'
import { Polynomial, toPlaintext } from './plaintext.ts'
import {
  addSums,
  CIPHER_PLANES,
  FACTOR_BYTES,
  multiplyAdd,
  PLANE,
  type ProductSums,
  placeFactor,
  placePlane,
  SUM_BYTES,
} from './products.ts'
import { flood, type SanitisedAnswer } from './sanitise.ts'
import { CIPHER_HEADER, POLY_BYTES } from './templates.ts'
import { ANSWER_LENGTH, parsePublicKey, shortLength } from './wire.ts'
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

// Addresses in the kernel's memory: the public key, the ternary factor, the sum.
const KEY_AT = 0
const FACTOR_AT = CIPHER_PLANES * PLANE
const SUM_AT = FACTOR_AT + FACTOR_BYTES

/**
 * Sums of all stretches of blocks become short answers, one after another.
 * @throws MalformedCiphertext for a public key that is none
 */
export function release(
  context: BfvContext,
  { stride }: Packing,
  stretches: readonly ProductSums[],
  { publicKey, firstGroup, masks, seed }: AnswerPart,
): Uint8Array {
  const sums = addSums(stretches, context.primes)
  const kernel = createKernel(SUM_AT + CIPHER_PLANES * PLANE)
  placePublicKey(kernel, context, publicKey)
  const groups = Math.ceil(masks.length / stride)
  const size = shortLength(stride)
  const out = new Uint8Array(groups * size)
  const polynomial = new Polynomial(context)
  for (let group = 0; group < groups; group++) {
    const random = entropyOf(seed, firstGroup + group)
    polynomial.clear()
    ternary(random).forEach((value, index) => {
      if (value !== 0) polynomial.add(index, value)
    })
    placeFactor(kernel, context, polynomial, FACTOR_AT)
    for (let plane = 0; plane < CIPHER_PLANES; plane++) {
      const sum = new Uint8Array(sums, group * SUM_BYTES + plane * POLY_BYTES, POLY_BYTES)
      kernel.bytes.set(sum, SUM_AT + plane * PLANE)
    }
    multiplyAdd(kernel, context, KEY_AT, FACTOR_AT, 1, SUM_AT)
    // Words past the last column are decryptable too, so they get masks nobody keeps.
    const spare = freshResidues(random, stride)
    polynomial.clear()
    for (let word = 0; word < stride; word++) {
      polynomial.set(word, masks[group * stride + word] ?? spare[word])
    }
    const bytes = maskedSum(kernel, context, polynomial)
    flood(context, bytes, stride, random)
    out.set(shortened(context, bytes, stride, errors(random)), group * size)
  }
  return out
}

/** The two halves of the public key modulo the primes of an answer, as SEAL expands them from the seed. */
function placePublicKey(kernel: Kernel, context: BfvContext, publicKey: Uint8Array): void {
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
    placePlane(kernel, bytes, from, KEY_AT + plane * PLANE)
  }
}

/** The sum in coefficient form plus the mask, as full bytes at two primes. */
function maskedSum(kernel: Kernel, context: BfvContext, mask: Polynomial): Uint8Array {
  const { seal, evaluator, templates } = context
  const transformed = new Uint8Array(ANSWER_LENGTH)
  transformed.set(templates.evaluated)
  for (let plane = 0; plane < CIPHER_PLANES; plane++) {
    const at = SUM_AT + plane * PLANE
    transformed.set(kernel.bytes.subarray(at, at + POLY_BYTES), CIPHER_HEADER + plane * POLY_BYTES)
  }
  using plain = toPlaintext(context, mask)
  return guarded('mask', () => {
    using sum = new seal.Ciphertext()
    sum.loadFromArray(context.context, transformed)
    evaluator.cipherTransformFromNttInplace(sum)
    evaluator.addPlainInplace(sum, plain)
    return sum.saveToArray(seal.ComprModeType.none)
  })
}

/** c1 whole and the first `words` words of c0 for each prime, for nothing else can be decrypted; c1 += e1. */
function shortened(
  { primes }: BfvContext,
  bytes: Uint8Array,
  words: number,
  error: Int8Array,
): SanitisedAnswer {
  const short = new Uint8Array(shortLength(words))
  for (let k = 0; k < ANSWER_PRIMES; k++) {
    const at = CIPHER_HEADER + k * POLY_BYTES
    short.set(bytes.subarray(at, at + 8 * words), k * 8 * words)
  }
  const c1At = ANSWER_PRIMES * 8 * words
  short.set(bytes.subarray(CIPHER_HEADER + ANSWER_PRIMES * POLY_BYTES, ANSWER_LENGTH), c1At)
  const c1 = new Uint32Array(short.buffer, c1At)
  for (let k = 0; k < ANSWER_PRIMES; k++) {
    const prime = splitPrime(primes[k])
    addPolynomial(c1, 2 * N * k, smallResidues(error, prime), 0, prime)
  }
  return short as SanitisedAnswer
}
