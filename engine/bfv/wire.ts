/**
 * The strict parser in front of every SEAL `load` (protocol.md section 8; security.md T14). Accepts exactly four forms,
 * each of one length: a seeded query, a seeded public key, a full answer, a short answer. Headers must equal our own byte
 * for byte (no compression, known parms_id, size 2), every residue must be below its prime. All faults are one error.
 *
 * Public keys and queries are accepted in seeded form only: a key whose second half is zero would reveal every column.
 */
import { engineErrors } from '../errors.ts'
import type { BfvContext } from './context.ts'
import { ANSWER_PRIMES, LINEAR, N } from './parameters.ts'
import { CIPHER_HEADER, POLY_BYTES, SEED_BYTES, SEED_FIXED } from './templates.ts'

declare const parsed: unique symbol
/** Bytes that the parser accepted; only these may be loaded. */
export type ParsedBytes = Uint8Array & { readonly [parsed]: true }

/** Length of a seeded ciphertext over `primes` primes: 131,266 for two, 196,802 for three. */
export const seededLength = (primes: number): number =>
  CIPHER_HEADER + primes * POLY_BYTES + SEED_FIXED + SEED_BYTES
/** Bytes of one encrypted block of a linear query. */
export const QUERY_BYTES = seededLength(LINEAR.dataPrimes)
/** Length of a full answer: 262,257. */
export const ANSWER_LENGTH = CIPHER_HEADER + 2 * ANSWER_PRIMES * POLY_BYTES
/** Length of a short answer of `words` words: the first words of c0 for each prime, then c1 whole. */
export const shortLength = (words: number): number => ANSWER_PRIMES * (8 * words + POLY_BYTES)

function equalAt(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false
  return true
}

/** Residues of one check at a time, where words are aligned: a view of received bytes rarely is. */
const aligned = new Uint32Array(2 * N)

/** True if `words` u64 values, at most N, from `at` on are all below the prime. */
function residuesBelow(bytes: Uint8Array, at: number, words: number, prime: bigint): boolean {
  const primeHigh = Number(prime >> 32n)
  const primeLow = Number(prime & 0xffffffffn)
  new Uint8Array(aligned.buffer).set(bytes.subarray(at, at + words * 8))
  let below = true
  for (let i = 0; i < 2 * words; i += 2) {
    const high = aligned[i + 1]
    if (high >= primeHigh && (high > primeHigh || aligned[i] >= primeLow)) below = false
  }
  return below
}

function accept(good: boolean, kind: string, bytes: Uint8Array): ParsedBytes {
  if (!good) throw new engineErrors.MalformedCiphertext(kind)
  // A copy of its own: node-seal reads views into larger buffers from the wrong place.
  return new Uint8Array(bytes) as ParsedBytes
}

function seededForm(
  bytes: Uint8Array,
  template: { head: Uint8Array; seedHead: Uint8Array },
  primes: readonly bigint[],
): boolean {
  if (bytes.length !== seededLength(primes.length)) return false
  if (!equalAt(bytes, 0, template.head)) return false
  if (!equalAt(bytes, CIPHER_HEADER + primes.length * POLY_BYTES, template.seedHead)) return false
  return primes.every((prime, k) => residuesBelow(bytes, CIPHER_HEADER + k * POLY_BYTES, N, prime))
}

/** A fresh seeded ciphertext. @throws MalformedCiphertext */
export function parseQuery(context: BfvContext, bytes: Uint8Array): ParsedBytes {
  const primes = context.primes.slice(0, context.set.dataPrimes)
  return accept(seededForm(bytes, context.templates.seededCipher, primes), 'query', bytes)
}

/** A seeded public key. @throws MalformedCiphertext */
export function parsePublicKey(context: BfvContext, bytes: Uint8Array): ParsedBytes {
  return accept(seededForm(bytes, context.templates.seededPublicKey, context.primes), 'public key', bytes)
}

function answerForm(context: BfvContext, bytes: Uint8Array): boolean {
  return (
    bytes.length === ANSWER_LENGTH &&
    equalAt(bytes, 0, context.templates.answer) &&
    [0, 1, 2, 3].every((poly) =>
      residuesBelow(bytes, CIPHER_HEADER + poly * POLY_BYTES, N, context.primes[poly % ANSWER_PRIMES]),
    )
  )
}

/** A full answer at two primes. @throws MalformedCiphertext */
export function parseAnswer(context: BfvContext, bytes: Uint8Array): ParsedBytes {
  return accept(answerForm(context, bytes), 'answer', bytes)
}

/**
 * A short answer, brought back into the full form with zeros for the words of c0 that were not sent: only the first
 * `words` coefficients of it decrypt to anything.
 * @throws MalformedCiphertext
 */
export function parseShortAnswer(context: BfvContext, bytes: Uint8Array, words: number): ParsedBytes {
  if (bytes.length !== shortLength(words)) throw new engineErrors.MalformedCiphertext('short answer')
  const full = new Uint8Array(ANSWER_LENGTH)
  full.set(context.templates.answer)
  for (let k = 0; k < ANSWER_PRIMES; k++) {
    full.set(bytes.subarray(k * 8 * words, (k + 1) * 8 * words), CIPHER_HEADER + k * POLY_BYTES)
  }
  full.set(bytes.subarray(ANSWER_PRIMES * 8 * words), CIPHER_HEADER + ANSWER_PRIMES * POLY_BYTES)
  return accept(answerForm(context, full), 'short answer', full)
}
