/** Public bytes that stand for secrets and ciphertexts in the vectors: anybody can make them again. */
import { createHash } from 'node:crypto'

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** SHA-256 of "yinxin vectors: NAME". */
export const secretOf = (name: string): Uint8Array =>
  new Uint8Array(createHash('sha256').update(`yinxin vectors: ${name}`).digest())

/** SHA-256(SHA-256("yinxin vectors: NAME") | u32 counter, little-endian) for counter 0, 1, 2 ... */
export function recipeBytes(name: string, length: number): Uint8Array {
  const seed = secretOf(name)
  const bytes = Buffer.alloc(Math.ceil(length / 32) * 32)
  const counter = Buffer.alloc(4)
  for (let at = 0; at < length; at += 32) {
    counter.writeUInt32LE(at / 32)
    createHash('sha256').update(seed).update(counter).digest().copy(bytes, at)
  }
  return new Uint8Array(bytes.subarray(0, length))
}

/** 64-bit little-endian words of the recipe, each modulo a prime: one polynomial of a ciphertext file. */
export function recipePolynomial(name: string, words: number, prime: bigint): Uint8Array {
  const bytes = recipeBytes(name, 8 * words)
  const view = new DataView(bytes.buffer)
  for (let at = 0; at < bytes.length; at += 8)
    view.setBigUint64(at, view.getBigUint64(at, true) % prime, true)
  return bytes
}
