/** Plaintext polynomials by their bytes: node-seal has no coefficient setter or getter. */
import type { Plaintext } from 'node-seal'
import { engineErrors } from '../errors.ts'
import { T } from '../field.ts'
import { type BfvContext, guarded } from './context.ts'
import { N } from './parameters.ts'
import { PLAIN_HEADER } from './templates.ts'

const TWO_32 = 4294967296

/** Writes the coefficients of one polynomial; reused for many of them. */
export class Polynomial {
  readonly bytes: Uint8Array
  #view: DataView

  constructor(context: BfvContext) {
    this.bytes = new Uint8Array(PLAIN_HEADER + N * 8)
    this.bytes.set(context.templates.plain)
    this.#view = new DataView(this.bytes.buffer, PLAIN_HEADER)
  }

  clear(): void {
    this.bytes.fill(0, PLAIN_HEADER)
  }

  /** Sets coefficient `index` to a residue. */
  set(index: number, residue: number): void {
    const high = Math.floor(residue / TWO_32)
    this.#view.setUint32(index * 8, residue - high * TWO_32, true)
    this.#view.setUint32(index * 8 + 4, high, true)
  }

  /** Adds a small signed integer to coefficient `index`. */
  add(index: number, value: number): void {
    const now = this.#view.getUint32(index * 8, true) + this.#view.getUint32(index * 8 + 4, true) * TWO_32
    const sum = now + value
    this.set(index, sum < 0 ? sum + T : sum >= T ? sum - T : sum)
  }
}

/** Loads a polynomial's bytes into a new SEAL plaintext; the caller deletes it. */
export function toPlaintext(context: BfvContext, polynomial: Polynomial): Plaintext {
  const plain = new context.seal.Plaintext()
  guarded('load plaintext', () => plain.loadFromArray(context.context, polynomial.bytes))
  return plain
}

/** The first `count` coefficients of a decrypted plaintext; SEAL trims leading zeros, missing ones are 0. */
export function coefficients(context: BfvContext, plain: Plaintext, count: number): Float64Array {
  const bytes: Uint8Array = plain.saveToArray(context.seal.ComprModeType.none)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const stored = Math.min(count, view.getUint32(PLAIN_HEADER - 8, true))
  if (bytes.length < PLAIN_HEADER + stored * 8) throw new engineErrors.SealFault('short plaintext')
  const values = new Float64Array(count)
  for (let i = 0; i < stored; i++) {
    const at = PLAIN_HEADER + i * 8
    values[i] = view.getUint32(at, true) + view.getUint32(at + 4, true) * TWO_32
  }
  return values
}
