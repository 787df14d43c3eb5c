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
import { assertSealing, KEY_BYTES } from './lengths.ts'
import { parsedKeys } from './parsed-keys.ts'
import { isSmallOrder } from './small-order.ts'
import type { KeyPair, Suite } from './suite.ts'
import { zeroBytes } from './zero-bytes.ts'

// The fixed DER prefixes that turn 32 raw bytes into a SubjectPublicKeyInfo (RFC 8410).
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex')
const X25519_SPKI = Buffer.from('302a300506032b656e032100', 'hex')
const PUBLIC_BYTES = 32
const SIGNATURE_BYTES = 64
const TAG = 16
const SEALING = 'chacha20-poly1305'

/** @throws RangeError for other than 32 bytes: the parser of DER would not mind bytes behind the key */
function publicFrom(prefix: Buffer, raw: Uint8Array): KeyObject {
  if (raw.length !== PUBLIC_BYTES) throw new RangeError('not a public key')
  return createPublicKey({ key: Buffer.concat([prefix, raw]), format: 'der', type: 'spki' })
}
/** Null for a key under which anybody can sign. */
const verifyingKey = parsedKeys((raw) => (isSmallOrder(raw) ? null : publicFrom(ED25519_SPKI, raw)))
const agreementKey = parsedKeys((raw) => publicFrom(X25519_SPKI, raw))
const privateFrom = parsedKeys((der) =>
  createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' }),
)

function newKeys(kind: 'ed25519' | 'x25519'): KeyPair {
  const pair = kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519')
  const publicDer = pair.publicKey.export({ type: 'spki', format: 'der' })
  return {
    publicKey: new Uint8Array(publicDer.subarray(ED25519_SPKI.length)),
    privateKey: new Uint8Array(pair.privateKey.export({ type: 'pkcs8', format: 'der' })),
  }
}

/**
 * X25519 (RFC 7748), Ed25519 (RFC 8032), SHA-256, HKDF-SHA256 (RFC 5869), AES-256-CTR streams, ChaCha20-Poly1305 sealing
 * (RFC 8439). Public keys are 32 bytes, private keys PKCS#8.
 */
export const international: Suite = {
  name: 'international',
  hash(...parts) {
    const hash = createHash('sha256')
    for (const part of parts) hash.update(part)
    return new Uint8Array(hash.digest())
  },
  derive(secret, label) {
    return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), label, KEY_BYTES))
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
    if (publicKey.length !== PUBLIC_BYTES || signature.length !== SIGNATURE_BYTES) return false
    const key = verifyingKey(publicKey)
    return key !== null && verify(null, message, key, signature)
  },
  agree(privateKey, publicKey) {
    try {
      return new Uint8Array(
        diffieHellman({ privateKey: privateFrom(privateKey), publicKey: agreementKey(publicKey) }),
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
    assertSealing(key, nonce)
    const cipher = createCipheriv(SEALING, key, nonce, { authTagLength: TAG })
    cipher.setAAD(associated, { plaintextLength: plain.length })
    const body = cipher.update(plain)
    cipher.final()
    return [body, cipher.getAuthTag()]
  },
  open(key, nonce, sealed, associated) {
    assertSealing(key, nonce)
    if (sealed.length < TAG) throw new engineErrors.SealedEnvelopeRefused()
    const length = sealed.length - TAG
    const decipher = createDecipheriv(SEALING, key, nonce, { authTagLength: TAG })
    decipher.setAAD(associated, { plaintextLength: length })
    decipher.setAuthTag(sealed.subarray(length))
    const plain = decipher.update(sealed.subarray(0, length))
    try {
      decipher.final()
    } catch {
      throw new engineErrors.SealedEnvelopeRefused()
    }
    return plain
  },
}
