/** Decryption of single coefficients against SEAL's own, on answers that nobody would send too. */
import { describe, expect, test } from 'vitest'
import { linearContext } from '../../../engine/bfv/context.ts'
import { EphemeralKey } from '../../../engine/bfv/key.ts'
import { coefficients } from '../../../engine/bfv/plaintext.ts'
import { CIPHER_HEADER, POLY_BYTES } from '../../../engine/bfv/templates.ts'
import { ANSWER_LENGTH, type ParsedBytes, parseAnswer } from '../../../engine/bfv/wire.ts'
import { seededRandom } from './fixtures.ts'

const context = await linearContext()
const { primes } = context
const COUNT = 8

/** Full answers whose residues are drawn from a seed, or all the largest there are. */
function answerOf(seed: string): ParsedBytes {
  const bytes = new Uint8Array(ANSWER_LENGTH)
  bytes.set(context.templates.answer)
  const view = new DataView(bytes.buffer, CIPHER_HEADER)
  for (let part = 0; part < 4; part++) {
    const prime = primes[part % 2]
    const words = new BigUint64Array(seededRandom(`${seed} ${part}`)(POLY_BYTES).buffer)
    words.forEach((word, i) => {
      view.setBigUint64(part * POLY_BYTES + 8 * i, seed === 'largest' ? prime - 1n : word % prime, true)
    })
  }
  return parseAnswer(context, bytes)
}

describe('the first coefficients', () => {
  const key = new EphemeralKey(context)

  test.each(['one', 'two', 'three', 'largest'])('of answer %s are those that SEAL decrypts', (seed) => {
    const answer = answerOf(seed)
    using plain = key.decrypt(answer)
    expect(key.decryptFirst(answer, COUNT)).toEqual(coefficients(context, plain, COUNT))
  })

  test('under another key are other ones', () => {
    using other = new EphemeralKey(context)
    const answer = answerOf('one')
    expect(other.decryptFirst(answer, COUNT)).not.toEqual(key.decryptFirst(answer, COUNT))
  })
})
