/** A member's question for the card of a model; signed, because cards are for those who signed the plan. */
import type { Membership } from '../../../federation/index.ts'
import { type AssertSpeaker, isSigned } from '../../transport/signed-request.ts'

const claimBytes = (member: string, time: number, version: number): Uint8Array =>
  Buffer.from(`yinxin model card 1\n${member}\n${time}\n${version}`, 'utf8')

/** The claim and its signature as the query of a request. @param now milliseconds since 1970 */
export function signedCardClaim(membership: Membership, version: number, now: number): string {
  const time = Math.trunc(now)
  const signature = membership.sign(claimBytes(membership.name, time, version))
  return new URLSearchParams({
    member: membership.name,
    time: String(time),
    signature: Buffer.from(signature).toString('base64url'),
  }).toString()
}

/**
 * The claim of a query that the member signed which it names, else null; its time is for the caller to judge.
 * @throws what `assertSpeaker` throws
 */
export function verifiedCardClaim(
  membership: Membership,
  version: number,
  query: unknown,
  assertSpeaker: AssertSpeaker,
): { member: string; time: number } | null {
  const { member, time } = query as Record<string, unknown>
  if (typeof member !== 'string' || typeof time !== 'string' || !/^\d{1,16}$/.test(time)) return null
  const claim = { member, time: Number(time) }
  const bytes = claimBytes(member, claim.time, version)
  return isSigned(membership, claim, bytes, query, assertSpeaker) ? claim : null
}
