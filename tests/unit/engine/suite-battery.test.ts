/** What every suite must do, whatever its algorithms. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SUITE_NAMES, suiteNamed } from '../../../engine/index.ts'
import { hex, seededRandom, toHex } from './fixtures.ts'

const outOfRange = expect.objectContaining({ code: 'YX_ENGINE_OUT_OF_RANGE' })
const refused = expect.objectContaining({ code: 'YX_ENGINE_SEAL_REFUSED' })
const flipped = (bytes: Uint8Array, at: number, bit = 1) =>
  bytes.map((byte, index) => (index === at ? byte ^ bit : byte))

test('a suite that nobody knows is named, with those that are known', () => {
  for (const name of ['', 'National', 'toString', '__proto__'])
    expect(() => suiteNamed(name)).toThrow(
      expect.objectContaining({
        code: 'YX_ENGINE_SUITE_UNKNOWN',
        message: expect.stringContaining('international or national'),
      }),
    )
  expect(SUITE_NAMES.map((name) => suiteNamed(name).name)).toEqual(SUITE_NAMES)
})

test('the curve library is imported behind the suites only', () => {
  const rules = readFileSync(join(import.meta.dirname, '../../../.dependency-cruiser.cjs'), 'utf8')
  expect(rules).toContain("only('engine/suite/', '@noble')")
})

describe.each(SUITE_NAMES)('suite %s', (name) => {
  const suite = suiteNamed(name)
  const random = seededRandom(`battery ${name}`)
  const [key, nonce] = [random(32), random(12)]
  const associated = Buffer.from('header of a message')
  const sealed = (plain: Uint8Array, about: Uint8Array = associated) =>
    new Uint8Array(Buffer.concat(suite.seal(key, nonce, plain, about)))

  describe('hash and derivation', () => {
    test('hash: 32 bytes of the concatenated parts', () => {
      const bytes = random(1000)
      const whole = toHex(suite.hash(bytes))
      expect(whole).toHaveLength(64)
      for (const at of [0, 1, 63, 64, 65, 1000])
        expect(toHex(suite.hash(bytes.subarray(0, at), bytes.subarray(at)))).toBe(whole)
      expect(toHex(suite.hash(flipped(bytes, 999)))).not.toBe(whole)
      expect(suite.hash()).toEqual(suite.hash(new Uint8Array(0)))
    })

    test('derive: the same for the same, another for another secret or label', () => {
      expect(suite.derive(key, 'label')).toEqual(suite.derive(new Uint8Array(key), 'label'))
      const all = [
        suite.derive(key, 'label'),
        suite.derive(key, 'label '),
        suite.derive(key, ''),
        suite.derive(flipped(key, 0), 'label'),
        suite.derive(flipped(key, 31), 'label'),
        suite.derive(key.subarray(1), 'label'),
      ]
      expect(new Set(all.map(toHex)).size).toBe(all.length)
      for (const bytes of all) expect(bytes.length).toBe(32)
    })
  })

  describe('key stream', () => {
    test('a shorter stream is the beginning of a longer one, and every call begins anew', () => {
      const long = toHex(suite.stream(key, 1000))
      for (const length of [0, 1, 15, 16, 17, 999, 1000])
        expect(toHex(suite.stream(key, length))).toBe(long.slice(0, 2 * length))
    })

    test('a large stream begins like a small one, and no block of it comes twice', () => {
      const large = suite.stream(key, 1 << 20)
      expect(large.length).toBe(1 << 20)
      expect(toHex(large.subarray(0, 64))).toBe(toHex(suite.stream(key, 64)))
      const blocks = Array.from({ length: 1 << 16 }, (_, i) => toHex(large.subarray(16 * i, 16 * i + 16)))
      expect(new Set(blocks).size).toBe(1 << 16)
    })

    test('each bit of the key matters', () => {
      const streams = Array.from({ length: 32 }, (_, at) => toHex(suite.stream(flipped(key, at), 32)))
      expect(new Set([...streams, toHex(suite.stream(key, 32))]).size).toBe(33)
    })

    test('its bits are fair: within six standard deviations', () => {
      const bytes = suite.stream(key, 1 << 17)
      let ones = 0
      for (const byte of bytes) for (let bits = byte; bits; bits &= bits - 1) ones++
      expect(Math.abs(ones - (1 << 19))).toBeLessThan(6 * Math.sqrt(1 << 18))
    })

    test('the buffer behind it is not changed by a caller who writes into a stream', () => {
      const before = toHex(suite.stream(key, 64))
      suite.stream(key, 64).fill(7)
      expect(toHex(suite.stream(key, 64))).toBe(before)
    })
  })

  describe('signature', () => {
    const keys = suite.createSigningKeys()
    const message = Buffer.from('a message')
    const signature = suite.sign(keys.privateKey, message)

    test('64 bytes that verify, for the empty and for a large message too', () => {
      for (const bytes of [message, new Uint8Array(0), random(1 << 20)]) {
        const made = suite.sign(keys.privateKey, bytes)
        expect(made.length).toBe(64)
        expect(suite.verify(keys.publicKey, bytes, made)).toBe(true)
      }
    })

    test('every changed byte of the signature is refused', () => {
      for (let at = 0; at < 64; at++)
        expect(suite.verify(keys.publicKey, message, flipped(signature, at, 1 << (at % 8)))).toBe(false)
    })

    test('another message, another key and another length are refused', () => {
      expect(suite.verify(keys.publicKey, Buffer.from('a messagf'), signature)).toBe(false)
      expect(suite.verify(suite.createSigningKeys().publicKey, message, signature)).toBe(false)
      for (const wrong of [
        signature.subarray(1),
        signature.subarray(0, 63),
        new Uint8Array(0),
        new Uint8Array(65),
      ])
        expect(suite.verify(keys.publicKey, message, wrong)).toBe(false)
    })

    test('a malformed public key verifies nothing and throws nothing', () => {
      const { publicKey } = keys
      const malformed = [
        publicKey.subarray(1),
        Buffer.concat([publicKey, Buffer.of(0)]),
        new Uint8Array(0),
        new Uint8Array(publicKey.length),
        new Uint8Array(publicKey.length).fill(255),
        flipped(publicKey, publicKey.length - 1),
      ]
      for (const bytes of malformed) expect(suite.verify(bytes, message, signature)).toBe(false)
    })
  })

  describe('agreement', () => {
    const [one, other] = [suite.createAgreementKeys(), suite.createAgreementKeys()]

    test('both sides compute the same 32 bytes, a third party others', () => {
      const secret = suite.agree(one.privateKey, other.publicKey)
      expect(secret.length).toBe(32)
      expect(suite.agree(other.privateKey, one.publicKey)).toEqual(secret)
      expect(suite.agree(one.privateKey, suite.createAgreementKeys().publicKey)).not.toEqual(secret)
    })

    test('a public key of another length, all zeros or at infinity is refused', () => {
      const { length } = other.publicKey
      const malformed = [
        other.publicKey.subarray(1),
        other.publicKey.subarray(0, length - 1),
        Buffer.concat([other.publicKey, Buffer.of(0)]),
        new Uint8Array(0),
        Uint8Array.of(0),
        new Uint8Array(length),
      ]
      for (const bytes of malformed) expect(() => suite.agree(one.privateKey, bytes)).toThrow(outOfRange)
    })
  })

  describe('sealing', () => {
    const plain = random(100)

    test('opens to what was sealed, from nothing to megabytes', () => {
      for (const length of [0, 1, 15, 16, 17, 64, 100, 3_000_001]) {
        const bytes = random(length)
        const opened = suite.open(key, nonce, sealed(bytes), associated)
        expect(Buffer.compare(opened, bytes)).toBe(0)
      }
    })

    test('is deterministic, hides equal blocks, and takes empty associated data', () => {
      const zeros = sealed(new Uint8Array(64))
      expect(sealed(new Uint8Array(64))).toEqual(zeros)
      const blocks = [0, 16, 32, 48].map((at) => toHex(zeros.subarray(at, at + 16)))
      expect(new Set(blocks).size).toBe(4)
      const bare = sealed(plain, new Uint8Array(0))
      expect(toHex(suite.open(key, nonce, bare, new Uint8Array(0)))).toBe(toHex(plain))
      expect(() => suite.open(key, nonce, bare, associated)).toThrow(refused)
    })

    test('every changed byte, every truncation and every other context is refused with one text', () => {
      const whole = sealed(plain)
      const messages = new Set<string>()
      const open = (k: Uint8Array, n: Uint8Array, s: Uint8Array, a: Uint8Array) => {
        try {
          suite.open(k, n, s, a)
        } catch (cause) {
          expect(cause).toEqual(refused)
          messages.add((cause as Error).message)
          return
        }
        expect.fail('a changed message was opened')
      }
      for (let at = 0; at < whole.length; at++) {
        open(key, nonce, flipped(whole, at, 1 << (at % 8)), associated)
        open(key, nonce, whole.subarray(0, at), associated)
      }
      for (let at = 0; at < 32; at++) open(flipped(key, at), nonce, whole, associated)
      for (let at = 0; at < 12; at++) open(key, flipped(nonce, at), whole, associated)
      for (let at = 0; at < associated.length; at++) open(key, nonce, whole, flipped(associated, at))
      open(key, nonce, whole, associated.subarray(1))
      open(key, nonce, whole, Buffer.concat([associated, Buffer.of(0)]))
      open(key, nonce, Buffer.concat([whole, Buffer.of(0)]), associated)
      open(key, nonce, whole.subarray(1), associated)
      expect(messages.size).toBe(1)
    })

    test('sampled bytes of a megabyte, its ends and its tag: none can change', () => {
      const whole = sealed(random(1 << 20))
      const places = [0, 1, 63, 64, 4095, 4096, 1 << 19, (1 << 20) - 1, 1 << 20, whole.length - 1]
      for (const at of places) {
        whole[at] ^= 0x80
        expect(() => suite.open(key, nonce, whole, associated)).toThrow(refused)
        whole[at] ^= 0x80
      }
      expect(suite.open(key, nonce, whole, associated).length).toBe(1 << 20)
    })

    test('keys and nonces of another length are refused on both ways', () => {
      for (const [k, n] of [
        [key.subarray(1), nonce],
        [Buffer.concat([key, key]), nonce],
        [key, nonce.subarray(1)],
        [key, random(16)],
        [key, new Uint8Array(0)],
      ]) {
        expect(() => suite.seal(k, n, plain, associated)).toThrow(outOfRange)
        expect(() => suite.open(k, n, sealed(plain), associated)).toThrow(outOfRange)
      }
    })
  })
})

test('no suite accepts the keys of another', () => {
  const [one, other] = SUITE_NAMES.map(suiteNamed)
  const message = hex('01')
  for (const [signer, verifier] of [
    [one, other],
    [other, one],
  ]) {
    const keys = signer.createSigningKeys()
    expect(verifier.verify(keys.publicKey, message, signer.sign(keys.privateKey, message))).toBe(false)
    const agreement = signer.createAgreementKeys()
    expect(() => verifier.agree(verifier.createAgreementKeys().privateKey, agreement.publicKey)).toThrow(
      outOfRange,
    )
  }
})
