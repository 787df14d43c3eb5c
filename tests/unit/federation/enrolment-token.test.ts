/** The text form of a token: what goes in comes out, and a damaged one is refused before anything of it is believed. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  assertTokenInTime,
  decodeToken,
  type EnrolmentToken,
  encodeToken,
  ROLE_NAMES,
  requestKeyOf,
  SUITE_NAMES,
} from '../../../federation/index.ts'

const hexOf = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => Buffer.from(value).toString('hex'))
const tokens: fc.Arbitrary<EnrolmentToken> = fc.record({
  consortium: fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }),
  suite: fc.constantFrom(...SUITE_NAMES),
  rootKey: fc.oneof(hexOf(32), hexOf(65)),
  platform: fc.constantFrom('https://platform.example:8480', 'http://127.0.0.1:1'),
  authority: hexOf(32),
  name: fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/).map((name) => `${name}水`),
  role: fc.constantFrom(...ROLE_NAMES),
  publicData: fc.boolean(),
  id: hexOf(16),
  secret: hexOf(32),
  expires: fc
    .date({ noInvalidDate: true, min: new Date(0), max: new Date('9000-01-01') })
    .map((at) => at.toISOString()),
})
const malformed = expect.objectContaining({ code: 'YX_FEDERATION_TOKEN_MALFORMED' })

describe('a token', () => {
  it('comes out as it went in, broken over lines too', () => {
    fc.assert(
      fc.property(tokens, fc.integer({ min: 1, max: 80 }), (token, width) => {
        const text = encodeToken(token)
        expect(text).toMatch(/^yxi1[\w-]+$/)
        expect(decodeToken(text)).toEqual(token)
        const lines = text.match(new RegExp(`.{1,${width}}`, 'g')) ?? []
        expect(decodeToken(`\n ${lines.join('\r\n\t')} \n`)).toEqual(token)
      }),
      { numRuns: 60 },
    )
  })

  it('is refused with any character changed, left out, doubled or put in', () => {
    fc.assert(
      fc.property(tokens, fc.nat(), fc.constantFrom('A', 'z', '_', '.', '0'), (token, place, other) => {
        const text = encodeToken(token)
        const at = place % text.length
        const damaged = [
          text.slice(0, at) + (text[at] === other ? 'B' : other) + text.slice(at + 1),
          text.slice(0, at) + text.slice(at + 1),
          text.slice(0, at) + text[at] + text.slice(at),
          text.slice(0, at),
        ].filter((one) => one !== text)
        for (const one of damaged) expect(() => decodeToken(one)).toThrow(malformed)
      }),
      { numRuns: 60 },
    )
  })

  it('never throws anything but its own error, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        expect(() => decodeToken(text)).toThrow(malformed)
        expect(() => decodeToken(`yxi1${text}`)).toThrow(malformed)
      }),
      { numRuns: 100 },
    )
  })

  it('gives the office a key that does not show the secret, another one for each token', () => {
    fc.assert(
      fc.property(tokens, hexOf(16), (token, id) => {
        const key = requestKeyOf(token)
        expect(key).toMatch(/^[0-9a-f]{64}$/)
        expect(key).not.toBe(token.secret)
        if (id !== token.id) expect(requestKeyOf({ ...token, id })).not.toBe(key)
      }),
      { numRuns: 30 },
    )
  })

  it('is good until its last moment', () => {
    fc.assert(
      fc.property(tokens, (token) => {
        const end = Date.parse(token.expires)
        expect(() => assertTokenInTime(token, new Date(end))).not.toThrow()
        expect(() => assertTokenInTime(token, new Date(end + 1))).toThrow(
          expect.objectContaining({ code: 'YX_FEDERATION_TOKEN_EXPIRED' }),
        )
      }),
      { numRuns: 20 },
    )
  })
})
