/**
 * Polls and parts are signed by the member that they speak for, so that nobody else can take its envelopes, acknowledge them
 * away or spoil an upload. Certificate and signature are checked before a body is read.
 */
import type { Membership } from '../../federation/index.ts'

/** What every request says of itself. */
interface Claim {
  readonly member: string
  /** Random name of the member's process lifetime. */
  readonly session: string
  /** The platform's session as the member knows it; empty before the first answer. */
  readonly platform: string
  /** Milliseconds since 1970; never twice within a session. */
  readonly time: number
}

export interface PollClaim extends Claim {
  /** Everything before this position of the member's queue is durable at the member. */
  readonly after: number
  /** Position of the first byte that is asked for. */
  readonly from: number
  /** Most bytes of the answer; with 0 the poll only acknowledges. */
  readonly most: number
  /** Milliseconds that the poll may stay open, as far as the member knows the gateways on its way. */
  readonly wait: number
}

export interface PartClaim extends Claim {
  readonly to: string
  /** 1, 2, 3... for each receiver within a session. */
  readonly number: number
  /** Bytes of the whole envelope, and its hash in hex. */
  readonly total: number
  readonly whole: string
  /** Which part this is, from 0, and its hash in hex. */
  readonly index: number
  readonly hash: string
}

const POLL_FIELDS = ['member', 'session', 'platform', 'time', 'after', 'from', 'most', 'wait'] as const
const PART_FIELDS = [
  ...(['member', 'session', 'platform', 'time', 'to', 'number'] as const),
  ...(['total', 'whole', 'index', 'hash'] as const),
]
const NUMBERS: ReadonlySet<string> = new Set([
  'time',
  'after',
  'from',
  'most',
  'wait',
  'number',
  'total',
  'index',
])
const MOST_CHARACTERS = 200

type Fields = Readonly<Record<string, string | number>>

const pollBytes = (claim: PollClaim): Uint8Array =>
  Buffer.from(`yinxin poll 2\n${POLL_FIELDS.map((field) => claim[field]).join('\n')}`, 'utf8')
const partBytes = (claim: PartClaim): Uint8Array =>
  Buffer.from(`yinxin part 1\n${PART_FIELDS.map((field) => claim[field]).join('\n')}`, 'utf8')

function queryOf(membership: Membership, claim: object, bytes: Uint8Array): string {
  const query = new URLSearchParams()
  for (const [field, value] of Object.entries(claim as Fields)) query.set(field, String(value))
  query.set('signature', Buffer.from(membership.sign(bytes)).toString('base64url'))
  return query.toString()
}

/** The claim and its signature as the query of a request. */
export const signedPoll = (membership: Membership, claim: PollClaim): string =>
  queryOf(membership, claim, pollBytes(claim))
export const signedPart = (membership: Membership, claim: PartClaim): string =>
  queryOf(membership, claim, partBytes(claim))

/** Fields of a query that are texts without line ends or whole numbers; null where one is not. */
function readFields(query: unknown, fields: readonly string[]): Fields | null {
  const given = query as Record<string, unknown>
  const read: Record<string, string | number> = {}
  for (const field of fields) {
    const text = given[field]
    if (typeof text !== 'string' || text.length > MOST_CHARACTERS || text.includes('\n')) return null
    if (!NUMBERS.has(field)) read[field] = text
    else if (/^(0|[1-9]\d{0,15})$/.test(text) && Number.isSafeInteger(Number(text)))
      read[field] = Number(text)
    else return null
  }
  return read
}

/**
 * Throws unless whoever sends a request may speak for the member that it names. Asked before the signature is verified, which
 * costs much more: a stranger must not be able to ask for that.
 */
export type AssertSpeaker = (member: string) => void

/** Whether the member that a claim names signed its bytes. @throws what `assertSpeaker` throws */
export function isSigned(
  membership: Membership,
  { member }: { readonly member: string },
  bytes: Uint8Array,
  query: unknown,
  assertSpeaker: AssertSpeaker,
): boolean {
  const { signature } = query as Record<string, unknown>
  if (typeof signature !== 'string' || !membership.knows(member)) return false
  assertSpeaker(member)
  return membership.verify(member, bytes, Buffer.from(signature, 'base64url'))
}

/** The claim of a poll that its member signed, else null. @throws what `assertSpeaker` throws */
export function verifiedPoll(
  membership: Membership,
  query: unknown,
  assertSpeaker: AssertSpeaker,
): PollClaim | null {
  const claim = readFields(query, POLL_FIELDS) as PollClaim | null
  return claim && isSigned(membership, claim, pollBytes(claim), query, assertSpeaker) ? claim : null
}

/** The claim of a part that its member signed, else null. @throws what `assertSpeaker` throws */
export function verifiedPart(
  membership: Membership,
  query: unknown,
  assertSpeaker: AssertSpeaker,
): PartClaim | null {
  const claim = readFields(query, PART_FIELDS) as PartClaim | null
  return claim && isSigned(membership, claim, partBytes(claim), query, assertSpeaker) ? claim : null
}
