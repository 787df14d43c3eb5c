/**
 * Randomness out of a seed: of an answer, so that an auditor at the responder's site can compute it again byte for byte, and
 * of a query, so that a server that was stopped sends the same one again (protocol.md section 8, "Replay").
 *
 * node-seal has no seed, but reads `globalThis.crypto.getRandomValues` for every object's own generator and from nowhere else:
 * that is replaced for the time of one synchronous call and restored before anything else can run in this thread.
 */
import { createCipheriv, createHash, hkdfSync } from 'node:crypto'
import { engineErrors } from '../errors.ts'
import type { RandomBytes } from '../noise.ts'

export const SEED_LENGTH = 32

/** What a stream of a seed is for; the vectors of a cross query have streams of their own. */
export type StreamUse = 'answer' | 'key' | 'block' | 'second block' | 'third block'

/**
 * An endless stream of bytes for one ciphertext or key: AES-256-CTR under HKDF-SHA256(seed, use and index).
 * @param seed 32 secret bytes that serve one query only: one stream under two queries gives the columns away
 * @param index of the ciphertext within the answer or query, independent of how the work is split over threads
 * @throws LengthMismatch
 */
export function entropyOf(seed: Uint8Array, index: number, use: StreamUse = 'answer'): RandomBytes {
  assertSeed(seed, `the seed of ${use === 'answer' ? 'an answer' : 'a query'}`)
  const key = new Uint8Array(hkdfSync('sha256', seed, new Uint8Array(0), `yinxin ${use} ${index}`, 32))
  const cipher = createCipheriv('aes-256-ctr', key, new Uint8Array(16))
  return (length) => new Uint8Array(cipher.update(new Uint8Array(length)))
}

/**
 * The seed of one encryption, bound to all that is encrypted: other values never meet the randomness of these. Two vectors
 * under one stream would show their difference, key or no key; so would one vector in two layouts.
 * @param layout how the values are laid out in plaintexts
 * @param vectors everything that the query encrypts, whole
 * @throws LengthMismatch
 */
export function encryptionSeed(
  seed: Uint8Array,
  layout: string,
  ...vectors: readonly Float64Array[]
): Uint8Array {
  assertSeed(seed, 'the seed of a query')
  const hash = createHash('sha256')
  hash.update(`${layout}\n`)
  for (const vector of vectors) {
    hash.update(`${vector.length}\n`)
    hash.update(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength))
  }
  return new Uint8Array(hkdfSync('sha256', seed, hash.digest(), 'yinxin encryption', SEED_LENGTH))
}

/** @throws LengthMismatch */
export function assertSeed(seed: Uint8Array, what: string): void {
  if (seed.length !== SEED_LENGTH) throw new engineErrors.LengthMismatch(what, seed.length, SEED_LENGTH)
}

/**
 * Runs a synchronous SEAL operation whose randomness comes from `random`; from the system without it. An operation that
 * returned before its work is done would leave the rest to whatever runs next in this thread, so none is taken.
 */
export function withEntropy<R>(
  random: RandomBytes | undefined,
  operation: () => R extends PromiseLike<unknown> ? never : R,
): R {
  if (!random) return operation()
  const { crypto } = globalThis
  Object.defineProperty(crypto, 'getRandomValues', {
    configurable: true,
    value<V extends ArrayBufferView>(target: V): V {
      new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(random(target.byteLength))
      return target
    },
  })
  try {
    return operation()
  } finally {
    // The system's own method stands on the prototype again.
    Reflect.deleteProperty(crypto, 'getRandomValues')
  }
}
