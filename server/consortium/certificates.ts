/**
 * X.509 for the transport between members and platform: the office's authority, a member's key and request, the certificate
 * that the office issues. ECDSA over P-256 under both suites, because TLS clients everywhere have it; what travels inside is
 * signed and sealed by the suite of the consortium.
 */
import 'reflect-metadata'
import { createPrivateKey, createPublicKey, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY_MS = 86_400_000
/** Browsers and libraries refuse certificates of servers that live longer. */
export const CERTIFICATE_DAYS = 397
const AUTHORITY_DAYS = 3653
/** Clocks of members differ a little. */
const BACKDATE_MS = 3_600_000

x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0])

export interface Authority {
  /** PEM. */
  readonly certificate: string
  readonly key: string
}

const pemOfKey = async (key: webcrypto.CryptoKey): Promise<string> => {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({
    type: 'pkcs8',
    format: 'pem',
  }) as string
}

const keyOfPem = (pem: string): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey(
    'pkcs8',
    createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' }),
    ALGORITHM,
    false,
    ['sign'],
  )

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>

/** A name in a certificate; the form takes any text, separators included. */
const commonName = (name: string): x509.JsonName => [{ CN: [name] }]

/** Makes the office's transport authority: ten years, for certificates of members only. */
export async function createAuthority(now: Date): Promise<Authority> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: commonName('Yinxin consortium authority'),
    keys: keys as never,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(now.getTime() - BACKDATE_MS),
    notAfter: new Date(now.getTime() + AUTHORITY_DAYS * DAY_MS),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey as never),
    ],
  })
  return { certificate: `${certificate.toString('pem')}\n`, key: await pemOfKey(keys.privateKey) }
}

/** A member's new transport key and its request, base64 of the DER. */
export async function createCertificateRequest(name: string): Promise<{ key: string; request: string }> {
  const keys = await newKeys()
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: commonName(name),
    keys: keys as never,
    signingAlgorithm: ALGORITHM,
  })
  return { key: await pemOfKey(keys.privateKey), request: request.toString('base64') }
}

/** The public key of a request whose own signature holds, as DER; null for any other text. */
export async function keyOfRequest(request: string): Promise<Uint8Array | null> {
  try {
    const parsed = new x509.Pkcs10CertificateRequest(Buffer.from(request, 'base64'))
    if (!(await parsed.verify())) return null
    const der = Buffer.from(parsed.publicKey.rawData)
    const { asymmetricKeyType, asymmetricKeyDetails } = createPublicKey({
      key: der,
      format: 'der',
      type: 'spki',
    })
    return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1' ? der : null
  } catch {
    return null
  }
}

/**
 * Issues a member's certificate for client and server: its name as the office knows it, nothing else of its request.
 * @param publicKey DER of the member's transport key
 * @param hosts names and addresses under which the member listens; the platform alone does
 */
export async function issueCertificate(
  { certificate, key }: Authority,
  member: { readonly name: string; readonly publicKey: Uint8Array; readonly hosts: readonly string[] },
  now: Date,
): Promise<string> {
  const issuer = new x509.X509Certificate(certificate)
  const publicKey = await webcrypto.subtle.importKey('spki', Buffer.from(member.publicKey), ALGORITHM, true, [
    'verify',
  ])
  const names = member.hosts.map((host) => ({
    type: /^[\d.]+$|:/.test(host) ? ('ip' as const) : ('dns' as const),
    value: host.replace(/^\[|\]$/g, ''),
  }))
  const issued = await x509.X509CertificateGenerator.create({
    subject: commonName(member.name),
    issuer: issuer.subjectName.toJSON(),
    publicKey: publicKey as never,
    signingKey: (await keyOfPem(key)) as never,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(now.getTime() - BACKDATE_MS),
    notAfter: new Date(now.getTime() + CERTIFICATE_DAYS * DAY_MS),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.clientAuth,
        x509.ExtendedKeyUsage.serverAuth,
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  })
  return `${issued.toString('pem')}\n`
}
