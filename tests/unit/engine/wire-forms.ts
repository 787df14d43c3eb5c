/** Good bytes of every form that the parser accepts, with their layout as protocol.md section 4 gives it. */
import { type BfvContext, crossContext, linearContext } from '../../../engine/bfv/context.ts'
import { EphemeralKey, encryptorFor } from '../../../engine/bfv/key.ts'
import { Polynomial, toPlaintext } from '../../../engine/bfv/plaintext.ts'
import { type ProductSums, SUM_BYTES } from '../../../engine/bfv/products.ts'
import { release } from '../../../engine/bfv/release.ts'
import { Evaluated } from '../../../engine/bfv/sanitise.ts'
import { parseAnswer, parsePublicKey, parseQuery, parseShortAnswer } from '../../../engine/bfv/wire.ts'
import { packingOf, seededRandom } from './fixtures.ts'

const HEADER = 113
const POLYNOMIAL = 65536
const SEED_INFO = 17
export const STRIDE = 8

/** Residues of one polynomial modulo one prime. */
interface Residues {
  readonly at: number
  readonly words: number
  readonly prime: bigint
}

export interface WireForm {
  readonly name: string
  /** The kind as the error names it. */
  readonly kind: string
  readonly context: BfvContext
  readonly good: Uint8Array
  readonly parse: (bytes: Uint8Array) => Uint8Array
  /** Byte ranges that must equal the template. */
  readonly fixed: readonly (readonly [number, number])[]
  readonly residues: readonly Residues[]
}

export interface Party {
  readonly context: BfvContext
  readonly key: EphemeralKey
  readonly query: Uint8Array
  readonly forms: WireForm[]
}

/** A key of its own and one object of every form under it. */
export async function partyOf(set: 'linear' | 'cross'): Promise<Party> {
  const context = await (set === 'linear' ? linearContext() : crossContext())
  const key = new EphemeralKey(context)
  const polynomial = new Polynomial(context)
  polynomial.set(3, 12345)
  using plain = toPlaintext(context, polynomial)
  const query = key.encrypt(plain)
  using encryptor = encryptorFor(context, key.publicKey)
  using forFull = new Evaluated(context)
  const random = seededRandom(`wire ${set}`)
  const answer = forFull.toAnswer(encryptor, plain, random)
  const { primes } = context
  const seeded = (kind: string, bytes: Uint8Array, over: readonly bigint[], parse: WireForm['parse']) => {
    const seedAt = HEADER + over.length * POLYNOMIAL
    return {
      name: `${set} ${kind}`,
      kind,
      context,
      good: bytes,
      parse,
      fixed: [[0, HEADER] as const, [seedAt, seedAt + SEED_INFO] as const],
      residues: over.map((prime, k) => ({ at: HEADER + k * POLYNOMIAL, words: 8192, prime })),
    }
  }
  const forms: WireForm[] = [
    seeded('query', query, primes.slice(0, -1), (bytes) => parseQuery(context, bytes)),
    seeded('public key', key.publicKey, primes, (bytes) => parsePublicKey(context, bytes)),
    {
      name: `${set} answer`,
      kind: 'answer',
      context,
      good: answer,
      parse: (bytes) => parseAnswer(context, bytes),
      fixed: [[0, HEADER]],
      residues: [0, 1, 2, 3].map((part) => ({
        at: HEADER + part * POLYNOMIAL,
        words: 8192,
        prime: primes[part % 2],
      })),
    },
  ]
  if (set === 'linear') {
    // sums of no products: what is released is mask and encryption of zero alone
    const none = new ArrayBuffer(SUM_BYTES) as ProductSums
    const part = {
      publicKey: key.publicKey,
      firstGroup: 0,
      masks: new Float64Array(STRIDE),
      seed: random(32),
    }
    const c1 = 2 * 8 * STRIDE
    forms.push({
      name: 'linear short answer',
      kind: 'short answer',
      context,
      good: release(context, packingOf(8192 / STRIDE, STRIDE), [none], part),
      parse: (bytes) => parseShortAnswer(context, bytes, STRIDE),
      fixed: [],
      residues: [
        { at: 0, words: STRIDE, prime: primes[0] },
        { at: 8 * STRIDE, words: STRIDE, prime: primes[1] },
        { at: c1, words: 8192, prime: primes[0] },
        { at: c1 + POLYNOMIAL, words: 8192, prime: primes[1] },
      ],
    })
  }
  return { context, key, query, forms }
}

/** Gives the bytes to SEAL. */
export function load(form: WireForm, bytes: Uint8Array): void {
  const { seal, context } = form.context
  using object = form.kind === 'public key' ? new seal.PublicKey() : new seal.Ciphertext()
  object.loadFromArray(context, bytes)
}

/** Header, residues and sizes judged anew, word by word, at the places that were touched. */
export function isWellFormed(form: WireForm, bytes: Uint8Array, touched: readonly number[]): boolean {
  if (bytes.length !== form.good.length) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return touched.every((at) => {
    if (form.fixed.some(([from, to]) => at >= from && at < to)) return bytes[at] === form.good[at]
    const part = form.residues.find(({ at: from, words }) => at >= from && at < from + words * 8)
    if (!part) return true // the 64 bytes of a seed are free
    const word = part.at + Math.floor((at - part.at) / 8) * 8
    return view.getBigUint64(word, true) < part.prime
  })
}
