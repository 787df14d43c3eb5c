/**
 * The small polynomials of a public-key encryption of zero, as BFV draws them (Fan and Vercauteren 2012; the distributions
 * are those of SEAL 4.1): u uniform on {-1, 0, 1}, errors from the centred binomial distribution of 21 coins, sd 3.24.
 */
import type { RandomBytes } from '../noise.ts'
import { N } from './parameters.ts'

/** 85 * 3: bytes from here on are rejected, so that the remainder by three is uniform. */
const TERNARY_LIMIT = 255
const ERROR_BYTES = 6

/** N coefficients of -1, 0, 1. */
export function ternary(random: RandomBytes): Int8Array {
  const values = new Int8Array(N)
  let filled = 0
  while (filled < N) {
    for (const byte of random(N - filled)) if (byte < TERNARY_LIMIT) values[filled++] = (byte % 3) - 1
  }
  return values
}

const ONES = Uint8Array.from({ length: 256 }, (_, byte) => {
  let count = 0
  for (let rest = byte; rest > 0; rest >>= 1) count += rest & 1
  return count
})

/** N errors: the difference of the ones among twice 21 bits. */
export function errors(random: RandomBytes): Int8Array {
  const values = new Int8Array(N)
  const bytes = random(N * ERROR_BYTES)
  for (let i = 0, at = 0; i < N; i++, at += ERROR_BYTES) {
    const plus = ONES[bytes[at]] + ONES[bytes[at + 1]] + ONES[bytes[at + 2] & 0x1f]
    const minus = ONES[bytes[at + 3]] + ONES[bytes[at + 4]] + ONES[bytes[at + 5] & 0x1f]
    values[i] = plus - minus
  }
  return values
}
