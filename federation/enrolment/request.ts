/**
 * What a member asks of the office: to be enrolled with the keys that it made, or to have its keys replaced. The private
 * keys stay where they were made; a request is authenticated by the token's secret or by the keys that it replaces, so that
 * whoever carries it, the platform included, cannot put keys of its own into it.
 */
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { type SuiteName, suiteNamed } from '../../engine/index.ts'
import type { Enrolled, Identity, Member } from '../member.ts'
import { enrolmentErrors } from './errors.ts'
import { type EnrolmentToken, type Invited, requestKeyOf } from './token.ts'

export const ENROLMENT_FORMAT = 'yinxin/enrolment-request/1'
export const ROTATION_FORMAT = 'yinxin/rotation-request/1'

interface Content<F extends string> {
  readonly format: F
  readonly consortium: string
  readonly name: string
  readonly role: string
  readonly publicData: boolean
  readonly signKey: string
  readonly agreeKey: string
  /** Certificate request (PKCS#10), base64 of its DER. */
  readonly certificateRequest: string
  readonly created: string
  /** The token's id, or the signing key that is to be replaced. */
  readonly by: string
}

/** A request as it is carried. */
export interface MemberRequest {
  readonly request: Content<typeof ENROLMENT_FORMAT | typeof ROTATION_FORMAT>
  /** Signature by the new signing key, hex. */
  readonly proof: string
  /** Authentication code by the token's secret, or signature by the replaced key, hex. */
  readonly voucher: string
}

const Key = Type.String({ pattern: '^([0-9a-f]{2}){32,65}$' })
const Text = Type.String({ minLength: 1, maxLength: 128 })
const strict = { additionalProperties: false }
const check = Compile(
  Type.Object(
    {
      request: Type.Object(
        {
          format: Type.Union([Type.Literal(ENROLMENT_FORMAT), Type.Literal(ROTATION_FORMAT)]),
          consortium: Text,
          name: Text,
          role: Text,
          publicData: Type.Boolean(),
          signKey: Key,
          agreeKey: Key,
          certificateRequest: Type.String({ pattern: '^[A-Za-z0-9+/]+={0,2}$', maxLength: 4096 }),
          created: Text,
          by: Type.String({ pattern: '^([0-9a-f]{2}){16,65}$' }),
        },
        strict,
      ),
      proof: Type.String({ pattern: '^[0-9a-f]{128}$' }),
      voucher: Type.String({ pattern: '^([0-9a-f]{2}){32,64}$' }),
    },
    strict,
  ),
)

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

/** What all signatures and codes of a request are over. */
const textOf = (request: MemberRequest['request']): string => JSON.stringify(request)
const proofBytes = (request: MemberRequest['request']): Uint8Array =>
  Buffer.from(`yinxin request proof 1\n${textOf(request)}`, 'utf8')
const rotationBytes = (request: MemberRequest['request']): Uint8Array =>
  Buffer.from(`yinxin request rotation 1\n${textOf(request)}`, 'utf8')

/** HKDF under a label is a keyed function of it. */
function codeOf(suite: SuiteName, requestKey: string, request: MemberRequest['request']): string {
  const algorithms = suiteNamed(suite)
  const digest = hex(algorithms.hash(Buffer.from(textOf(request), 'utf8')))
  return hex(algorithms.derive(fromHex(requestKey), `yinxin request code 1\n${digest}`))
}

/** Compares in a time that does not depend on where the texts differ. */
function sameText(a: string, b: string): boolean {
  let different = a.length ^ b.length
  for (let at = 0; at < Math.min(a.length, b.length); at++) different |= a.charCodeAt(at) ^ b.charCodeAt(at)
  return different === 0
}

/** The request of an invited member, with the keys that it made. */
export function enrolmentRequest(
  token: EnrolmentToken,
  { identity, member }: Enrolled,
  certificateRequest: string,
  now: Date,
): MemberRequest {
  const request: MemberRequest['request'] = {
    ...{ format: ENROLMENT_FORMAT, consortium: token.consortium },
    ...{ name: token.name, role: token.role, publicData: token.publicData },
    ...{ signKey: member.signKey, agreeKey: member.agreeKey, certificateRequest },
    ...{ created: now.toISOString(), by: token.id },
  }
  const suite = suiteNamed(token.suite)
  return {
    request,
    proof: hex(suite.sign(fromHex(identity.signPrivate), proofBytes(request))),
    voucher: codeOf(token.suite, requestKeyOf(token), request),
  }
}

/**
 * The request of a member to have its keys replaced.
 * @param before its identity and entry in the list now
 */
export function rotationRequest(
  about: { readonly consortium: string; readonly suite: SuiteName },
  before: Enrolled,
  { identity, member }: Enrolled,
  certificateRequest: string,
  now: Date,
): MemberRequest {
  const { name, role, publicData } = before.member
  const request: MemberRequest['request'] = {
    ...{ format: ROTATION_FORMAT, consortium: about.consortium, name, role, publicData },
    ...{ signKey: member.signKey, agreeKey: member.agreeKey, certificateRequest },
    ...{ created: now.toISOString(), by: before.member.signKey },
  }
  const suite = suiteNamed(about.suite)
  return {
    request,
    proof: hex(suite.sign(fromHex(identity.signPrivate), proofBytes(request))),
    voucher: hex(suite.sign(fromHex(before.identity.signPrivate), rotationBytes(request))),
  }
}

/** A request of the right form; nothing of it is proven yet. @throws EnrolmentMalformed */
export function parseRequest(value: unknown, consortium?: string): MemberRequest {
  if (!check.Check(value)) {
    const [fault] = check.Errors(value)
    throw new enrolmentErrors.EnrolmentMalformed(`${fault?.instancePath || '/'} ${fault?.message}`)
  }
  const request = value as MemberRequest
  if (consortium !== undefined && request.request.consortium !== consortium)
    throw new enrolmentErrors.EnrolmentMalformed('it belongs to another consortium')
  return request
}

/** What the office keeps of a token. */
export interface Invitation extends Invited {
  readonly id: string
  /** See {@link requestKeyOf}. */
  readonly requestKey: string
  readonly expires: string
  readonly used: boolean
}

const described = ({ name, role, publicData }: { name: string; role: string; publicData: boolean }): string =>
  `${name}, ${role}${publicData ? ' of public data' : ''}`

/**
 * Proves an enrolment request against the invitation that it names.
 * @returns the member's entry
 * @throws EnrolmentMac, EnrolmentUsed, TokenExpired, EnrolmentDiffers, EnrolmentProof
 */
export function admitEnrolment(
  suite: SuiteName,
  invitation: Invitation,
  { request, proof, voucher }: MemberRequest,
  now: Date,
): Member {
  // The code first: until it holds, nothing of the request is known to come from whom it names.
  if (!sameText(codeOf(suite, invitation.requestKey, request), voucher))
    throw new enrolmentErrors.EnrolmentMac(invitation.name)
  if (invitation.used) throw new enrolmentErrors.EnrolmentUsed(invitation.name)
  if (now.getTime() > Date.parse(invitation.expires))
    throw new enrolmentErrors.TokenExpired(invitation.name, invitation.expires)
  if (described(request) !== described(invitation))
    throw new enrolmentErrors.EnrolmentDiffers(described(request), described(invitation))
  assertProof(suite, request, proof)
  const { name, role, publicData } = invitation
  return { name, role, signKey: request.signKey, agreeKey: request.agreeKey, publicData }
}

/**
 * Proves a rotation request against the member's entry.
 * @param until end of the keys that are replaced
 * @returns the member's new entry
 * @throws EnrolmentProof, EnrolmentDiffers
 */
export function admitRotation(
  suite: SuiteName,
  member: Member,
  { request, proof, voucher }: MemberRequest,
  now: Date,
  until: Date,
): Member {
  const { name, signKey, agreeKey, tlsKey } = member
  if (request.by !== signKey)
    throw new enrolmentErrors.EnrolmentProof(name, 'the keys that it would replace are not the present ones')
  if (!suiteNamed(suite).verify(fromHex(signKey), rotationBytes(request), fromHex(voucher)))
    throw new enrolmentErrors.EnrolmentProof(name, 'the present keys did not sign it')
  if (described(request) !== described(member))
    throw new enrolmentErrors.EnrolmentDiffers(described(request), described(member))
  assertProof(suite, request, proof)
  const running = (member.previous ?? []).filter((keys) => Date.parse(keys.until) > now.getTime())
  return {
    ...member,
    ...{ signKey: request.signKey, agreeKey: request.agreeKey },
    previous: [
      { signKey, agreeKey, ...(tlsKey !== undefined && { tlsKey }), until: until.toISOString() },
      ...running,
    ].slice(0, 8),
  }
}

/** @throws EnrolmentProof */
function assertProof(suite: SuiteName, request: MemberRequest['request'], proof: string): void {
  if (!suiteNamed(suite).verify(fromHex(request.signKey), proofBytes(request), fromHex(proof)))
    throw new enrolmentErrors.EnrolmentProof(request.name, 'the new signing key did not sign it')
}

/** Keys of an identity after the office took new ones over: the new ones first, old ones for as long as the list knows them. */
export function rotatedIdentity(identity: Identity, entry: Member, suite: SuiteName): Identity {
  const algorithms = suiteNamed(suite)
  const probe = Buffer.from('yinxin own keys 1\n')
  const sets = [identity, ...(identity.others ?? [])].map(({ signPrivate, agreePrivate }) => ({
    signPrivate,
    agreePrivate,
  }))
  const matching = (signKey: string) =>
    sets.find((keys) =>
      algorithms.verify(fromHex(signKey), probe, algorithms.sign(fromHex(keys.signPrivate), probe)),
    )
  const current = matching(entry.signKey)
  if (!current) return identity
  const others = (entry.previous ?? [])
    .map(({ signKey }) => matching(signKey))
    .filter((keys) => keys !== undefined)
  return { name: identity.name, ...current, ...(others.length > 0 && { others }) }
}
