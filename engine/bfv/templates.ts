/**
 * The fixed bytes of SEAL's serial form (4.1, no compression), taken from objects that this process made itself, so that
 * everything but residues and seeds of received bytes can be compared byte for byte.
 *
 * Ciphertext and public key: 16 header | 32 parms_id | 1 NTT flag | u64 size, N, primes | f64 scale | u64 correction |
 * 16 header + u64 count of the array | residues (c0, c1; each prime by prime, u64 little-endian) | for the seeded form 81
 * bytes of generator info (17 fixed, 64 seed) in place of c1.
 */
import type { MainModule, SEALContext } from 'node-seal'
import { N, type ParameterSet } from './parameters.ts'

/** Bytes before the residues of a ciphertext or public key. */
export const CIPHER_HEADER = 113
/** Bytes before the coefficients of a plaintext; the last eight are the coefficient count. */
export const PLAIN_HEADER = 88
/** Bytes of the generator info of a seeded object: fixed part, then the seed. */
export const SEED_FIXED = 17
export const SEED_BYTES = 64
/** Bytes of one polynomial modulo one prime. */
export const POLY_BYTES = N * 8

export interface Templates {
  /** Header of a seeded fresh ciphertext, and the fixed bytes before its seed. */
  readonly seededCipher: { head: Uint8Array; seedHead: Uint8Array }
  readonly seededPublicKey: { head: Uint8Array; seedHead: Uint8Array }
  /** Header of a ciphertext at the two primes of an answer, in coefficient form. */
  readonly answer: Uint8Array
  /** Header of a plaintext with N coefficients. */
  readonly plain: Uint8Array
}

const seededParts = (bytes: Uint8Array, primes: number) => {
  const seedAt = CIPHER_HEADER + primes * POLY_BYTES
  return { head: bytes.slice(0, CIPHER_HEADER), seedHead: bytes.slice(seedAt, seedAt + SEED_FIXED) }
}

/** Makes one object of each kind with throw-away keys and keeps its fixed bytes. */
export function templatesFor(seal: MainModule, context: SEALContext, set: ParameterSet): Templates {
  const none = seal.ComprModeType.none
  using generator = new seal.KeyGenerator(context)
  using secretKey = generator.secretKey()
  using seededKey = generator.createPublicKeySerializable()
  const keyBytes: Uint8Array = seededKey.saveToArray(none)
  using publicKey = new seal.PublicKey()
  publicKey.loadFromArray(context, keyBytes)
  using encryptor = new seal.Encryptor(context, publicKey, secretKey)
  using plain = new seal.Plaintext()
  plain.resize(N)
  const plainBytes: Uint8Array = plain.saveToArray(none)
  using seeded = encryptor.encryptSymmetricSerializable(plain)
  const seededBytes: Uint8Array = seeded.saveToArray(none)
  using cipher = new seal.Ciphertext()
  cipher.loadFromArray(context, seededBytes)
  using evaluator = new seal.Evaluator(context)
  for (let primes = set.dataPrimes; primes > 2; primes--) evaluator.cipherModSwitchToNextInplace(cipher)
  const answerBytes: Uint8Array = cipher.saveToArray(none)
  return {
    seededCipher: seededParts(seededBytes, set.dataPrimes),
    seededPublicKey: seededParts(keyBytes, set.bits.length),
    answer: answerBytes.slice(0, CIPHER_HEADER),
    plain: plainBytes.slice(0, PLAIN_HEADER),
  }
}
