/** An ephemeral key pair: one per owner, round, attempt and group (protocol.md section 4, "Keys"). */
import type { Decryptor, Encryptor, Plaintext } from 'node-seal'
import { type BfvContext, guarded } from './context.ts'
import type { ParsedBytes } from './wire.ts'
import { parsePublicKey } from './wire.ts'

export class EphemeralKey implements Disposable {
  /** The public key in seeded form, for those who answer. */
  readonly publicKey: Uint8Array
  #context: BfvContext
  #encryptor: Encryptor
  #decryptor: Decryptor

  constructor(context: BfvContext) {
    const { seal } = context
    this.#context = context
    using generator = new seal.KeyGenerator(context.context)
    using secretKey = generator.secretKey()
    using seeded = generator.createPublicKeySerializable()
    this.publicKey = seeded.saveToArray(seal.ComprModeType.none)
    using publicKey = new seal.PublicKey()
    publicKey.loadFromArray(context.context, this.publicKey)
    this.#encryptor = new seal.Encryptor(context.context, publicKey, secretKey)
    this.#decryptor = new seal.Decryptor(context.context, secretKey)
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
