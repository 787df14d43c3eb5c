import { describe, expect, test } from 'vitest'
import { answerCross, CrossOwner } from '../../../engine/bfv/cross.ts'
import { entropyOf, withEntropy } from '../../../engine/bfv/entropy.ts'
import { LinearOwner } from '../../../engine/bfv/linear-owner.ts'
import { directHost, threadHost } from '../../../engine/index.ts'
import { freshResidues } from '../../../engine/stream.ts'
import { faultOf, packingOf, randomColumns, seededRandom, toHex } from './fixtures.ts'

const packing = packingOf(2100, 8)
const columns = randomColumns(2100, [20, 16], 1, 'entropy')
const values = freshResidues(seededRandom('entropy values'), 2100)
const masks = freshResidues(seededRandom('entropy masks'), 37)
const [seed, other] = [seededRandom('entropy')(32), seededRandom('other entropy')(32)]

describe('an answer drawn from a seed', () => {
  test('is the same bytes again, in one thread or in two, and other bytes under another seed', async () => {
    using owner = await LinearOwner.create(packing)
    const query = owner.encrypt(values)
    const threads = threadHost(2)
    const answers: string[] = []
    for (const host of [directHost(), threads]) {
      const responder = await host.linearResponder(packing, columns, 2 ** 22)
      for (const used of [seed, seed, other]) {
        answers.push(toHex((await responder.answer(query, 0, 37, masks, used)).bytes))
      }
      await responder.close()
    }
    await threads.close()
    expect(new Set(answers).size).toBe(2)
    expect([1, 3, 4].every((index) => answers[index] === answers[0])).toBe(true)
    expect(answers[5]).toBe(answers[2])
  })

  test('holds for the cross term, its masks included', async () => {
    using owner = await CrossOwner.create(300)
    const share = freshResidues(seededRandom('cross share'), 300)
    const query = owner.encrypt(share, share)
    const answers = await Promise.all(
      [seed, seed, other].map((used) => answerCross(query, [share, share], used)),
    )
    const texts = answers.map(({ answer, rho }) => toHex(answer) + rho.join())
    expect(texts[1]).toBe(texts[0])
    expect(texts[2]).not.toBe(texts[0])
  })

  test("nothing else comes from it: the system's method is back before anything else runs", async () => {
    const before = crypto.getRandomValues
    const fault = new Error('inside')
    expect(() =>
      withEntropy(entropyOf(seed, 0), () => {
        expect(crypto.getRandomValues).not.toBe(before)
        throw fault
      }),
    ).toThrow(fault)
    expect(crypto.getRandomValues).toBe(before)
    expect(Object.hasOwn(crypto, 'getRandomValues')).toBe(false)
  })

  test('ciphertexts of one answer have streams of their own', () => {
    const streams = [0, 1, 2].map((index) => toHex(entropyOf(seed, index)(64)))
    expect(new Set(streams).size).toBe(3)
    const inPieces = entropyOf(seed, 0)
    expect(toHex(inPieces(10)) + toHex(inPieces(54))).toBe(streams[0])
  })

  test('a seed of another length is refused', () => {
    expect(faultOf(() => entropyOf(new Uint8Array(31), 0)).code).toBe('YX_ENGINE_LENGTH_MISMATCH')
  })
})
