/**
 * The fixed multipliers of the transforms modulo a prime, as SEAL orders them: psi is the 2N-th root of unity at which SEAL
 * evaluates first, the forward layers use psi^brv(1), psi^brv(2), ..., the inverse ones the inverses from the last layer to
 * the first, then 1/N. brv reverses 13 bits. Each multiplier w stands with floor(2^64 w / prime), 16 bytes together.
 */
import { N } from './parameters.ts'

const LOG_N = 13
export const ROOT_BYTES = N * 16

export interface Roots {
  readonly forward: Uint8Array
  readonly inverse: Uint8Array
}

function reversed(index: number): number {
  let rest = index
  let out = 0
  for (let bit = 0; bit < LOG_N; bit++) {
    out = (out << 1) | (rest & 1)
    rest >>= 1
  }
  return out
}

/** base^exponent modulo a prime. */
export function power(base: bigint, exponent: bigint, prime: bigint): bigint {
  let result = 1n
  for (let [square, rest] = [base, exponent]; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % prime
    square = (square * square) % prime
  }
  return result
}

/** Powers root^0 ... root^(N-1). */
function powersOf(root: bigint, prime: bigint): bigint[] {
  const powers = [1n]
  while (powers.length < N) powers.push((powers[powers.length - 1] * root) % prime)
  return powers
}

function table(multipliers: readonly bigint[], prime: bigint): Uint8Array {
  const words = new BigUint64Array(2 * multipliers.length)
  multipliers.forEach((multiplier, index) => {
    words[2 * index] = multiplier
    words[2 * index + 1] = (multiplier << 64n) / prime
  })
  return new Uint8Array(words.buffer)
}

/** @param psi a primitive 2N-th root of unity modulo the prime */
export function rootsOf(psi: bigint, prime: bigint): Roots {
  const powers = powersOf(psi, prime)
  const inverses = powersOf(power(psi, prime - 2n, prime), prime)
  const backward: bigint[] = []
  for (let blocks = N / 2; blocks >= 1; blocks /= 2) {
    for (let block = 0; block < blocks; block++) backward.push(inverses[reversed(blocks + block)])
  }
  backward.push(power(BigInt(N), prime - 2n, prime))
  return {
    forward: table(
      Array.from({ length: N }, (_, index) => powers[reversed(index)]),
      prime,
    ),
    inverse: table(backward, prime),
  }
}
