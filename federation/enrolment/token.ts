/**
 * The one-time token with which a member enrols: what it must know to trust the office and the platform, and a secret that lets
 * the office trust it. `yxi1` and base64url of a checksummed JSON array; white space in it does no harm.
 */
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { SUITE_NAMES, type SuiteName, suiteNamed } from '../../engine/index.ts'
import { ROLE_NAMES, type RoleName } from '../member.ts'
import { isMemberName, type PinnedRoot } from '../member-list.ts'
import { exactText, parseExact } from '../messages/exact-json.ts'
import { enrolmentErrors } from './errors.ts'

const PREFIX = 'yxi1'
const CHECKSUM_BYTES = 8
const MOST_CHARACTERS = 8192

/** Who is invited as what. */
export interface Invited {
  readonly name: string
  readonly role: RoleName
  /** Collected from public registers: does not count towards the least number of providers. */
  readonly publicData: boolean
}

export interface EnrolmentToken extends PinnedRoot, Invited {
  /** Address of the platform. */
  readonly platform: string
  /** Hex sha256 of the certificate of the transport authority. */
  readonly authority: string
  /** Names the token, 16 bytes in hex. */
  readonly id: string
  /** 32 bytes in hex; known to the invited member and, as a key derived from it, to the office. */
  readonly secret: string
  /** Instant as `Date.toISOString` writes it. */
  readonly expires: string
}

const Text = Type.String({ minLength: 1, maxLength: 512 })
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' })
const check = Compile(
  Type.Tuple([
    Text,
    Type.Union(SUITE_NAMES.map((name) => Type.Literal(name))),
    Type.String({ pattern: '^([0-9a-f]{2}){32,65}$' }),
    Type.String({ pattern: '^https?://', maxLength: 512 }),
    Hash,
    Text,
    Type.Union(ROLE_NAMES.map((name) => Type.Literal(name))),
    Type.Boolean(),
    Type.String({ pattern: '^[0-9a-f]{32}$' }),
    Hash,
    Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' }),
  ]),
)
type Fields = readonly [
  string,
  SuiteName,
  string,
  string,
  string,
  string,
  RoleName,
  boolean,
  string,
  string,
  string,
]

const checksumOf = (payload: Uint8Array): Uint8Array =>
  suiteNamed('international').hash(Buffer.from('yinxin token 1\n'), payload).subarray(0, CHECKSUM_BYTES)

/** The text that the office hands over. */
export function encodeToken(token: EnrolmentToken): string {
  const { consortium, suite, rootKey, platform, authority } = token
  const { name, role, publicData, id, secret, expires } = token
  const fields: Fields = [
    ...([consortium, suite, rootKey, platform, authority] as const),
    ...([name, role, publicData, id, secret, expires] as const),
  ]
  const payload = Buffer.from(JSON.stringify(fields), 'utf8')
  return PREFIX + Buffer.concat([checksumOf(payload), payload]).toString('base64url')
}

/** @throws TokenMalformed; its text repeats nothing of the token */
export function decodeToken(text: string): EnrolmentToken {
  const refuse = (why: string) => new enrolmentErrors.TokenMalformed(why)
  const packed = text.replace(/\s+/g, '')
  if (packed.length > MOST_CHARACTERS) throw refuse('it is too long')
  if (!packed.startsWith(PREFIX)) throw refuse('it does not begin with "yxi1"')
  const bytes = Buffer.from(packed.slice(PREFIX.length), 'base64url')
  if (bytes.toString('base64url') !== packed.slice(PREFIX.length))
    throw refuse('a character does not belong there')
  const payload = bytes.subarray(CHECKSUM_BYTES)
  if (!bytes.subarray(0, CHECKSUM_BYTES).equals(checksumOf(payload)))
    throw refuse('its checksum does not fit; a character is missing or wrong')
  let fields: unknown
  try {
    fields = parseExact(exactText(payload))
  } catch {
    throw refuse('its content cannot be read')
  }
  if (!check.Check(fields)) throw refuse('it was made by another version')
  const [consortium, suite, rootKey, platform, authority, name, role, publicData, id, secret, expires] =
    fields as unknown as Fields
  if (!isMemberName(name)) throw refuse('it names a member as no member may be named')
  return { consortium, suite, rootKey, platform, authority, name, role, publicData, id, secret, expires }
}

/** @throws TokenExpired */
export function assertTokenInTime({ name, expires }: EnrolmentToken, now: Date): void {
  if (now.getTime() > Date.parse(expires)) throw new enrolmentErrors.TokenExpired(name, expires)
}

/** Hex of the key that authenticates a request: the office keeps it in the place of the secret. */
export function requestKeyOf({ suite, id, secret }: Pick<EnrolmentToken, 'suite' | 'id' | 'secret'>): string {
  const key = suiteNamed(suite).derive(Buffer.from(secret, 'hex'), `yinxin enrolment 1\n${id}`)
  return Buffer.from(key).toString('hex')
}
