/**
 * The negative controls: a responder built on SEAL directly, whose protections can be left out one by one. Nothing of it
 * is reachable from the product.
 */
import type { Ciphertext } from 'node-seal'
import type { BfvContext } from '../../engine/bfv/context.ts'
import { type PackedColumns, type Packing, packColumns } from '../../engine/bfv/packing.ts'
import { N } from '../../engine/bfv/parameters.ts'
import { Polynomial, toPlaintext } from '../../engine/bfv/plaintext.ts'
import type { RandomBytes } from '../../engine/index.ts'
import { modulo, polynomialAt, setPolynomial } from './owner.ts'

export interface Weakness {
  /** Adds a fresh encryption of zero. */
  readonly rerandomise: boolean
  /** Half-width of the flood on c0; 0 for none. */
  readonly flood: bigint
}

/**
 * Masked products of the first W columns, as full bytes at two primes. Accepts whatever SEAL loads: seeded or not.
 * @param blocks one encrypted block of the query each
 */
export function weakAnswer(
  context: BfvContext,
  query: { publicKey: Uint8Array; blocks: readonly Uint8Array[] },
  packing: Packing,
  columns: PackedColumns,
  masks: Float64Array,
  weakness: Weakness,
  random: RandomBytes,
): Uint8Array {
  const { seal, evaluator } = context
  const polynomial = new Polynomial(context)
  const coefficients = new Int16Array(N)
  using publicKey = new seal.PublicKey()
  publicKey.loadFromArray(context.context, query.publicKey)
  using encryptor = new seal.Encryptor(context.context, publicKey)
  using sum: Ciphertext = new seal.Ciphertext()
  encryptor.encryptZero(sum)
  let started = weakness.rerandomise
  query.blocks.forEach((bytes, block) => {
    packColumns(coefficients, packing, columns, block, 0)
    if (coefficients.every((value) => value === 0)) return
    polynomial.clear()
    coefficients.forEach((value, index) => {
      polynomial.add(index, value)
    })
    using factor = toPlaintext(context, polynomial)
    using cipher = new seal.Ciphertext()
    cipher.loadFromArray(context.context, bytes)
    evaluator.multiplyPlainInplace(cipher, factor)
    if (started) evaluator.addInplace(sum, cipher)
    else sum.assign(cipher)
    started = true
  })
  polynomial.clear()
  masks.forEach((mask, word) => {
    polynomial.set(word, mask)
  })
  using mask = toPlaintext(context, polynomial)
  evaluator.addPlainInplace(sum, mask)
  const answer: Uint8Array = sum.saveToArray(seal.ComprModeType.none)
  if (weakness.flood > 0n) floodWith(context, answer, weakness.flood, masks.length, random)
  return answer
}

/** Adds one uniform integer of +-bound to the first `words` coefficients of c0; the bias of the modulo does not matter. */
function floodWith(
  context: BfvContext,
  answer: Uint8Array,
  bound: bigint,
  words: number,
  random: RandomBytes,
): void {
  const draws = new BigUint64Array(random(16 * words).slice().buffer)
  for (const part of [0, 1]) {
    const c0 = polynomialAt(answer, part)
    for (let word = 0; word < words; word++) {
      const wide = (draws[2 * word] << 64n) | draws[2 * word + 1]
      c0[word] = modulo(c0[word] + (wide % (2n * bound + 1n)) - bound, context.primes[part])
    }
    setPolynomial(answer, part, c0)
  }
}
