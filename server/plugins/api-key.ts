/** API keys of institutions: `yx_<prefix>_<secret>`. Only the sha256 is kept; the secret has 256 random bits, so no salt is needed. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { AccessStore } from '../store/index.ts'

/** What a key may ask for. */
export const SCOPES = ['scores:read', 'whitelist:read', 'snapshots:read'] as const
export type Scope = (typeof SCOPES)[number]

/** Who asks, once the key has been checked. */
export interface Institution {
  readonly name: string
  readonly keyPrefix: string
  readonly scopes: readonly string[]
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null while nobody, or nobody with a valid key, asks. */
    institution: Institution | null
  }
}

const KEY = /^yx_([a-z2-7]{8})_[A-Za-z0-9_-]{43}$/
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'
const PREFIX_LENGTH = 8
const SECRET_BYTES = 32

const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest()
/** Compared with when there is no such key, so that an unknown prefix takes as long as a wrong secret. */
const NOBODY = hashOf('')

/**
 * Makes a key and keeps its hash.
 * @param random uniform bytes of the given number
 * @returns the key; it cannot be had again
 * @throws KeyPrefixTaken
 */
export async function issueApiKey(
  access: AccessStore,
  random: (bytes: number) => Uint8Array,
  { institution, scopes }: { institution: string; scopes: readonly Scope[] },
): Promise<string> {
  const prefix = Array.from(random(PREFIX_LENGTH), (byte) => BASE32[byte & 31]).join('')
  const key = `yx_${prefix}_${Buffer.from(random(SECRET_BYTES)).toString('base64url')}`
  await access.addApiKey({ prefix, hash: hashOf(key).toString('hex'), institution, scopes })
  return key
}

/** Checks the text of an Authorization header. @returns null unless it holds a valid, unrevoked key */
export async function authenticate(
  access: AccessStore,
  header: string | undefined,
): Promise<Institution | null> {
  const key = /^Bearer (\S+)$/i.exec(header ?? '')?.[1]
  const prefix = KEY.exec(key ?? '')?.[1]
  if (key === undefined || prefix === undefined) return null
  const record = await access.findApiKey(prefix)
  const known = record ? Buffer.from(record.hash, 'hex') : NOBODY
  if (!timingSafeEqual(hashOf(key), known) || !record || record.revokedAt) return null
  return { name: record.institution, keyPrefix: prefix, scopes: record.scopes }
}

/** Fills `request.institution`; it refuses nobody, that is the release gate's part. */
export function installApiKeys(app: FastifyInstance, access: AccessStore): void {
  app.decorateRequest('institution', null)
  app.addHook('onRequest', async (request) => {
    request.institution = await authenticate(access, request.headers.authorization)
  })
}
