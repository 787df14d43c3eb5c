/**
 * protocol.md section 4, "Sanitise": an owner that adds large noise of its own, 2^63 to 2^68, to chosen rows of its query
 * reads these rows' cells out of the noise of the answer, unless the flood fills the whole interval.
 */
import { describe, expect, test } from 'vitest'
import { linearContext } from '../../engine/bfv/context.ts'
import { EphemeralKey } from '../../engine/bfv/key.ts'
import { LinearResponder } from '../../engine/bfv/linear.ts'
import { Polynomial, toPlaintext } from '../../engine/bfv/plaintext.ts'
import { parseShortAnswer } from '../../engine/bfv/wire.ts'
import { freshResidues } from '../../engine/stream.ts'
import { packingOf, randomColumns, seededRandom } from '../unit/engine/fixtures.ts'
import { modulo, noiseOf, polynomialAt, secretKeyOf, setPolynomial } from './owner.ts'
import { weakAnswer } from './weak-responder.ts'

const STRIDE = 8
const ROWS = 1024
/** Six rows a query, six bits of every coefficient. */
const POWERS = [63n, 64n, 65n, 66n, 67n, 68n]
const QUERIES = 6
const packing = packingOf(ROWS, STRIDE)
const context = await linearContext()
// Four features of two bins: every row occupies about half of the eight columns.
const columns = randomColumns(ROWS, [2, 2, 2, 2], 0, 'chosen')
const truth = (row: number, column: number) => columns.codes.some((codes) => codes[row] === column)

/** A seeded encryption of zeros with 2^63 ... 2^68 added to c0 at the places of six rows. */
function craft(key: EphemeralKey, rows: number[]): Uint8Array {
  using plain = toPlaintext(context, new Polynomial(context))
  const query = key.encrypt(plain)
  for (const part of [0, 1]) {
    const c0 = polynomialAt(query, part)
    rows.forEach((row, index) => {
      c0[row * STRIDE] = modulo(c0[row * STRIDE] + 2n ** POWERS[index], context.primes[part])
    })
    setPolynomial(query, part, c0)
  }
  return query
}

/** The bits that the noise of one coefficient shows: (noise + 2^62) / 2^63 in binary. */
const bitsOf = (noise: bigint): boolean[] => {
  const digits = modulo((noise + 2n ** 62n) >> 63n, 64n)
  return POWERS.map((_, index) => ((digits >> BigInt(index)) & 1n) === 1n)
}

/** Cells read rightly over all queries, of QUERIES * 6 * 8. */
async function attack(
  answerTo: (publicKey: Uint8Array, query: Uint8Array) => Promise<Uint8Array>,
): Promise<number> {
  let right = 0
  using key = new EphemeralKey(context)
  const secret = secretKeyOf(context, key)
  for (let asked = 0; asked < QUERIES; asked++) {
    const rows = POWERS.map((_, index) => 17 + 97 * asked + 11 * index)
    const answer = await answerTo(key.publicKey, craft(key, rows))
    noiseOf(context, answer, secret, STRIDE).forEach(({ noise }, column) => {
      bitsOf(noise).forEach((bit, index) => {
        if (bit === truth(rows[index], column)) right++
      })
    })
  }
  return right
}

describe('a query with chosen noise', () => {
  const cells = QUERIES * POWERS.length * STRIDE

  test('about half of the cells are 1, so guessing reads half', () => {
    let ones = 0
    for (let row = 0; row < ROWS; row++) for (let j = 0; j < STRIDE; j++) if (truth(row, j)) ones++
    expect(ones / (ROWS * STRIDE)).toBeGreaterThan(0.4)
    expect(ones / (ROWS * STRIDE)).toBeLessThan(0.5)
  })

  test('the parser cannot see it: the query is well-formed', async () => {
    using key = new EphemeralKey(context)
    using responder = await LinearResponder.create(packing, columns, 0)
    const asked = { publicKey: key.publicKey, blocks: craft(key, [1, 2, 3, 4, 5, 6]) }
    const answer = responder.answer(asked, 0, STRIDE, new Float64Array(STRIDE), seededRandom('seen')(32))
    expect(answer.bytes.length).toBeGreaterThan(0)
  })

  test(`control: a flood of 2^60 gives away all ${cells} cells`, async () => {
    const random = seededRandom('small flood')
    const right = await attack(async (publicKey, query) =>
      weakAnswer(
        context,
        { publicKey, blocks: [query] },
        packing,
        columns,
        freshResidues(random, STRIDE),
        { rerandomise: true, flood: 2n ** 60n },
        random,
      ),
    )
    expect(right).toBe(cells)
  })

  test('the real flood leaves guesses', async () => {
    using responder = await LinearResponder.create(packing, columns, 2 ** 24)
    // seeded flood: what the attack reads is settled by it, so the count cannot flicker
    const random = seededRandom('real flood')
    const right = await attack(async (publicKey, query) => {
      const masks = freshResidues(random, STRIDE)
      const { bytes } = responder.answer({ publicKey, blocks: query }, 0, STRIDE, masks, random(32))
      return parseShortAnswer(context, bytes, STRIDE)
    })
    expect(Math.abs(right - cells / 2)).toBeLessThan(4 * Math.sqrt(cells / 4))
  })
})
