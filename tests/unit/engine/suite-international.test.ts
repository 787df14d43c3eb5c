/** The international suite against published vectors, valid and invalid. */
import { createCipheriv, createHmac } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { describe, expect, test } from 'vitest'
import { international } from '../../../engine/index.ts'
import { isSmallOrder } from '../../../engine/suite/small-order.ts'
import { hex, suiteVectors, type Texts, toHex } from './fixtures.ts'

// The PKCS#8 prefixes of RFC 8410 that turn 32 raw bytes into a private key.
const x25519Private = (raw: string) => hex(`302e020100300506032b656e04220420${raw}`)
const ed25519Private = (raw: string) => hex(`302e020100300506032b657004220420${raw}`)
const outOfRange = expect.objectContaining({ code: 'YX_ENGINE_OUT_OF_RANGE' })
const refused = expect.objectContaining({ code: 'YX_ENGINE_SEAL_REFUSED' })

test('hash: FIPS 180-4 example "abc", in parts', () => {
  const parts = ['a', '', 'bc'].map((text) => new TextEncoder().encode(text))
  expect(toHex(international.hash(...parts))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
})

describe('key agreement: X25519', () => {
  const { agreements, iterated } = suiteVectors<{
    agreements: Texts<'privateKey' | 'publicKey' | 'secret'>[]
    iterated: { times: number; secret: string }[]
  }>('rfc7748-x25519')
  const { publicKeys } = suiteVectors<{ publicKeys: Texts<'about' | 'publicKey'>[] }>('x25519-small-order')

  test.each(agreements)('RFC 7748: $secret', ({ privateKey, publicKey, secret }) => {
    expect(toHex(international.agree(x25519Private(privateKey), hex(publicKey)))).toBe(secret)
  })

  test.each(iterated)('RFC 7748 section 5.2, $times times', ({ times, secret }) => {
    let [scalar, point] = [`09${'00'.repeat(31)}`, `09${'00'.repeat(31)}`]
    for (let i = 0; i < times; i++)
      [scalar, point] = [toHex(international.agree(x25519Private(scalar), hex(point))), scalar]
    expect(scalar).toBe(secret)
  })

  test.each(publicKeys)('refuses $about, whose secret everybody would know', ({ publicKey }) => {
    const { privateKey } = agreements[0]
    expect(() => international.agree(x25519Private(privateKey), hex(publicKey))).toThrow(outOfRange)
  })
})

describe('signatures: Ed25519', () => {
  const { signatures } = suiteVectors<{
    signatures: Texts<'privateKey' | 'publicKey' | 'message' | 'signature'>[]
  }>('rfc8032-ed25519')
  const wycheproof = suiteVectors<{
    publicKey: string
    signatures: { tcId: number; message: string; signature: string; valid: boolean }[]
  }>('wycheproof-ed25519')

  test.each(signatures)('RFC 8032, message "$message"', ({ privateKey, publicKey, message, signature }) => {
    expect(toHex(international.sign(ed25519Private(privateKey), hex(message)))).toBe(signature)
    expect(international.verify(hex(publicKey), hex(message), hex(signature))).toBe(true)
  })

  test.each(wycheproof.signatures)('Wycheproof $tcId: $valid', ({ message, signature, valid }) => {
    expect(international.verify(hex(wycheproof.publicKey), hex(message), hex(signature))).toBe(valid)
  })

  test('refuses every key of small order, under which anybody can sign', () => {
    const { Point } = ed25519
    const order8 = Point.fromBytes(hex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'))
    const torsion = Array.from({ length: 8 }, (_, i) => order8.multiplyUnsafe(BigInt(i)))
    expect(new Set(torsion.map((point) => point.toHex())).size).toBe(8)
    for (const point of torsion) expect(isSmallOrder(point.toBytes())).toBe(true)
    expect(isSmallOrder(Point.BASE.toBytes())).toBe(false)
    // With R the neutral element and s = 0 the equation holds for every message: OpenSSL alone would accept it.
    const forged = hex(`01${'00'.repeat(63)}`)
    expect(international.verify(torsion[0].toBytes(), hex('3f'), forged)).toBe(false)
  })
})

describe('derivation: HKDF', () => {
  const { derivations } = suiteVectors<{ derivations: Texts<'case' | 'secret' | 'salt' | 'info' | 'key'>[] }>(
    'rfc5869-hkdf-sha256',
  )

  test.each(derivations)('RFC 5869 $case holds for HMAC written out, and derive is that', (vector) => {
    const salt = vector.salt === '' ? new Uint8Array(32) : hex(vector.salt)
    const hmac = (key: Uint8Array, bytes: Uint8Array) => createHmac('sha256', key).update(bytes).digest()
    const expand = (prk: Uint8Array, info: Uint8Array, length: number) => {
      let [key, block] = [Buffer.alloc(0), Buffer.alloc(0)]
      for (let i = 1; key.length < length; i++) {
        block = hmac(prk, Buffer.concat([block, info, Buffer.of(i)]))
        key = Buffer.concat([key, block])
      }
      return key.subarray(0, length)
    }
    const { length } = hex(vector.key)
    expect(toHex(expand(hmac(salt, hex(vector.secret)), hex(vector.info), length))).toBe(vector.key)
    const prk = hmac(new Uint8Array(32), hex(vector.secret))
    for (const label of ['', 'a label', '标签'])
      expect(toHex(international.derive(hex(vector.secret), label))).toBe(
        toHex(expand(prk, Buffer.from(label), 32)),
      )
  })

  test('RFC 5869 A.3 itself, its first 32 bytes', () => {
    const { secret, key } = derivations[2]
    expect(toHex(international.derive(hex(secret), ''))).toBe(key.slice(0, 64))
  })
})

describe('key stream: AES-256-CTR from counter 0', () => {
  const vector =
    suiteVectors<Texts<'key' | 'plain' | 'ecbFirstBlock' | 'counter' | 'ctr'>>('sp800-38a-aes-256-ctr')
  const key = hex(vector.key)

  test('SP 800-38A F.1.5 and F.5.5 hold for the cipher', () => {
    const ecb = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
    expect(toHex(ecb.update(hex(vector.plain.slice(0, 32))))).toBe(vector.ecbFirstBlock)
    expect(toHex(createCipheriv('aes-256-ctr', key, hex(vector.counter)).update(hex(vector.plain)))).toBe(
      vector.ctr,
    )
  })

  test('the stream is that cipher on the counters', () => {
    const counters = new Uint8Array(16 * 300)
    for (let block = 0; block < 300; block++) {
      counters[block * 16 + 14] = block >> 8
      counters[block * 16 + 15] = block & 255
    }
    const ecb = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
    expect(toHex(international.stream(key, counters.length))).toBe(toHex(ecb.update(counters)))
  })

  test('the zero key of McGrew and Viega, GCM test cases 13 and 14: E(0), E(1), E(2)', () => {
    expect(toHex(international.stream(new Uint8Array(32), 48))).toBe(
      'dc95c078a2408989ad48a21492842087530f8afbc74536b9a963b4f1c4cb738bcea7403d4d606b6e074ec5d3baf39d18',
    )
  })
})

describe('sealing: ChaCha20-Poly1305', () => {
  const { sealed } = suiteVectors<{
    sealed: Texts<'key' | 'nonce' | 'associated' | 'plain' | 'body' | 'tag'>[]
  }>('rfc8439-chacha20-poly1305')

  test.each(sealed)('RFC 8439, nonce $nonce', ({ key, nonce, associated, plain, body, tag }) => {
    const parts = international.seal(hex(key), hex(nonce), hex(plain), hex(associated))
    expect(parts.map(toHex)).toEqual([body, tag])
    expect(toHex(international.open(hex(key), hex(nonce), hex(body + tag), hex(associated)))).toBe(plain)
  })

  test('the changes of a tag that Wycheproof tries are refused', () => {
    const { key, nonce, associated, body, tag } = sealed[0]
    const flips = [0, 1, 7, 8, 31, 32, 33, 63, 64, 71, 77, 80, 96, 97, 120, 121, 126, 127].map((bit) =>
      hex(tag).map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)),
    )
    const wrong = [
      ...flips,
      hex(tag).map((byte) => byte ^ 0xff),
      hex(tag).map((byte) => byte ^ 0x80),
      hex(tag).map((byte) => byte ^ 0x01),
      new Uint8Array(16),
      new Uint8Array(16).fill(0xff),
    ]
    for (const bytes of wrong)
      expect(() =>
        international.open(hex(key), hex(nonce), hex(body + toHex(bytes)), hex(associated)),
      ).toThrow(refused)
  })
})
