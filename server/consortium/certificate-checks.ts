/** What a node checks of certificates with the platform's own means; nothing is issued here. */
import { createHash, createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'

/** Hex sha256 of a certificate, as tokens and `consortium.json` name the authority. Null for what is none. */
export function fingerprintOfCertificate(pem: string): string | null {
  try {
    return createHash('sha256').update(new X509Certificate(pem).raw).digest('hex')
  } catch {
    return null
  }
}

/** Hex sha256 of a public key (SubjectPublicKeyInfo), as the member list names it. */
export const hashOfKey = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex')

/** Public half of a private key, DER. */
export const publicOfPrivate = (pem: string): Uint8Array =>
  createPublicKey(createPrivateKey(pem)).export({ type: 'spki', format: 'der' })

/** Why a certificate is not the one that the office issued to a member for its key; null where it is. */
export function faultOfCertificate(
  pem: string,
  expected: { readonly authority: string; readonly name: string; readonly publicKey: Uint8Array },
): string | null {
  try {
    const certificate = new X509Certificate(pem)
    const authority = new X509Certificate(expected.authority)
    const own = certificate.publicKey.export({ type: 'spki', format: 'der' })
    if (!own.equals(expected.publicKey)) return 'the certificate is for another key'
    if (!certificate.verify(authority.publicKey)) return 'the authority did not sign the certificate'
    const { CN } = certificate.toLegacyObject().subject as { CN?: unknown }
    return CN === expected.name ? null : 'the certificate is for another name'
  } catch {
    return 'the certificate cannot be read'
  }
}
