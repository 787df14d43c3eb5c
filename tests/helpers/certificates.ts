/** Certificates for tests, issued as the office of a consortium issues them. */
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hashOfKey } from '../../server/consortium/certificate-checks.ts'
import {
  type Authority,
  createAuthority,
  createCertificateRequest,
  issueCertificate,
  keyOfRequest,
} from '../../server/consortium/certificates.ts'
import type { TlsMaterial } from '../../server/transport/tls-files.ts'

const DAY_MS = 86_400_000
/** Certificates live shorter than this, authorities longer. */
const LONG_AGO_MS = 500 * DAY_MS

export const newAuthority = (): Promise<Authority> => createAuthority(new Date(Date.now() - 2 * LONG_AGO_MS))

export interface Issue {
  readonly name: string
  readonly authority: Authority
  /** Under which a platform is called. */
  readonly hosts?: readonly string[]
  /** When it was issued; long ago for one that has expired. */
  readonly at?: Date
  /** The authority whose certificates the holder believes, if it is not its own. */
  readonly believes?: Authority
}

export const longAgo = (): Date => new Date(Date.now() - LONG_AGO_MS)
export const soon = (): Date => new Date(Date.now() + 30 * DAY_MS)

/** A key and its certificate, with the authority that its holder believes. */
export async function issue({
  name,
  authority,
  hosts = [],
  at,
  believes,
}: Issue): Promise<TlsMaterial & { readonly tlsKey: string }> {
  const { key, request } = await createCertificateRequest(name)
  const publicKey = (await keyOfRequest(request))!
  const cert = await issueCertificate(authority, { name, publicKey, hosts }, at ?? new Date())
  return { cert, key, ca: (believes ?? authority).certificate, tlsKey: hashOfKey(publicKey) }
}

/** Files as a configuration names them; each is replaced whole. */
export async function writeMaterial(folder: string, { cert, key, ca }: TlsMaterial) {
  const config = { certificate: 'node.crt', key: 'node.key', authority: 'authority.crt' }
  await mkdir(folder, { recursive: true })
  for (const [file, text] of Object.entries({ 'node.crt': cert, 'node.key': key, 'authority.crt': ca })) {
    await writeFile(join(folder, `${file}.new`), text)
    await rename(join(folder, `${file}.new`), join(folder, file))
  }
  return config
}
