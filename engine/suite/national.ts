import { createCipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { engineErrors } from '../errors.ts'
import { assertSealing, KEY_BYTES } from './lengths.ts'
import { parsedKeys } from './parsed-keys.ts'
import { createSm2Keys, sm2Agree, sm2Sign, sm2SigningKey, sm2Verify, sm2VerifyingKey } from './sm2.ts'
import type { Suite } from './suite.ts'
import { zeroBytes } from './zero-bytes.ts'

const SM4_BLOCK = 16
const TAG = 32

const signingKey = parsedKeys((bytes) => sm2SigningKey(bytes))
const verifyingKey = parsedKeys((bytes) => sm2VerifyingKey(bytes))

const derived = (secret: Uint8Array, label: string, length: number): Uint8Array =>
  new Uint8Array(hkdfSync('sm3', secret, new Uint8Array(0), label, length))

/** Independent keys for encryption and for the tag, from the one key of a sealed message. */
function sealingKeys(key: Uint8Array): { cipher: Uint8Array; tag: Uint8Array } {
  const bytes = derived(key, 'yinxin sm4-ctr hmac-sm3 1', SM4_BLOCK + TAG)
  return { cipher: bytes.subarray(0, SM4_BLOCK), tag: bytes.subarray(SM4_BLOCK) }
}

/** SM4-CTR from block 0 of a nonce: encrypts and decrypts. */
function crypt(key: Uint8Array, nonce: Uint8Array, bytes: Uint8Array): Uint8Array {
  const counter = new Uint8Array(SM4_BLOCK)
  counter.set(nonce)
  return createCipheriv('sm4-ctr', key, counter).update(bytes)
}

/** HMAC-SM3 of nonce, length of the associated data, associated data, ciphertext: no two inputs run into the same bytes. */
function tagOf(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, body: Uint8Array): Buffer {
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt(associated.length))
  return createHmac('sm3', key).update(nonce).update(length).update(associated).update(body).digest()
}

/**
 * SM2 (GB/T 32918), SM3 (GB/T 32905), HKDF over HMAC-SM3, SM4-CTR streams (GB/T 32907, GB/T 17964), sealing by SM4-CTR then
 * HMAC-SM3 over the ciphertext. Public keys are 65 bytes, private keys 32.
 */
export const national: Suite = {
  name: 'national',
  hash(...parts) {
    const hash = createHash('sm3')
    for (const part of parts) hash.update(part)
    return new Uint8Array(hash.digest())
  },
  derive: (secret, label) => derived(secret, label, KEY_BYTES),
  stream(key, length) {
    // SM4 takes half of the key's bytes: key and first counter both come from all of them.
    const start = derived(key, 'yinxin sm4-ctr stream 1', 2 * SM4_BLOCK)
    const cipher = createCipheriv('sm4-ctr', start.subarray(0, SM4_BLOCK), start.subarray(SM4_BLOCK))
    return cipher.update(zeroBytes(length))
  },
  createSigningKeys: createSm2Keys,
  createAgreementKeys: createSm2Keys,
  sign: (privateKey, message) => sm2Sign(signingKey(privateKey), message),
  verify(publicKey, message, signature) {
    try {
      return sm2Verify(verifyingKey(publicKey), message, signature)
    } catch (fault) {
      if (fault instanceof engineErrors.OutOfRange) return false
      throw fault
    }
  },
  agree: sm2Agree,
  seal(key, nonce, plain, associated) {
    assertSealing(key, nonce)
    const keys = sealingKeys(key)
    const body = crypt(keys.cipher, nonce, plain)
    return [body, tagOf(keys.tag, nonce, associated, body)]
  },
  open(key, nonce, sealed, associated) {
    assertSealing(key, nonce)
    if (sealed.length < TAG) throw new engineErrors.SealedEnvelopeRefused()
    const keys = sealingKeys(key)
    const body = sealed.subarray(0, sealed.length - TAG)
    const tag = sealed.subarray(sealed.length - TAG)
    if (!timingSafeEqual(tag, tagOf(keys.tag, nonce, associated, body))) {
      throw new engineErrors.SealedEnvelopeRefused()
    }
    return crypt(keys.cipher, nonce, body)
  },
}
