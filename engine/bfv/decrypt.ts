/**
 * Decryption of the few coefficients of a short answer. SEAL decrypts whole polynomials, 1.7 ms each; of a short answer only
 * the first W coefficients carry anything, and with a ternary key each of them is a sum of 8192 residues:
 *
 *     phase_j = c0_j + sum_i s_i c1_(j-i)   mod Q,   message_j = round(t * phase_j / Q) mod t
 *
 * (Fan and Vercauteren 2012; X^N = -1, so c1_(j-i) = -c1_(N+j-i) where j < i). Sums are taken in halves of 30 bits, which a
 * double holds exactly, so the result is SEAL's.
 */
import { T } from '../field.ts'
import type { BfvContext } from './context.ts'
import { ANSWER_PRIMES, N } from './parameters.ts'
import { CIPHER_HEADER, POLY_BYTES } from './templates.ts'
import type { ParsedBytes } from './wire.ts'

const HALF = 2 ** 30

/** The key's coefficients one after another and, before them, once more with the opposite sign: s_(i-N) = -s_i. */
export function unrolledKey(secret: Int8Array): Float64Array {
  const unrolled = new Float64Array(2 * N)
  for (let i = 0; i < N; i++) {
    unrolled[i] = -secret[i]
    unrolled[N + i] = secret[i]
  }
  return unrolled
}

/**
 * The first `count` coefficients of the plaintext.
 * @param answer full form of a short answer
 * @param unrolled the key, see {@link unrolledKey}
 */
export function decryptFirst(
  context: BfvContext,
  answer: ParsedBytes,
  unrolled: Float64Array,
  count: number,
): Float64Array {
  const [q0, q1] = context.primes
  const phases = [q0, q1].map((prime, k) => phasesOf(answer, k, prime, unrolled, count))
  const modulus = q0 * q1
  const t = BigInt(T)
  return Float64Array.from({ length: count }, (_, j) => {
    const [r0, r1] = [phases[0][j], phases[1][j]]
    // the residue modulo Q by the Chinese remainder theorem
    const lifted = (((r1 - r0) % q1) + q1) % q1
    const phase = r0 + q0 * ((lifted * context.q0Inverse) % q1)
    return Number(((2n * phase * t + modulus) / (2n * modulus)) % t)
  })
}

function phasesOf(
  answer: Uint8Array,
  k: number,
  prime: bigint,
  unrolled: Float64Array,
  count: number,
): bigint[] {
  const view = new DataView(answer.buffer, answer.byteOffset + CIPHER_HEADER)
  const low = new Float64Array(N)
  const high = new Float64Array(N)
  const c1At = (ANSWER_PRIMES + k) * POLY_BYTES
  for (let i = 0; i < N; i++) {
    const lower = view.getUint32(c1At + 8 * i, true)
    const upper = view.getUint32(c1At + 8 * i + 4, true)
    low[i] = lower % HALF
    high[i] = upper * 4 + Math.floor(lower / HALF)
  }
  return Array.from({ length: count }, (_, j) => {
    let lowSum = 0
    let highSum = 0
    // c1_m meets s_(j-m), which stands at N + j - m
    for (let m = 0; m < N; m++) {
      const factor = unrolled[N + j - m]
      lowSum += factor * low[m]
      highSum += factor * high[m]
    }
    const sum =
      view.getBigUint64(k * POLY_BYTES + 8 * j, true) + BigInt(highSum) * BigInt(HALF) + BigInt(lowSum)
    return ((sum % prime) + prime) % prime
  })
}
