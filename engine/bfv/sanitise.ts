/**
 * The way out for evaluated ciphertexts (protocol.md section 4; security.md T04, T05): full answers here, short answers in
 * release.ts. Nothing else makes a {@link SanitisedAnswer}, and neither an {@link Evaluated} nor sums of products can be
 * serialised.
 *
 * Sanitising adds a fresh encryption of zero (so that c1 is no longer a function of the columns), a uniform plaintext mask,
 * brings the answer to two primes and floods c0 with one integer per coefficient, uniform on +-(Q/2t - 2^36), the same
 * modulo every prime: with the mask the answer is statistically uniform for any query, even one into which its owner put
 * large noise.
 */
import type { Ciphertext, Encryptor, Plaintext } from 'node-seal'
import type { RandomBytes } from '../noise.ts'
import { type BfvContext, guarded } from './context.ts'
import { withEntropy } from './entropy.ts'
import { ANSWER_PRIMES, N } from './parameters.ts'
import { CIPHER_HEADER, POLY_BYTES } from './templates.ts'
import type { ParsedBytes } from './wire.ts'

declare const sanitised: unique symbol
/** Bytes of an answer that may leave the house. */
export type SanitisedAnswer = Uint8Array & { readonly [sanitised]: true }

/** A sum of plaintext products under somebody else's key, in NTT form; its answers are full ones. */
export class Evaluated implements Disposable {
  #context: BfvContext
  #sum: Ciphertext
  #product: Ciphertext
  #empty = true

  constructor(context: BfvContext) {
    this.#context = context
    this.#sum = new context.seal.Ciphertext()
    this.#product = new context.seal.Ciphertext()
  }

  /** sum += cipher * plain; both in NTT form, plain not zero. */
  multiplyAdd(cipher: Ciphertext, plain: Plaintext): void {
    const { evaluator } = this.#context
    guarded('multiply-add', () => {
      if (this.#empty) {
        evaluator.multiplyPlain(cipher, plain, this.#sum)
        this.#empty = false
      } else {
        evaluator.multiplyPlain(cipher, plain, this.#product)
        evaluator.addInplace(this.#sum, this.#product)
      }
    })
  }

  /** sum += fresh encryption of zero; a sum of no products becomes that encryption. */
  #rerandomise(encryptor: Encryptor, random: RandomBytes): void {
    const { evaluator, seal } = this.#context
    guarded('re-randomise', () => {
      if (this.#empty) {
        withEntropy(random, () => encryptor.encryptZero(this.#sum))
        this.#empty = false
        return
      }
      evaluator.cipherTransformFromNttInplace(this.#sum)
      using zero = new seal.Ciphertext()
      withEntropy(random, () => encryptor.encryptZero(zero))
      evaluator.addInplace(this.#sum, zero)
    })
  }

  /** Sanitises and gives the answer's bytes at two primes, c0 not yet flooded. */
  #masked(encryptor: Encryptor, mask: Plaintext, random: RandomBytes): Uint8Array {
    this.#rerandomise(encryptor, random)
    const { evaluator, seal, set } = this.#context
    return guarded('mask', () => {
      evaluator.addPlainInplace(this.#sum, mask)
      for (let primes = set.dataPrimes; primes > ANSWER_PRIMES; primes--) {
        evaluator.cipherModSwitchToNextInplace(this.#sum)
      }
      return this.#sum.saveToArray(seal.ComprModeType.none)
    })
  }

  /**
   * A full answer: every coefficient can be decrypted by the key's owner, so every one carries mask and flood.
   * @param mask plaintext with a uniform residue in every slot
   * @param random one ciphertext's own stream: of the encryption of zero, then of the flood
   */
  toAnswer(encryptor: Encryptor, mask: Plaintext, random: RandomBytes): SanitisedAnswer {
    const bytes = this.#masked(encryptor, mask, random)
    floodAll(this.#context, bytes, random)
    return bytes as SanitisedAnswer
  }

  [Symbol.dispose](): void {
    this.#sum.delete()
    this.#product.delete()
  }
}

/** Adds the flood to every coefficient of c0, the same integer modulo both primes. */
function floodAll(context: BfvContext, bytes: Uint8Array, random: RandomBytes): void {
  const { primes } = context
  const view = new DataView(bytes.buffer, bytes.byteOffset + CIPHER_HEADER)
  floodDraws(context, random, N).forEach((offset, i) => {
    for (let k = 0; k < ANSWER_PRIMES; k++) {
      const at = k * POLY_BYTES + i * 8
      const value = (view.getBigUint64(at, true) + offset) % primes[k]
      view.setBigUint64(at, value < 0n ? value + primes[k] : value, true)
    }
  })
}

/** One uniform integer on +-(Q/2t - 2^36) for each of `count` coefficients of c0. */
export function floodDraws({ flood }: BfvContext, random: RandomBytes, count: number): bigint[] {
  return uniformIntegers(random, 2n * flood + 1n, count).map((draw) => draw - flood)
}

/** `count` uniform integers in [0, bound), bound below 2^80, by rejection from ten random bytes each. */
function uniformIntegers(random: RandomBytes, bound: bigint, count: number): bigint[] {
  const bits = bound.toString(2).length
  const topMask = (1n << BigInt(bits - 64)) - 1n
  const values: bigint[] = []
  while (values.length < count) {
    const missing = count - values.length
    const bytes = random(missing * 10)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let i = 0; i < missing; i++) {
      const low = view.getBigUint64(i * 10, true)
      const high = BigInt(view.getUint16(i * 10 + 8, true)) & topMask
      const value = (high << 64n) | low
      if (value < bound) values.push(value)
    }
  }
  return values
}

/** Loads parsed bytes as a ciphertext in NTT form; the caller deletes it. */
export function loadForProducts(context: BfvContext, bytes: ParsedBytes): Ciphertext {
  const cipher = new context.seal.Ciphertext()
  guarded('load query', () => {
    cipher.loadFromArray(context.context, bytes)
    context.evaluator.cipherTransformToNttInplace(cipher)
  })
  return cipher
}
