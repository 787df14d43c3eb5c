/**
 * Arithmetic of polynomials modulo the coefficient primes in WebAssembly with 128-bit vectors (polynomials.wat): transforms,
 * sums of products, addition. Only public arithmetic on ciphertexts, columns and answers is done here: keys, queries and
 * decryption stay SEAL's. Against SEAL in WebAssembly a plaintext product takes 0.04 ms instead of 0.41, because up to
 * {@link PANEL} products are summed in limbs and reduced once (`npm run bench:engine`).
 *
 * Proof of range for primes q = 2^60 - delta, delta < 2^24.
 * Products: words below q, in limbs below 2^30.
 *  - each of the four running sums holds at most 15 products below 2^60, so it stays below 2^64;
 *  - high = sum(high*high) + (left >> 30) + (right >> 30) <= 15*(2^30-1)^2 + 2^35 < 2^64;
 *  - sum < 2^60, plus 2^61 (middle), plus 2^60 + 2^28 (low), plus 2^54 and 2^52 + 2^60 (high*delta) < 2^63;
 *  - folded once more it is below 2^60 + 2^27 < 2q, so one subtraction brings it below q.
 * Transforms (Harvey's lazy butterflies): x*w - quotient*q with Shoup's quotient lies below 2q for any word x; a quotient that
 *  is up to 2 too small gives less than 4q. Words stay below 8q < 2^63 forward, below 4q backward.
 */
import { engineErrors } from '../errors.ts'
import { POLYNOMIALS_WASM } from './polynomials-wasm.ts'

/** Most blocks whose products are summed before they are reduced. */
export const PANEL = 15
const PAGE = 65536
const LARGEST_DELTA = 2n ** 24n

interface Exports {
  split(at: number, words: number): void
  add(target: number, source: number, words: number, prime: bigint): void
  forward(at: number, roots: number, size: number, prime: bigint): void
  inverse(at: number, roots: number, size: number, prime: bigint): void
  accumulate(
    cipher: number,
    cipherStep: number,
    factor: number,
    factorStep: number,
    blocks: number,
    sum: number,
    words: number,
    delta: bigint,
    prime: bigint,
  ): void
}

export interface Kernel extends Exports {
  /** The kernel's memory; addresses are offsets into it. */
  readonly bytes: Uint8Array
}

let compiled: WebAssembly.Module | undefined

/** A kernel with a zeroed memory of its own, which is freed with it. */
export function createKernel(size: number): Kernel {
  compiled ??= new WebAssembly.Module(Buffer.from(POLYNOMIALS_WASM, 'base64'))
  const memory = new WebAssembly.Memory({ initial: Math.ceil(size / PAGE) })
  const { exports } = new WebAssembly.Instance(compiled, { engine: { memory } })
  return { ...(exports as unknown as Exports), bytes: new Uint8Array(memory.buffer) }
}

/** 2^60 - prime. @throws OutOfRange for a prime that the proof of range does not cover */
export function deltaOf(prime: bigint): bigint {
  const delta = 2n ** 60n - prime
  if (delta <= 0n || delta >= LARGEST_DELTA) {
    throw new engineErrors.OutOfRange('a coefficient prime', 'between 2^60 - 2^24 and 2^60')
  }
  return delta
}
