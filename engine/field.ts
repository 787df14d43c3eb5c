/**
 * Residues modulo the prime t = 2^46 - 507903 (BFV plain modulus, protocol.md section 3), held in Float64Array.
 *
 * A double carries integers up to 2^53 exactly, so residues and their sums are exact; products are not, and go through
 * {@link mulmod}. No BigInt, so that vectors over a whole city take milliseconds.
 */
import { engineErrors } from './errors.ts'

/** The plain modulus: the largest 46-bit prime that is 1 mod 16384, i.e. `PlainModulus.Batching(8192, 46)`. */
export const T = 70368743669761
/** 2^46 mod T. */
const FOLD = 507903
const LIMB = 8388608 // 2^23
const TWO_46 = 70368744177664

/** Bytes of one residue on the wire: 46 bits in six little-endian bytes. */
export const RESIDUE_BYTES = 6

/** a*b mod T, exact for residues a, b in [0, T): 23-bit limbs, folded twice by 2^46 = 507903 (mod T). */
export function mulmod(a: number, b: number): number {
  const a1 = Math.floor(a / LIMB)
  const a0 = a - a1 * LIMB
  const b1 = Math.floor(b / LIMB)
  const b0 = b - b1 * LIMB
  const middle = a1 * b0 + a0 * b1 // < 2^47
  const middle1 = Math.floor(middle / LIMB)
  const high = a1 * b1 + middle1 // < 2^47, weight 2^46
  const low = (middle - middle1 * LIMB) * LIMB + a0 * b0 // < 2^47
  const high1 = Math.floor(high / LIMB) // < 2^24
  const high0 = high - high1 * LIMB
  const lifted = high1 * FOLD // < 2^43, weight 2^23
  const lifted1 = Math.floor(lifted / LIMB) // < 2^20, weight 2^46
  const sum = low + lifted1 * FOLD + (lifted - lifted1 * LIMB) * LIMB + high0 * FOLD // < 2^49
  return sum - Math.floor(sum / T) * T
}

/** The residue in [0, T) of a safe integer. */
export function residueOf(value: number): number {
  const r = value % T
  return r < 0 ? r + T : r === 0 ? 0 : r
}

/** The representative of a residue in (-T/2, T/2). */
export function lift(residue: number): number {
  return residue > T / 2 ? residue - T : residue
}

/** target[i] += source[i] mod T, in place. */
export function addInto(target: Float64Array, source: Float64Array): void {
  for (let i = 0; i < target.length; i++) {
    const sum = target[i] + source[i]
    target[i] = sum >= T ? sum - T : sum
  }
}

/** target[i] -= source[i] mod T, in place. */
export function subtractInto(target: Float64Array, source: Float64Array): void {
  for (let i = 0; i < target.length; i++) {
    const difference = target[i] - source[i]
    target[i] = difference < 0 ? difference + T : difference
  }
}

/** target[i] += factor * source[i] mod T, in place; factor is a residue. */
export function addMultipleInto(target: Float64Array, source: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) {
    const sum = target[i] + mulmod(source[i], factor)
    target[i] = sum >= T ? sum - T : sum
  }
}

/** target[i] += a[i] * b[i] mod T, in place. */
export function addProductInto(target: Float64Array, a: Float64Array, b: Float64Array): void {
  for (let i = 0; i < target.length; i++) {
    const sum = target[i] + mulmod(a[i], b[i])
    target[i] = sum >= T ? sum - T : sum
  }
}

/** Sum of all residues mod T. */
export function sumResidues(values: Float64Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    sum += values[i]
    if (sum >= T) sum -= T
  }
  return sum
}

/** Sum of weights[i]*values[i] mod T for small signed integer weights (a public random combination). */
export function combineResidues(values: Float64Array, weights: Int16Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    sum += mulmod(values[i], residueOf(weights[i]))
    if (sum >= T) sum -= T
  }
  return sum
}

/** Residues of the listed rows, in their order. */
export function gather(values: Float64Array, rows: Int32Array): Float64Array {
  const picked = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) picked[i] = values[rows[i]]
  return picked
}

/** Residues as six little-endian bytes each. */
export function packResidues(values: Float64Array): Uint8Array {
  const bytes = new Uint8Array(values.length * RESIDUE_BYTES)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < values.length; i++) {
    const high = Math.floor(values[i] / 4294967296)
    view.setUint32(i * RESIDUE_BYTES, values[i] - high * 4294967296, true)
    view.setUint16(i * RESIDUE_BYTES + 4, high, true)
  }
  return bytes
}

/**
 * The inverse of {@link packResidues}.
 * @throws MalformedVector unless exactly `count` residues are there, each below T
 */
export function unpackResidues(bytes: Uint8Array, count: number): Float64Array {
  if (bytes.length !== count * RESIDUE_BYTES) throw new engineErrors.MalformedVector()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const values = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const value =
      view.getUint16(i * RESIDUE_BYTES + 4, true) * 4294967296 + view.getUint32(i * RESIDUE_BYTES, true)
    if (value >= T) throw new engineErrors.MalformedVector()
    values[i] = value
  }
  return values
}

/** True for a 46-bit candidate that rejection sampling keeps (one in 2^27 is rejected). */
export function isResidue(candidate: number): boolean {
  return candidate < T && candidate < TWO_46
}
