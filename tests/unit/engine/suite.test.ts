import { createCipheriv, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { international } from '../../../engine/index.ts'
import { hex, toHex } from './fixtures.ts'

// The PKCS#8 prefixes of RFC 8410 that turn 32 raw bytes into a private key.
const x25519Private = (raw: string) => hex(`302e020100300506032b656e04220420${raw}`)
const ed25519Private = (raw: string) => hex(`302e020100300506032b657004220420${raw}`)
const refused = expect.objectContaining({ code: 'YX_ENGINE_SEAL_REFUSED' })
const outOfRange = expect.objectContaining({ code: 'YX_ENGINE_OUT_OF_RANGE' })

test('hash: FIPS 180-4 example "abc", in parts', () => {
  const parts = ['a', '', 'bc'].map((text) => new TextEncoder().encode(text))
  expect(toHex(international.hash(...parts))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
})

describe('key agreement', () => {
  const alice = '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'
  const bob = '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'
  const alicePublic = hex('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')
  const bobPublic = hex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f')

  test('RFC 7748 section 6.1', () => {
    const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742'
    expect(toHex(international.agree(x25519Private(alice), bobPublic))).toBe(shared)
    expect(toHex(international.agree(x25519Private(bob), alicePublic))).toBe(shared)
  })

  test('new keys agree with each other', () => {
    const [a, b] = [international.createAgreementKeys(), international.createAgreementKeys()]
    expect(a.publicKey.length).toBe(32)
    expect(international.agree(a.privateKey, b.publicKey)).toEqual(
      international.agree(b.privateKey, a.publicKey),
    )
  })

  test.each([
    ['the zero point', '00'.repeat(32)],
    ['the point of order 1', `01${'00'.repeat(31)}`],
    ['a point of order 8', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
    ['31 bytes', '09'.repeat(31)],
  ])('refuses %s, whose secret everybody would know', (_name, point) => {
    expect(() => international.agree(x25519Private(alice), hex(point))).toThrow(outOfRange)
  })
})

describe('signatures: RFC 8032 section 7.1', () => {
  const vectors = [
    {
      secret: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      message: '',
      signature:
        'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    },
    {
      secret: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      message: '72',
      signature:
        '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    },
  ]

  test.each(vectors)('test of message "$message"', ({ secret, publicKey, message, signature }) => {
    expect(toHex(international.sign(ed25519Private(secret), hex(message)))).toBe(signature)
    expect(international.verify(hex(publicKey), hex(message), hex(signature))).toBe(true)
  })

  test('a changed signature, message or key is not accepted', () => {
    const { publicKey, message, signature } = vectors[1]
    for (let at = 0; at < 64; at++) {
      const changed = hex(signature)
      changed[at] ^= 1
      expect(international.verify(hex(publicKey), hex(message), changed)).toBe(false)
    }
    expect(international.verify(hex(publicKey), hex('73'), hex(signature))).toBe(false)
    expect(international.verify(hex(vectors[0].publicKey), hex(message), hex(signature))).toBe(false)
    expect(international.verify(hex(publicKey), hex(message), hex(signature).subarray(0, 63))).toBe(false)
    expect(international.verify(hex(publicKey).subarray(1), hex(message), hex(signature))).toBe(false)
    expect(international.verify(new Uint8Array(32).fill(255), hex(message), hex(signature))).toBe(false)
  })
})

describe('derivation', () => {
  test('RFC 5869 test case 3 (no salt, no label), its first 32 bytes', () => {
    expect(toHex(international.derive(hex('0b'.repeat(22)), ''))).toBe(
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d',
    )
  })

  test('equals extract and expand written out with HMAC', () => {
    const hmac = (key: Uint8Array, ...parts: Uint8Array[]) => {
      const mac = createHmac('sha256', key)
      for (const part of parts) mac.update(part)
      return mac.digest()
    }
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.string(), (secret, label) => {
        const extracted = hmac(new Uint8Array(32), secret)
        const expanded = hmac(extracted, new TextEncoder().encode(label), Uint8Array.of(1))
        expect(toHex(international.derive(secret, label))).toBe(toHex(expanded))
      }),
    )
  })
})

describe('key stream: AES-256-CTR from counter 0', () => {
  test('the zero key of McGrew and Viega, GCM test cases 13 and 14: E(0), E(1), E(2)', () => {
    expect(toHex(international.stream(new Uint8Array(32), 48))).toBe(
      'dc95c078a2408989ad48a21492842087530f8afbc74536b9a963b4f1c4cb738bcea7403d4d606b6e074ec5d3baf39d18',
    )
  })

  test('is AES-256 of the counters, under the key of NIST SP 800-38A F.1.5', () => {
    const key = hex('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4')
    const counters = new Uint8Array(16 * 300)
    for (let block = 0; block < 300; block++) {
      counters[block * 16 + 14] = block >> 8
      counters[block * 16 + 15] = block & 255
    }
    const ecb = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
    // F.1.5 itself, so that the key is typed in rightly.
    const check = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
    expect(toHex(check.update(hex('6bc1bee22e409f96e93d7e117393172a')))).toBe(
      'f3eed1bdb5d2a03c064b5a7e3db181f8',
    )
    expect(toHex(international.stream(key, counters.length))).toBe(toHex(ecb.update(counters)))
  })

  test('a shorter stream is the beginning of a longer one', () => {
    const key = hex('11'.repeat(32))
    const long = toHex(international.stream(key, 1000))
    for (const length of [0, 1, 15, 16, 17, 999]) {
      expect(toHex(international.stream(key, length))).toBe(long.slice(0, 2 * length))
    }
  })
})

describe('sealing: AES-256-GCM', () => {
  const key = hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308')
  const nonce = hex('cafebabefacedbaddecaf888')
  const plain = hex(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  )
  const associated = hex('feedfacedeadbeeffeedfacedeadbeefabaddad2')
  const sealed = hex(
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b',
  )

  test('McGrew and Viega, GCM test cases 14 and 16', () => {
    const zeros = international.seal(new Uint8Array(32), new Uint8Array(12), new Uint8Array(16), hex(''))
    expect(toHex(zeros)).toBe('cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919')
    expect(toHex(international.seal(key, nonce, plain, associated))).toBe(toHex(sealed))
    expect(toHex(international.open(key, nonce, sealed, associated))).toBe(toHex(plain))
  })

  test('an empty message is sealed and opened', () => {
    const empty = international.seal(key, nonce, hex(''), associated)
    expect(empty.length).toBe(16)
    expect(international.open(key, nonce, empty, associated).length).toBe(0)
  })

  test('every changed byte, every truncation and every other context is refused with one text', () => {
    const messages = new Set<string>()
    const open = (k: Uint8Array, n: Uint8Array, s: Uint8Array, a: Uint8Array) => {
      try {
        international.open(k, n, s, a)
      } catch (cause) {
        expect(cause).toEqual(refused)
        messages.add((cause as Error).message)
        return
      }
      expect.fail('a changed envelope was opened')
    }
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.slice()
      changed[at] ^= 0x80
      open(key, nonce, changed, associated)
      open(key, nonce, sealed.subarray(0, at), associated)
    }
    const flipped = (bytes: Uint8Array) => bytes.map((byte, index) => (index === 3 ? byte ^ 1 : byte))
    open(flipped(key), nonce, sealed, associated)
    open(key, flipped(nonce), sealed, associated)
    open(key, nonce, sealed, flipped(associated))
    open(key, nonce, sealed, associated.subarray(1))
    expect(messages.size).toBe(1)
  })
})
