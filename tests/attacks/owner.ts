/**
 * What a dishonest owner of a key computes with what it has: its secret key, the phase c0 + c1*s of every coefficient
 * that it can decrypt, and from it the noise that an answer carries (security.md E5, T05).
 */
import type { BfvContext } from '../../engine/bfv/context.ts'
import type { EphemeralKey } from '../../engine/bfv/key.ts'
import { N } from '../../engine/bfv/parameters.ts'
import { coefficients } from '../../engine/bfv/plaintext.ts'
import { CIPHER_HEADER, POLY_BYTES } from '../../engine/bfv/templates.ts'
import { ANSWER_LENGTH, parseAnswer } from '../../engine/bfv/wire.ts'
import { T } from '../../engine/index.ts'

export const BIG_T = BigInt(T)

/** Polynomial `part` (c0 for prime 0, c0 for prime 1, c1 for prime 0, ...) of unseeded bytes, as residues. */
export function polynomialAt(bytes: Uint8Array, part: number): BigUint64Array {
  const at = CIPHER_HEADER + part * POLY_BYTES
  return new BigUint64Array(bytes.slice(at, at + POLY_BYTES).buffer)
}

/** Writes residues over polynomial `part`. */
export function setPolynomial(bytes: Uint8Array, part: number, values: BigUint64Array): void {
  bytes.set(
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    CIPHER_HEADER + part * POLY_BYTES,
  )
}

export function modulo(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus
  return rest < 0n ? rest + modulus : rest
}

/** Inverse by the extended Euclidean algorithm. */
export function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [modulo(value, modulus), modulus, 1n, 0n]
  while (b > 0n) {
    const quotient = a / b
    ;[a, b, x, y] = [b, a - quotient * b, y, x - quotient * y]
  }
  return modulo(x, modulus)
}

/** The ternary secret key, read out of one decryption: c0 = 0, c1 = round(Q/t) decrypts to s (security.md E5). */
export function secretKeyOf(context: BfvContext, key: EphemeralKey): Int8Array {
  const [q0, q1] = context.primes
  const bytes = new Uint8Array(ANSWER_LENGTH)
  bytes.set(context.templates.answer)
  const delta = (q0 * q1 + BIG_T / 2n) / BIG_T
  const view = new DataView(bytes.buffer)
  view.setBigUint64(CIPHER_HEADER + 2 * POLY_BYTES, delta % q0, true)
  view.setBigUint64(CIPHER_HEADER + 3 * POLY_BYTES, delta % q1, true)
  using plain = key.decrypt(parseAnswer(context, bytes))
  return Int8Array.from(coefficients(context, plain, N), (value) => (value === T - 1 ? -1 : value))
}

/** Coefficient j of c1*s modulo one prime; halves of 30 bits keep the sums exact. */
function timesSecret(c1: BigUint64Array, secret: Int8Array, words: number, prime: bigint): bigint[] {
  const low = Float64Array.from(c1, (value) => Number(value & 0x3fffffffn))
  const high = Float64Array.from(c1, (value) => Number(value >> 30n))
  const digits = Float64Array.from(secret)
  const degree = digits.length
  return Array.from({ length: words }, (_, j) => {
    let lowSum = 0
    let highSum = 0
    for (let k = 0; k <= j; k++) {
      lowSum += digits[k] * low[j - k]
      highSum += digits[k] * high[j - k]
    }
    // X^N = -1: what wraps around comes back negative
    for (let k = j + 1; k < degree; k++) {
      lowSum -= digits[k] * low[j - k + degree]
      highSum -= digits[k] * high[j - k + degree]
    }
    return modulo((BigInt(highSum) << 30n) + BigInt(lowSum), prime)
  })
}

export interface Noise {
  /** The plaintext that decrypts. */
  readonly message: bigint
  /** Distance of the phase from it, in units of 1, in [-Q/2t, Q/2t]. */
  readonly noise: bigint
}

/** Plaintext and noise of the first `words` coefficients of an answer at two primes. */
export function noiseOf(context: BfvContext, answer: Uint8Array, secret: Int8Array, words: number): Noise[] {
  const [q0, q1] = context.primes
  const modulus = q0 * q1
  const q0Inverse = inverse(q0, q1)
  const phases = [q0, q1].map((prime, k) => {
    const c0 = polynomialAt(answer, k)
    return timesSecret(polynomialAt(answer, 2 + k), secret, words, prime).map((value, j) =>
      modulo(value + c0[j], prime),
    )
  })
  return phases[0].map((r0, j) => {
    const phase = r0 + q0 * modulo((phases[1][j] - r0) * q0Inverse, q1)
    const rounded = (2n * phase * BIG_T + modulus) / (2n * modulus)
    return { message: rounded % BIG_T, noise: (phase * BIG_T - rounded * modulus) / BIG_T }
  })
}
