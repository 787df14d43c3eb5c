/** An ephemeral key pair: one per owner, round, attempt and group (protocol.md section 4, "Keys"). */
import type { Decryptor, Encryptor, Plaintext, SecretKey } from 'node-seal'
import { type BfvContext, guarded } from './context.ts'
import type { ParsedBytes } from './wire.ts'
import { parsePublicKey } from './wire.ts'

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

  /** @param made a key that another thread of this party made; a fresh one without it */
  constructor(context: BfvContext, made?: ThreadKey) {
    const { seal } = context
    this.#context = context
    if (made) {
      this.publicKey = made.publicKey
      this.#secretKey = new seal.SecretKey()
      this.#secretKey.loadFromArray(context.context, made.secretKey)
    } else {
      using generator = new seal.KeyGenerator(context.context)
      this.#secretKey = generator.secretKey()
      using seeded = generator.createPublicKeySerializable()
      this.publicKey = seeded.saveToArray(seal.ComprModeType.none)
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

  /** A seeded symmetric encryption of a plaintext polynomial. */
  encrypt(plain: Plaintext): Uint8Array {
    return guarded('encrypt', () => {
      using seeded = this.#encryptor.encryptSymmetricSerializable(plain)
      return seeded.saveToArray(this.#context.seal.ComprModeType.none)
    })
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
