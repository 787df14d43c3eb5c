/** What a backup of the key holder holds: its files of keys, byte for byte, and the public keys that they belong to. */
import { basename } from 'node:path'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { fingerprintOf, holdsKeysOf, type Identity, type SuiteName } from '../../federation/index.ts'

/** Name of the identity among the files. */
export const IDENTITY_FILE = 'identity.json'

export interface KeptSecret {
  /** Text of each file by its name. */
  readonly files: Readonly<Record<string, string>>
  readonly signKey: string
  readonly agreeKey: string
}

/** Keys are short; nothing that unpacks to more is one of ours. */
const MOST_BYTES = 100_000

export const packSecret = (secret: KeptSecret): Uint8Array =>
  new Uint8Array(deflateRawSync(JSON.stringify(secret), { level: 9 }))

export const unpackSecret = (bytes: Uint8Array): KeptSecret =>
  JSON.parse(inflateRawSync(bytes, { maxOutputLength: MOST_BYTES }).toString('utf8')) as KeptSecret

/** Whether the private keys in a secret are those of the public keys that a fingerprint names, and its file names plain. */
export function isSecretOf(secret: KeptSecret, suite: SuiteName, fingerprint: Uint8Array): boolean {
  const { files, ...keys } = secret
  const identity = JSON.parse(files[IDENTITY_FILE] ?? 'null') as Identity | null
  return (
    identity !== null &&
    Object.keys(files).every((name) => name === basename(name)) &&
    Buffer.from(fingerprintOf(suite, keys)).equals(fingerprint) &&
    holdsKeysOf(suite, identity, keys)
  )
}
