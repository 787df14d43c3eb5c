/** The national suite against the standards' examples and against arithmetic that shares nothing with it. */
import {
  createCipheriv,
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  sign as nodeSign,
  verify as nodeVerify,
} from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { national } from '../../../engine/index.ts'
import { sm2Sign, sm2SigningKey, sm2Verify, sm2VerifyingKey } from '../../../engine/suite/sm2.ts'
import { hex, seededRandom, suiteVectors, type Texts, toHex } from './fixtures.ts'
import {
  add,
  BASE,
  bytes32,
  encoded,
  integer,
  inverse,
  lift,
  mod,
  ORDER,
  onCurve,
  ownerDigest,
  pointFrom,
  sm3,
  times,
  verifies,
} from './naive-sm2.ts'

const sm2 =
  suiteVectors<
    Texts<'privateKey' | 'publicKey' | 'userId' | 'message' | 'owner' | 'digest' | 'nonce' | 'r' | 's'>
  >('gbt32918-sm2')
const sm4 = suiteVectors<{
  block: Texts<'key' | 'plain' | 'once' | 'million'>
  ctr: Texts<'key' | 'counter' | 'plain' | 'cipher'>[]
}>('gbt32907-sm4')
const hash = suiteVectors<{ digests: Texts<'message' | 'digest'>[]; hmac: Texts<'key' | 'message' | 'tag'> }>(
  'gbt32905-sm3',
)
const outOfRange = expect.objectContaining({ code: 'YX_ENGINE_OUT_OF_RANGE' })

/** r || s of a DER signature, the form that Node gives for these keys. */
function fixedForm(der: Uint8Array): Uint8Array {
  const r = der.subarray(4, 4 + der[3])
  const s = der.subarray(6 + der[3])
  return Buffer.concat([bytes32(integer(r)), bytes32(integer(s))])
}

describe('SM3', () => {
  test.each(hash.digests)('GB/T 32905: $digest', ({ message, digest }) => {
    const bytes = hex(message)
    expect(toHex(national.hash(bytes))).toBe(digest)
    expect(toHex(national.hash(bytes.subarray(0, 1), hex(''), bytes.subarray(1)))).toBe(digest)
  })

  test('HMAC-SM3: GM/T 0042-2015, and derive is HKDF over it', () => {
    const hmac = (key: Uint8Array, ...parts: Uint8Array[]) =>
      createHmac('sm3', key).update(Buffer.concat(parts)).digest()
    const { key, message, tag } = hash.hmac
    expect(toHex(hmac(hex(key), hex(message)))).toBe(tag)
    for (const label of ['', 'a label', '标签']) {
      const expanded = hmac(hmac(new Uint8Array(32), hex(key)), Buffer.from(label), Buffer.of(1))
      expect(toHex(national.derive(hex(key), label))).toBe(toHex(expanded))
    }
  })
})

describe('SM2 signature', () => {
  const publicKey = hex(sm2.publicKey)
  const message = hex(sm2.message)
  const signature = hex(sm2.r + sm2.s)

  test('GB/T 32918.5 annex A: Z, signature with the given k, verification', () => {
    const key = sm2SigningKey(hex(sm2.privateKey))
    expect(toHex(key.owner)).toBe(sm2.owner)
    expect(toHex(sm2Sign(key, message, () => BigInt(`0x${sm2.nonce}`)))).toBe(sm2.r + sm2.s)
    expect(national.verify(publicKey, message, signature)).toBe(true)
  })

  test('the second writing agrees with the standard', () => {
    expect(toHex(ownerDigest(publicKey, sm2.userId))).toBe(sm2.owner)
    expect(toHex(sm3(hex(sm2.owner), message))).toBe(sm2.digest)
    expect(toHex(encoded(times(integer(hex(sm2.privateKey)), BASE)))).toBe(sm2.publicKey)
    expect(verifies(publicKey, message, signature)).toBe(true)
    expect(verifies(publicKey, hex('00'), signature)).toBe(false)
    expect(times(ORDER, BASE)).toBeNull()
  })

  test('what the suite signs satisfies the equation of the standard in independent arithmetic', () => {
    for (let i = 0; i < 5; i++) {
      const keys = national.createSigningKeys()
      const text = Buffer.from(`message ${i}`)
      const made = national.sign(keys.privateKey, text)
      expect(made.length).toBe(64)
      expect(onCurve(pointFrom(keys.publicKey))).toBe(true)
      expect(toHex(encoded(times(integer(keys.privateKey), BASE)))).toBe(toHex(keys.publicKey))
      expect(verifies(keys.publicKey, text, made)).toBe(true)
    }
  })

  test('two signatures of one message never share r, which would give the key away', () => {
    const { privateKey } = national.createSigningKeys()
    const seen = Array.from({ length: 20 }, () => toHex(national.sign(privateKey, message)).slice(0, 64))
    expect(new Set(seen).size).toBe(20)
  })

  test('a nonce that makes s = 0 is passed over', () => {
    const k = BigInt(`0x${sm2.nonce}`)
    const digest = integer(hex(sm2.digest))
    const r = mod(digest + times(k, BASE)!.x, ORDER)
    // s = (1 + d)^-1 (k - r d) is 0 for d = k / r.
    const bent = { ...sm2SigningKey(hex(sm2.privateKey)), scalar: mod(k * inverse(r, ORDER), ORDER) }
    const nonces = [k, k + 1n]
    const made = sm2Sign(bent, message, () => nonces.shift()!)
    expect(nonces).toEqual([])
    expect(integer(made.subarray(0, 32))).toBe(mod(digest + times(k + 1n, BASE)!.x, ORDER))
  })

  describe('invalid signatures', () => {
    const [r, s] = [integer(hex(sm2.r)), integer(hex(sm2.s))]
    const top = 2n ** 256n - 1n
    const cases: Record<string, readonly [bigint, bigint]> = {
      'r = 0': [0n, s],
      's = 0': [r, 0n],
      'r = n': [ORDER, s],
      's = n': [r, ORDER],
      'r + s = n': [r, ORDER - r],
      'both 0': [0n, 0n],
      'both 1': [1n, 1n],
      'both n - 1': [ORDER - 1n, ORDER - 1n],
      'both 2^256 - 1': [top, top],
      'r and s exchanged': [s, r],
      's negated, as in ECDSA': [r, ORDER - s],
    }
    test.each(Object.entries(cases))('%s', (_about, [one, other]) => {
      const bytes = Buffer.concat([bytes32(one), bytes32(other)])
      expect(national.verify(publicKey, message, bytes)).toBe(false)
    })

    test('r + n is not a second form of a signature whose r is small', () => {
      // r, s and R are chosen first, then the key P = (R - sG) / (r + s) for which they hold; Z is given, not that of P.
      const owner = new Uint8Array(32)
      const digest = integer(sm3(owner, message))
      let r = 1n
      let sum = lift(mod(r - digest, ORDER))
      while (sum === null) sum = lift(mod(++r - digest, ORDER))
      const minusS = times(ORDER - s, BASE)
      const point = times(inverse(mod(r + s, ORDER), ORDER), add(sum, minusS))
      const key = { ...sm2VerifyingKey(encoded(point)), owner }
      expect(sm2Verify(key, message, Buffer.concat([bytes32(r), bytes32(s)]))).toBe(true)
      expect(sm2Verify(key, message, Buffer.concat([bytes32(r + ORDER), bytes32(s)]))).toBe(false)
    })
  })
})

describe("Node's own SM2 is not the suite's", () => {
  const message = Buffer.from('message digest')
  const pair = generateKeyPairSync('ec', { namedCurve: 'SM2' })
  const spki = pair.publicKey.export({ type: 'spki', format: 'der' })
  const publicKey = new Uint8Array(spki.subarray(spki.length - 65))

  test('a fresh key signs ECDSA on the curve: it verifies in Node and nowhere here', () => {
    const der = nodeSign('sm3', message, pair.privateKey)
    const signature = fixedForm(der)
    expect(nodeVerify('sm3', message, pair.publicKey, der)).toBe(true)
    expect(national.verify(publicKey, message, signature)).toBe(false)
    expect(verifies(publicKey, message, signature)).toBe(false)
    expect(verifies(publicKey, message, signature, '')).toBe(false)
  })

  test('a key that was exported and read again signs SM2 under an empty user id, and only under that', () => {
    const again = createPrivateKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const signature = fixedForm(nodeSign('sm3', message, again))
    expect(national.verify(publicKey, message, signature)).toBe(false)
    expect(verifies(publicKey, message, signature)).toBe(false)
    // OpenSSL's SM2 as a third writing: with its user id ours accepts what it signs.
    expect(verifies(publicKey, message, signature, '')).toBe(true)
    expect(sm2Verify(sm2VerifyingKey(publicKey, ''), message, signature)).toBe(true)
  })
})

describe('SM2 agreement', () => {
  test('is SM3(x || y || Z || Z || 1) of the common point, with the smaller Z first', () => {
    const [one, other] = [national.createAgreementKeys(), national.createAgreementKeys()]
    const common = times(integer(one.privateKey), pointFrom(other.publicKey))!
    const owners = [one, other].map(({ publicKey }) => ownerDigest(publicKey, sm2.userId))
    owners.sort(Buffer.compare)
    const expected = sm3(bytes32(common.x), bytes32(common.y), ...owners, hex('00000001'))
    expect(toHex(national.agree(one.privateKey, other.publicKey))).toBe(toHex(expected))
    expect(toHex(national.agree(other.privateKey, one.publicKey))).toBe(toHex(expected))
  })

  test('refuses private keys outside 1 to n - 2', () => {
    const { publicKey } = national.createAgreementKeys()
    for (const scalar of [0n, ORDER - 1n, ORDER, 2n ** 256n - 1n]) {
      expect(() => national.agree(bytes32(scalar), publicKey)).toThrow(outOfRange)
      expect(() => national.sign(bytes32(scalar), hex('00'))).toThrow(outOfRange)
    }
    expect(() => national.agree(new Uint8Array(31).fill(1), publicKey)).toThrow(outOfRange)
  })
})

describe('SM4', () => {
  test('GB/T 32907 example 1, and the CTR examples of draft-ribose-cfrg-sm4', () => {
    const { key, plain, once } = sm4.block
    const ecb = createCipheriv('sm4-ecb', hex(key), null).setAutoPadding(false)
    expect(toHex(ecb.update(hex(plain)))).toBe(once)
    for (const vector of sm4.ctr) {
      const cipher = createCipheriv('sm4-ctr', hex(vector.key), hex(vector.counter))
      expect(toHex(cipher.update(hex(vector.plain)))).toBe(vector.cipher)
    }
  })

  test.runIf(process.env.YINXIN_FULL === '1')('GB/T 32907 example 2: a million times', () => {
    const { key, plain, million } = sm4.block
    const ecb = createCipheriv('sm4-ecb', hex(key), null).setAutoPadding(false)
    let block: Uint8Array = hex(plain)
    for (let i = 0; i < 1_000_000; i++) block = ecb.update(block)
    expect(toHex(block)).toBe(million)
  })

  /** HKDF-SM3 written out, for lengths beyond one block. */
  const expanded = (secret: Uint8Array, info: string, length: number) => {
    const hmac = (key: Uint8Array, ...parts: Uint8Array[]) =>
      createHmac('sm3', key).update(Buffer.concat(parts)).digest()
    const prk = hmac(new Uint8Array(32), secret)
    const first = hmac(prk, Buffer.from(info), Buffer.of(1))
    return Buffer.concat([first, hmac(prk, first, Buffer.from(info), Buffer.of(2))]).subarray(0, length)
  }

  test('the key stream is SM4 on counters that follow the first one', () => {
    const key = seededRandom('sm4 stream')(32)
    const start = expanded(key, 'yinxin sm4-ctr stream 1', 32)
    const first = integer(start.subarray(16))
    const counters = Buffer.concat(
      Array.from({ length: 100 }, (_, i) => bytes32((first + BigInt(i)) % 2n ** 128n).subarray(16)),
    )
    const ecb = createCipheriv('sm4-ecb', start.subarray(0, 16), null).setAutoPadding(false)
    expect(toHex(national.stream(key, 1600))).toBe(toHex(ecb.update(counters)))
  })

  test('keys that share either half have unrelated streams', () => {
    const one = seededRandom('halves')(32)
    const streams = [
      one,
      one.map((byte, at) => (at < 16 ? byte : byte ^ 1)),
      one.map((b, at) => (at ? b : b ^ 1)),
    ]
      .map((key) => national.stream(key, 4096))
      .map((bytes) => Array.from({ length: 256 }, (_, i) => toHex(bytes.subarray(16 * i, 16 * i + 16))))
    expect(new Set(streams.flat()).size).toBe(3 * 256)
  })

  test('sealing is SM4-CTR, then HMAC-SM3 over nonce, length, associated data and ciphertext', () => {
    const [key, nonce, plain] = [32, 12, 77].map((length) => seededRandom(`seal ${length}`)(length))
    const associated = Buffer.from('header')
    const keys = expanded(key, 'yinxin sm4-ctr hmac-sm3 1', 48)
    const counter = Buffer.concat([nonce, Buffer.alloc(4)])
    const body = createCipheriv('sm4-ctr', keys.subarray(0, 16), counter).update(plain)
    const tag = createHmac('sm3', keys.subarray(16))
      .update(Buffer.concat([nonce, hex('0000000000000006'), associated, body]))
      .digest()
    expect(national.seal(key, nonce, plain, associated).map(toHex)).toEqual([toHex(body), toHex(tag)])
  })

  test('bytes moved between associated data and ciphertext are another message', () => {
    const [key, nonce] = [32, 12].map((length) => seededRandom(`moved ${length}`)(length))
    const sealed = Buffer.concat(national.seal(key, nonce, hex('0102030405060708'), hex('a1a2a3a4')))
    const moved = () =>
      national.open(key, nonce, sealed.subarray(2), Buffer.concat([hex('a1a2a3a4'), sealed.subarray(0, 2)]))
    expect(moved).toThrow(expect.objectContaining({ code: 'YX_ENGINE_SEAL_REFUSED' }))
  })
})
