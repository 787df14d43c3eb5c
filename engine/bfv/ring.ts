/**
 * A memory of polynomials modulo the two primes of a linear answer, and what the kernel does with them. A polynomial modulo
 * one prime is a plane; a factor has two (one a prime), a ciphertext four: c0 and c1, each modulo both primes.
 */
import { createKernel, deltaOf, type Kernel } from '../kernel/kernel.ts'
import type { BfvContext } from './context.ts'
import { ANSWER_PRIMES, N } from './parameters.ts'
import { ROOT_BYTES } from './roots.ts'
import { POLY_BYTES } from './templates.ts'

/** Bytes of a plane; the extra line keeps the blocks of a panel out of each other's place in the cache. */
export const PLANE = POLY_BYTES + 64
export const FACTOR_PLANES = ANSWER_PRIMES
export const CIPHER_PLANES = 2 * ANSWER_PRIMES
export const FACTOR_BYTES = FACTOR_PLANES * PLANE
export const CIPHER_BYTES = CIPHER_PLANES * PLANE

export class Ring {
  /** The whole memory; the address of a polynomial is its offset. */
  readonly bytes: Uint8Array
  /** First address after the tables. */
  readonly start: number
  #kernel: Kernel
  #primes: readonly { prime: bigint; delta: bigint; forward: number; inverse: number }[]

  /** @param size bytes for polynomials */
  constructor(context: BfvContext, size: number) {
    this.start = 2 * ANSWER_PRIMES * ROOT_BYTES
    this.#kernel = createKernel(this.start + size)
    this.bytes = this.#kernel.bytes
    this.#primes = context.roots.map((roots, k) => {
      const [forward, inverse] = [2 * k * ROOT_BYTES, (2 * k + 1) * ROOT_BYTES]
      this.bytes.set(roots.forward, forward)
      this.bytes.set(roots.inverse, inverse)
      return { prime: context.primes[k], delta: deltaOf(context.primes[k]), forward, inverse }
    })
  }

  /** Copies one polynomial out of SEAL's bytes. */
  place(bytes: Uint8Array, from: number, at: number): void {
    this.bytes.set(bytes.subarray(from, from + POLY_BYTES), at)
  }

  /** The polynomial at an address, without a copy. */
  plane(at: number): Uint8Array {
    return this.bytes.subarray(at, at + POLY_BYTES)
  }

  /** Coefficients to the form in which products are taken. @param k index of the prime */
  transform(at: number, k: number): void {
    const { forward, prime } = this.#primes[k]
    this.#kernel.forward(at, forward, POLY_BYTES, prime)
  }

  /** The inverse of {@link transform}. */
  restore(at: number, k: number): void {
    const { inverse, prime } = this.#primes[k]
    this.#kernel.inverse(at, inverse, POLY_BYTES, prime)
  }

  /** Splits a transformed polynomial into limbs, as factors of products have to be. */
  split(at: number): void {
    this.#kernel.split(at, N)
  }

  /** Polynomial at target += polynomial at source. */
  add(target: number, source: number, k: number): void {
    this.#kernel.add(target, source, N, this.#primes[k].prime)
  }

  /**
   * Ciphertext at sum += sum over `length` blocks of ciphertext * factor, which follow one another.
   * @param length at most PANEL
   */
  multiplyAdd(cipher: number, factor: number, length: number, sum: number): void {
    for (let part = 0; part < CIPHER_PLANES; part++) {
      const k = part % FACTOR_PLANES
      const { prime, delta } = this.#primes[k]
      this.#kernel.accumulate(
        cipher + part * PLANE,
        CIPHER_BYTES,
        factor + k * PLANE,
        FACTOR_BYTES,
        length,
        sum + part * PLANE,
        N,
        delta,
        prime,
      )
    }
  }

  /** Writes small signed coefficients as residues. */
  placeSmall(coefficients: Int8Array | Int16Array, at: number, k: number): void {
    const { prime } = this.#primes[k]
    const [low, high] = [Number(prime & 0xffffffffn), Number(prime >> 32n)]
    const words = new Uint32Array(this.bytes.buffer, at, 2 * N)
    for (let i = 0; i < N; i++) {
      const value = coefficients[i]
      // The lower halves of the primes are far larger than any small coefficient, so nothing is borrowed.
      words[2 * i] = value < 0 ? low + value : value
      words[2 * i + 1] = value < 0 ? high : 0
    }
  }

  /** Makes a factor of small signed coefficients: residues, transformed, split. */
  placeFactor(coefficients: Int8Array | Int16Array, at: number): void {
    for (let k = 0; k < FACTOR_PLANES; k++) {
      this.placeSmall(coefficients, at + k * PLANE, k)
      this.transform(at + k * PLANE, k)
      this.split(at + k * PLANE)
    }
  }
}
