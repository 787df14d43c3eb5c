/** protocol.md section 4, "Keys": a public key whose second half is zero leaves every column in c1. */
import { describe, expect, test } from 'vitest'
import { linearContext } from '../../engine/bfv/context.ts'
import { EphemeralKey } from '../../engine/bfv/key.ts'
import { LinearResponder } from '../../engine/bfv/linear.ts'
import { N } from '../../engine/bfv/parameters.ts'
import { Polynomial, toPlaintext } from '../../engine/bfv/plaintext.ts'
import { CIPHER_HEADER, POLY_BYTES } from '../../engine/bfv/templates.ts'
import { parsePublicKey, parseQuery } from '../../engine/bfv/wire.ts'
import { systemRandom } from '../../engine/index.ts'
import { faultOf, packingOf, randomColumns } from '../unit/engine/fixtures.ts'
import { polynomialAt, setPolynomial } from './owner.ts'
import { weakAnswer } from './weak-responder.ts'

const STRIDE = 8
const SCALE = 2n ** 40n
const CODE = 'YX_ENGINE_MALFORMED_CIPHERTEXT'
const packing = packingOf(1024, STRIDE)
const columns = randomColumns(1024, [4, 4], 0, 'unseeded')
const context = await linearContext()

/** A public key (p0, 0) and a query (0, 2^40), both unseeded: c1 of the answer becomes 2^40*A + small noise. */
function craft(): { publicKey: Uint8Array; query: Uint8Array } {
  const { seal } = context
  using key = new EphemeralKey(context)
  using loaded = new seal.PublicKey()
  loaded.loadFromArray(context.context, key.publicKey)
  const publicKey: Uint8Array = loaded.saveToArray(seal.ComprModeType.none)
  publicKey.fill(0, CIPHER_HEADER + context.primes.length * POLY_BYTES)
  using plain = toPlaintext(context, new Polynomial(context))
  using cipher = new seal.Ciphertext()
  cipher.loadFromArray(context.context, key.encrypt(plain))
  const query: Uint8Array = cipher.saveToArray(seal.ComprModeType.none)
  const constant = new BigUint64Array(N)
  constant[0] = SCALE
  for (const part of [2, 3]) setPolynomial(query, part, constant)
  return { publicKey, query }
}

/** Cells of the columns that c1 / 2^40 shows rightly. */
function cellsShown(c1: BigUint64Array): number {
  const prime = context.primes[0]
  let shown = 0
  for (let row = 0; row < 1024; row++) {
    for (let column = 0; column < STRIDE; column++) {
      const exponent = column - STRIDE * row
      const word = c1[exponent >= 0 ? exponent : exponent + N]
      const centred = word > prime / 2n ? word - prime : word
      const rounded = (centred + (centred < 0n ? -SCALE : SCALE) / 2n) / SCALE
      const truth = columns.codes.some((codes) => codes[row] === column) ? 1n : 0n
      if ((exponent >= 0 ? rounded : -rounded) === truth) shown++
    }
  }
  return shown
}

describe('unseeded keys and queries', () => {
  const { publicKey, query } = craft()
  const masks = new Float64Array(STRIDE).fill(123)
  const full = { rerandomise: true, flood: context.flood }

  test('control: a build that loads them gives away all 8,192 cells, whatever it adds', () => {
    const asked = { publicKey, blocks: [query] }
    const answer = weakAnswer(context, asked, packing, columns, masks, full, systemRandom)
    expect(cellsShown(polynomialAt(answer, 2))).toBe(N)
  })

  test('an honest key alone closes it: the encryption of zero then covers c1', () => {
    using key = new EphemeralKey(context)
    const asked = { publicKey: key.publicKey, blocks: [query] }
    const answer = weakAnswer(context, asked, packing, columns, masks, full, systemRandom)
    expect(cellsShown(polynomialAt(answer, 2))).toBeLessThan(N / 100)
  })

  test('the parser refuses both, and so does the responder', async () => {
    expect(faultOf(() => parsePublicKey(context, publicKey)).code).toBe(CODE)
    expect(faultOf(() => parseQuery(context, query)).code).toBe(CODE)
    using key = new EphemeralKey(context)
    using plain = toPlaintext(context, new Polynomial(context))
    const seeded = key.encrypt(plain)
    using responder = await LinearResponder.create(packing, columns, 0)
    const ask = (asked: { publicKey: Uint8Array; blocks: Uint8Array }) =>
      responder.answer(asked, 0, STRIDE, masks, systemRandom(32))
    expect(faultOf(() => ask({ publicKey, blocks: seeded })).code).toBe(CODE)
    expect(faultOf(() => ask({ publicKey: key.publicKey, blocks: query })).code).toBe(CODE)
    expect(ask({ publicKey: key.publicKey, blocks: seeded }).bytes.length).toBeGreaterThan(0)
  })
})
