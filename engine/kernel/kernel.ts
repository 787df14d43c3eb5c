/**
 * The inner loop of the encrypted inner products in WebAssembly with 128-bit vectors (products.wat). SEAL's own plaintext
 * product reduces every coefficient twice and takes 0.41 ms; here up to {@link PANEL} products are summed in plain 64-bit
 * limbs and reduced once, 0.04 ms a product (`npm run bench:engine`). Only public arithmetic on ciphertexts is done here:
 * keys, sampling and decryption stay SEAL's.
 *
 * Proof of range, for primes q = 2^60 - delta with delta < 2^24 and words below q, split into limbs below 2^30:
 *  - each of the four running sums holds at most 15 products below 2^60, so it stays below 2^64;
 *  - high = sum(high*high) + (left >> 30) + (right >> 30) <= 15*(2^30-1)^2 + 2^35 < 2^64;
 *  - sum < 2^60, plus 2^61 (middle), plus 2^60 + 2^28 (low), plus 2^54 and 2^52 + 2^60 (high*delta) < 2^63;
 *  - folded once more it is below 2^60 + 2^27 < 2q, so one subtraction brings it below q.
 */
import { engineErrors } from '../errors.ts'
import { PRODUCTS_WASM } from './products-wasm.ts'

/** Most blocks whose products are summed before they are reduced. */
export const PANEL = 15
const PAGE = 65536
const LARGEST_DELTA = 2n ** 24n

interface Exports {
  split(at: number, words: number): void
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
  compiled ??= new WebAssembly.Module(Buffer.from(PRODUCTS_WASM, 'base64'))
  const memory = new WebAssembly.Memory({ initial: Math.ceil(size / PAGE) })
  const { exports } = new WebAssembly.Instance(compiled, { engine: { memory } })
  const { split, accumulate } = exports as unknown as Exports
  return { split, accumulate, bytes: new Uint8Array(memory.buffer) }
}

/** 2^60 - prime. @throws OutOfRange for a prime that the proof of range does not cover */
export function deltaOf(prime: bigint): bigint {
  const delta = 2n ** 60n - prime
  if (delta <= 0n || delta >= LARGEST_DELTA) {
    throw new engineErrors.OutOfRange('a coefficient prime', 'between 2^60 - 2^24 and 2^60')
  }
  return delta
}
