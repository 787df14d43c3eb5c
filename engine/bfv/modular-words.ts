/** Residues modulo a coefficient prime below 2^60 as pairs of 32-bit words, little end first: no BigInt in the way of a polynomial. */
import { N } from './parameters.ts'

const TWO_32 = 4294967296

/** Lower and upper half of a prime. */
export interface SplitPrime {
  readonly low: number
  readonly high: number
}

export const splitPrime = (prime: bigint): SplitPrime => ({
  low: Number(prime & 0xffffffffn),
  high: Number(prime >> 32n),
})

/** The N residues of target from word `at` on += those of source from word `from` on. */
export function addPolynomial(
  target: Uint32Array,
  at: number,
  source: Uint32Array,
  from: number,
  { low, high }: SplitPrime,
): void {
  for (let i = 0; i < 2 * N; i += 2) {
    let lower = target[at + i] + source[from + i]
    let upper = target[at + i + 1] + source[from + i + 1]
    if (lower >= TWO_32) {
      lower -= TWO_32
      upper++
    }
    if (upper > high || (upper === high && lower >= low)) {
      lower -= low
      upper -= high
      if (lower < 0) {
        lower += TWO_32
        upper--
      }
    }
    target[at + i] = lower
    target[at + i + 1] = upper
  }
}

/** Small signed integers as residues. */
export function smallResidues(values: Int8Array, { low, high }: SplitPrime): Uint32Array {
  const words = new Uint32Array(2 * values.length)
  values.forEach((value, i) => {
    // the lower halves of all our primes are far larger than 128, so nothing is borrowed
    words[2 * i] = value < 0 ? low + value : value
    words[2 * i + 1] = value < 0 ? high : 0
  })
  return words
}
