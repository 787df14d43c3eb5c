/**
 * The two BFV parameter sets (protocol.md section 4). Both are within the 128-bit limits at N = 8192: 218 bits by the 2018
 * standard, 214 by the 2024 guidelines, 202 to 203 against quantum attackers. Depth 1, no relinearisation or Galois keys.
 *
 * Why decryption is always exact, so that no noise budget is ever asked for (asking leaks the key):
 * with |fresh noise| <= 21 per coefficient (SEAL draws the difference of 21 coins each, sd 3.24)
 *  - LINEAR: a coefficient of A*E meets every row and, because W columns lie in one polynomial, every column, so for
 *    n <= 2^20 rows, W <= 8 and |x| <= 2^8: n * W * 2^8 * (21 + 1/2) < 2^35.5; encryptZero adds < 2^19. No switch.
 *  - CROSS, at most three products with plaintexts below t/2 = 2^45: 3 * 8192 * 2^45 * 21.5 < 2^65; dropping the third prime
 *    divides by 2^59 and adds < 2^13.
 * Both stay below HONEST_NOISE = 2^36. Flooding is uniform on +-(Q/2t - 2^36), so honest noise plus flood is below Q/2t.
 */
import { T } from '../field.ts'

/** Ring degree. */
export const N = 8192
export const SECURITY_LIMIT_BITS = 202
const HONEST_NOISE = 2n ** 36n

export interface ParameterSet {
  readonly name: 'linear' | 'cross'
  /** Bits of the coefficient primes; the last one is SEAL's special prime, unused by data. */
  readonly bits: readonly number[]
  /** Primes of fresh ciphertexts; answers are brought down to the first two. */
  readonly dataPrimes: number
}

/** For packed products with small plaintexts. */
export const LINEAR: ParameterSet = { name: 'linear', bits: [60, 60, 22], dataPrimes: 2 }
/** For the slot-wise product of two large vectors. */
export const CROSS: ParameterSet = { name: 'cross', bits: [60, 60, 60, 22], dataPrimes: 3 }

/** Primes of every released answer. */
export const ANSWER_PRIMES = 2

/** Half-width of the flooding interval for the two primes of an answer: Q/(2t) - 2^36. */
export function floodBound(q0: bigint, q1: bigint): bigint {
  return (q0 * q1) / (2n * BigInt(T)) - HONEST_NOISE
}
