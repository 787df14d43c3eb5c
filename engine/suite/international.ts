import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { engineErrors } from '../errors.ts'
import type { KeyPair, Suite } from './suite.ts'

// The fixed DER prefixes that turn 32 raw bytes into a SubjectPublicKeyInfo (RFC 8410).
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex')
const X25519_SPKI = Buffer.from('302a300506032b656e032100', 'hex')
const GCM_TAG = 16

const zeros = { bytes: new Uint8Array(0) }

/** A zero buffer of at least `length` bytes, reused: it is only ever read, as the input of a stream cipher. */
function zeroBytes(length: number): Uint8Array {
  if (zeros.bytes.length < length) zeros.bytes = new Uint8Array(length)
  return zeros.bytes.subarray(0, length)
}

/** Parsed keys by their bytes: a member's few keys sign and verify every message. */
const parsedKeys = new Map<string, KeyObject>()
const MOST_PARSED = 1000

function parsed(kind: string, bytes: Uint8Array, parse: () => KeyObject): KeyObject {
  const name = `${kind} ${Buffer.from(bytes).toString('base64')}`
  let key = parsedKeys.get(name)
  if (!key) {
    key = parse()
    if (parsedKeys.size >= MOST_PARSED) parsedKeys.clear()
    parsedKeys.set(name, key)
  }
  return key
}

const publicFrom = (prefix: Buffer, raw: Uint8Array): KeyObject =>
  parsed(`public ${prefix.length} ${prefix[8]}`, raw, () =>
    createPublicKey({ key: Buffer.concat([prefix, raw]), format: 'der', type: 'spki' }),
  )
const privateFrom = (der: Uint8Array): KeyObject =>
  parsed('private', der, () => createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' }))

function newKeys(kind: 'ed25519' | 'x25519'): KeyPair {
  const pair = kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519')
  const publicDer = pair.publicKey.export({ type: 'spki', format: 'der' })
  return {
    publicKey: new Uint8Array(publicDer.subarray(ED25519_SPKI.length)),
    privateKey: new Uint8Array(pair.privateKey.export({ type: 'pkcs8', format: 'der' })),
  }
}

/** X25519 (RFC 7748), Ed25519 (RFC 8032), SHA-256, HKDF-SHA256 (RFC 5869), AES-256-CTR streams, AES-256-GCM sealing. */
export const international: Suite = {
  name: 'international',
  hash(...parts) {
    const hash = createHash('sha256')
    for (const part of parts) hash.update(part)
    return new Uint8Array(hash.digest())
  },
  derive(secret, label) {
    return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), label, 32))
  },
  stream(key, length) {
    const cipher = createCipheriv('aes-256-ctr', key, new Uint8Array(16))
    return cipher.update(zeroBytes(length))
  },
  createSigningKeys: () => newKeys('ed25519'),
  createAgreementKeys: () => newKeys('x25519'),
  sign(privateKey, message) {
    return new Uint8Array(sign(null, message, privateFrom(privateKey)))
  },
  verify(publicKey, message, signature) {
    if (publicKey.length !== 32 || signature.length !== 64) return false
    return verify(null, message, publicFrom(ED25519_SPKI, publicKey), signature)
  },
  agree(privateKey, publicKey) {
    try {
      return new Uint8Array(
        diffieHellman({ privateKey: privateFrom(privateKey), publicKey: publicFrom(X25519_SPKI, publicKey) }),
      )
    } catch {
      // A point of small order gives a secret that everybody knows; OpenSSL refuses it (RFC 7748 section 6.1).
      throw new engineErrors.OutOfRange(
        'an agreement key',
        '32 bytes of an X25519 key, no point of small order',
      )
    }
  },
  seal(key, nonce, plain, associated) {
    const cipher = createCipheriv('aes-256-gcm', key, nonce)
    cipher.setAAD(associated)
    const body = cipher.update(plain)
    cipher.final()
    const sealed = new Uint8Array(body.length + GCM_TAG)
    sealed.set(body)
    sealed.set(cipher.getAuthTag(), body.length)
    return sealed
  },
  open(key, nonce, sealed, associated) {
    if (sealed.length < GCM_TAG) throw new engineErrors.SealedEnvelopeRefused()
    const decipher = createDecipheriv('aes-256-gcm', key, nonce)
    decipher.setAAD(associated)
    decipher.setAuthTag(sealed.subarray(sealed.length - GCM_TAG))
    const plain = decipher.update(sealed.subarray(0, sealed.length - GCM_TAG))
    try {
      decipher.final()
    } catch {
      throw new engineErrors.SealedEnvelopeRefused()
    }
    return plain
  },
}
