/**
 * Randomness of an answer out of a seed, so that an auditor at the responder's site can compute the answer again byte for
 * byte (protocol.md section 8, "Replay").
 *
 * node-seal has no seed for `encryptZero`, but reads `globalThis.crypto.getRandomValues` for every object's own generator:
 * that is replaced for the time of one synchronous call and restored before anything else can run in this thread. Keys and
 * queries are never made inside such a call, so their randomness stays the system's.
 */
import { createCipheriv, hkdfSync } from 'node:crypto'
import { engineErrors } from '../errors.ts'
import type { RandomBytes } from '../noise.ts'

export const SEED_LENGTH = 32

/**
 * An endless stream of bytes for one ciphertext of an answer: AES-256-CTR under HKDF-SHA256(seed, index).
 * @param seed 32 secret bytes that serve one query only: one stream under two queries gives the columns away
 * @param index of the ciphertext within the answer, independent of how the work is split over threads
 */
export function entropyOf(seed: Uint8Array, index: number): RandomBytes {
  if (seed.length !== SEED_LENGTH) {
    throw new engineErrors.LengthMismatch('the seed of an answer', seed.length, SEED_LENGTH)
  }
  const key = new Uint8Array(hkdfSync('sha256', seed, new Uint8Array(0), `yinxin answer ${index}`, 32))
  const cipher = createCipheriv('aes-256-ctr', key, new Uint8Array(16))
  return (length) => new Uint8Array(cipher.update(new Uint8Array(length)))
}

/** Runs a synchronous SEAL operation whose randomness comes from `random`. */
export function withEntropy<R>(random: RandomBytes, operation: () => R): R {
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
