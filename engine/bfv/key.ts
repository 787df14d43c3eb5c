/** An ephemeral key pair: one per owner, round, attempt and group (protocol.md section 4, "Keys"). */
import type { Decryptor, Encryptor, Plaintext, SecretKey } from 'node-seal'
import { lift, T } from '../field.ts'
import type { RandomBytes } from '../noise.ts'
import { type BfvContext, guarded } from './context.ts'
import { decryptFirst, unrolledKey } from './decrypt.ts'
import { withEntropy } from './entropy.ts'
import { ANSWER_PRIMES, N } from './parameters.ts'
import { coefficients } from './plaintext.ts'
import { CIPHER_HEADER, POLY_BYTES } from './templates.ts'
import { ANSWER_LENGTH, type ParsedBytes, parsePublicKey } from './wire.ts'

/** A key pair on its way to another worker thread of the same party; it goes nowhere else. */
export interface ThreadKey {
  readonly publicKey: Uint8Array
  readonly secretKey: Uint8Array
}

export class EphemeralKey implements Disposable {
  /** The public key in seeded form, for those who answer. */
  readonly publicKey: Uint8Array
  #context: BfvContext
  #secretKey: SecretKey
  #encryptor: Encryptor
  #decryptor: Decryptor
  #unrolled: Float64Array | undefined

  /**
   * @param made a key that another thread of this party made; a fresh one without it
   * @param random everything random in a fresh key; the system's without it
   */
  constructor(context: BfvContext, made?: ThreadKey, random?: RandomBytes) {
    const { seal } = context
    this.#context = context
    if (made) {
      this.publicKey = made.publicKey
      this.#secretKey = new seal.SecretKey()
      this.#secretKey.loadFromArray(context.context, made.secretKey)
      made.secretKey.fill(0)
    } else {
      const fresh = withEntropy(random, () => {
        using generator = new seal.KeyGenerator(context.context)
        using seeded = generator.createPublicKeySerializable()
        return { secretKey: generator.secretKey(), publicKey: seeded.saveToArray(seal.ComprModeType.none) }
      })
      this.#secretKey = fresh.secretKey
      this.publicKey = fresh.publicKey
    }
    using publicKey = new seal.PublicKey()
    publicKey.loadFromArray(context.context, this.publicKey)
    this.#encryptor = new seal.Encryptor(context.context, publicKey, this.#secretKey)
    this.#decryptor = new seal.Decryptor(context.context, this.#secretKey)
  }

  /** The pair for another thread of this party. */
  forThread(): ThreadKey {
    const { seal } = this.#context
    return {
      publicKey: this.publicKey.slice(),
      secretKey: this.#secretKey.saveToArray(seal.ComprModeType.none),
    }
  }

  /**
   * A seeded symmetric encryption of a plaintext polynomial.
   * @param random everything random in it, for this plaintext only; the system's without it
   */
  encrypt(plain: Plaintext, random?: RandomBytes): Uint8Array {
    return guarded('encrypt', () =>
      withEntropy(random, () => {
        using seeded = this.#encryptor.encryptSymmetricSerializable(plain)
        return seeded.saveToArray(this.#context.seal.ComprModeType.none)
      }),
    )
  }

  /** The first `count` coefficients of a short answer in its full form. */
  decryptFirst(answer: ParsedBytes, count: number): Float64Array {
    if (!this.#unrolled) {
      const secret = this.#coefficients()
      this.#unrolled = unrolledKey(secret)
      secret.fill(0)
    }
    return decryptFirst(this.#context, answer, this.#unrolled, count)
  }

  /** The ternary secret key: node-seal has no getter, but c0 = 0, c1 = round(Q/t) decrypts to it. */
  #coefficients(): Int8Array {
    const { primes, templates } = this.#context
    const bytes = new Uint8Array(ANSWER_LENGTH)
    bytes.set(templates.answer)
    const scale = (primes[0] * primes[1] + BigInt(T) / 2n) / BigInt(T)
    const view = new DataView(bytes.buffer, CIPHER_HEADER)
    for (let k = 0; k < ANSWER_PRIMES; k++) {
      view.setBigUint64((ANSWER_PRIMES + k) * POLY_BYTES, scale % primes[k], true)
    }
    using plain = this.decrypt(bytes as ParsedBytes)
    return Int8Array.from(coefficients(this.#context, plain, N), lift)
  }

  /** Decrypts an answer into a new plaintext; the caller deletes it. */
  decrypt(answer: ParsedBytes): Plaintext {
    const { seal, context } = this.#context
    return guarded('decrypt', () => {
      using cipher = new seal.Ciphertext()
      cipher.loadFromArray(context, answer)
      const plain = new seal.Plaintext()
      this.#decryptor.decrypt(cipher, plain)
      return plain
    })
  }

  [Symbol.dispose](): void {
    // Closing twice is allowed: a run that stops on a fault closes everything once more.
    if (this.#encryptor.isDeleted()) return
    this.#encryptor.delete()
    this.#decryptor.delete()
    this.#secretKey.delete()
    this.#unrolled?.fill(0)
    // Another decryption meets SEAL's deleted decryptor and is refused.
    this.#unrolled = undefined
  }
}

/** An encryptor under somebody else's public key, for sanitising; the caller deletes it. @throws MalformedCiphertext */
export function encryptorFor(context: BfvContext, publicKeyBytes: Uint8Array): Encryptor {
  const parsed = parsePublicKey(context, publicKeyBytes)
  return guarded('load public key', () => {
    using publicKey = new context.seal.PublicKey()
    publicKey.loadFromArray(context.context, parsed)
    return new context.seal.Encryptor(context.context, publicKey)
  })
}
