/**
 * The member list as the consortium's office signs it. A node believes it by the office's root key, which it pinned when it
 * was enrolled, wherever the list comes from: the platform that passes it on cannot change a key in it.
 */
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { SUITE_NAMES, type Suite, type SuiteName, suiteNamed } from '../engine/index.ts'
import { enrolmentErrors } from './enrolment/errors.ts'
import { KEY_HOLDER, type Member, type MemberList, PLATFORM, ROLE_NAMES } from './member.ts'

export const MEMBER_LIST_FORMAT = 'yinxin/member-list/1'
const SIGNED_AS = Buffer.from('yinxin member list 1\n')

/** What a node pins of its consortium when it is enrolled. */
export interface PinnedRoot {
  readonly consortium: string
  readonly suite: SuiteName
  /** Hex of the public key that signs member lists. */
  readonly rootKey: string
}

export interface VersionedList extends MemberList {
  readonly format: typeof MEMBER_LIST_FORMAT
  readonly version: number
  /** Instant as `Date.toISOString` writes it. */
  readonly issued: string
}

export interface SignedMemberList {
  readonly list: VersionedList
  /** Hex. */
  readonly signature: string
}

/** What names one list among all of a consortium. */
export interface MemberListIdentity {
  readonly version: number
  /** Hash of what was signed, in hex. */
  readonly digest: string
}

/** Names stand in file names, in certificates and between line ends in what is signed. */
export const MEMBER_NAME = '^[\\p{L}\\p{N}][\\p{L}\\p{N}._-]{0,63}$'
const NAME = new RegExp(MEMBER_NAME, 'u')
export const isMemberName = (name: string): boolean => NAME.test(name)

const Key = Type.String({ pattern: '^([0-9a-f]{2}){32,65}$' })
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' })
const Instant = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' })
const strict = { additionalProperties: false }
const PreviousForm = Type.Object(
  { signKey: Key, agreeKey: Key, tlsKey: Type.Optional(Hash), until: Instant },
  strict,
)
/** Fields of a member in the order in which they are signed. */
const MemberForm = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 128 }),
    role: Type.Union(ROLE_NAMES.map((role) => Type.Literal(role))),
    signKey: Key,
    agreeKey: Key,
    publicData: Type.Boolean(),
    auditedOccupancy: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_536 })),
    tlsKey: Type.Optional(Hash),
    previous: Type.Optional(
      Type.Array(PreviousForm, {
        minItems: 1,
        maxItems: 8,
      }),
    ),
  },
  strict,
)
const signedForm = Compile(
  Type.Object(
    {
      list: Type.Object(
        {
          format: Type.Literal(MEMBER_LIST_FORMAT),
          consortium: Type.String({ minLength: 1, maxLength: 128 }),
          suite: Type.Union(SUITE_NAMES.map((name) => Type.Literal(name))),
          version: Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 }),
          issued: Instant,
          members: Type.Array(MemberForm, { maxItems: 1000 }),
        },
        strict,
      ),
      signature: Type.String({ pattern: '^[0-9a-f]{128}$' }),
    },
    strict,
  ),
)

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

/** One member in the form that is signed: fields in their order, nothing else. */
function memberForm({ name, role, signKey, agreeKey, publicData, ...more }: Member): Member {
  const { auditedOccupancy, tlsKey, previous } = more
  return {
    ...{ name, role, signKey, agreeKey, publicData },
    ...(auditedOccupancy !== undefined && { auditedOccupancy }),
    ...(tlsKey !== undefined && { tlsKey }),
    ...(previous !== undefined && {
      previous: previous.map(({ signKey, agreeKey, tlsKey: old, until }) => ({
        ...{ signKey, agreeKey },
        ...(old !== undefined && { tlsKey: old }),
        until,
      })),
    }),
  }
}

/** A list in the one form that is signed: members sorted by name. */
function canonical({
  consortium,
  suite,
  version,
  issued,
  members,
}: Omit<VersionedList, 'format'>): VersionedList {
  const sorted = [...members].sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    ...{ format: MEMBER_LIST_FORMAT, consortium, suite, version, issued },
    members: sorted.map(memberForm),
  }
}

const digestOf = (suite: Suite, list: VersionedList): Uint8Array =>
  suite.hash(SIGNED_AS, Buffer.from(JSON.stringify(list), 'utf8'))

/** Signs a list with the office's root key. @throws MemberListMalformed for one that nobody would accept */
export function signMemberList(
  rootPrivate: Uint8Array,
  content: Omit<VersionedList, 'format'>,
): SignedMemberList {
  const list = canonical(content)
  const suite = suiteNamed(list.suite)
  const signed = { list, signature: hex(suite.sign(rootPrivate, digestOf(suite, list))) }
  checkForm(signed)
  return signed
}

/**
 * Proves a list that came from anywhere.
 * @throws MemberListMalformed, MemberListForeign, MemberListSignature
 */
export function verifyMemberList(root: PinnedRoot, value: unknown): SignedMemberList {
  const signed = checkForm(value)
  const { list, signature } = signed
  if (list.consortium !== root.consortium || list.suite !== root.suite)
    throw new enrolmentErrors.MemberListForeign(
      ...[list, root].map((of) => `"${of.consortium}" (${of.suite} suite)`),
    )
  const suite = suiteNamed(root.suite)
  if (!suite.verify(fromHex(root.rootKey), digestOf(suite, list), fromHex(signature)))
    throw new enrolmentErrors.MemberListSignature(list.version)
  return signed
}

export function identityOfList({ list }: SignedMemberList): MemberListIdentity {
  return { version: list.version, digest: hex(digestOf(suiteNamed(list.suite), list)) }
}

/**
 * Whether a proven list may follow the newest one accepted.
 * @returns false for the very list that was accepted
 * @throws MemberListRolledBack, MemberListForked
 */
export function followsList(accepted: MemberListIdentity | null, next: SignedMemberList): boolean {
  const { version, digest } = identityOfList(next)
  if (accepted === null || version > accepted.version) return true
  if (version < accepted.version) throw new enrolmentErrors.MemberListRolledBack(version, accepted.version)
  if (digest !== accepted.digest) throw new enrolmentErrors.MemberListForked(version)
  return false
}

/** @throws MemberListMalformed */
function checkForm(value: unknown): SignedMemberList {
  const refuse = (why: string) => new enrolmentErrors.MemberListMalformed(why)
  if (!signedForm.Check(value)) {
    const [fault] = signedForm.Errors(value)
    throw refuse(`${fault?.instancePath || '/'} ${fault?.message}`)
  }
  const signed = value as SignedMemberList
  const { list } = signed
  if (JSON.stringify(list) !== JSON.stringify(canonical(list)))
    throw refuse('it is not in the one form that is signed')
  const names = new Set<string>()
  const keys = new Set<string>()
  for (const { name, role, signKey, agreeKey, previous = [] } of list.members) {
    if (!isMemberName(name)) throw refuse('a name that no member may have')
    if (names.has(name)) throw refuse(`${name} stands there twice`)
    names.add(name)
    if ((role === 'platform') !== (name === PLATFORM) || (role === 'keyholder') !== (name === KEY_HOLDER))
      throw refuse(`the roles platform and keyholder belong to the members of these names, not to ${name}`)
    for (const key of [signKey, agreeKey, ...previous.flatMap((old) => [old.signKey, old.agreeKey])]) {
      if (keys.has(key)) throw refuse(`a key of ${name} stands there twice`)
      keys.add(key)
    }
  }
  return signed
}
