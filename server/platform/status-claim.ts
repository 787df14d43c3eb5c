/** A member's question for the state of the federation; signed, because only members may know who is there. */
import type { Membership } from '../../federation/index.ts'
import { type AssertSpeaker, isSigned } from '../transport/signed-request.ts'

const claimBytes = (member: string, time: number): Uint8Array =>
  Buffer.from(`yinxin status 1\n${member}\n${time}`, 'utf8')

/** The claim and its signature as the query of a request. @param now milliseconds since 1970 */
export function signedStatus(membership: Membership, now: number): string {
  const time = Math.trunc(now)
  const signature = membership.sign(claimBytes(membership.name, time))
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
export function verifiedStatus(
  membership: Membership,
  query: unknown,
  assertSpeaker: AssertSpeaker,
): { member: string; time: number } | null {
  const { member, time } = query as Record<string, unknown>
  if (typeof member !== 'string' || typeof time !== 'string' || !/^\d{1,16}$/.test(time)) return null
  const claim = { member, time: Number(time) }
  const bytes = claimBytes(member, claim.time)
  return isSigned(membership, claim, bytes, query, assertSpeaker) ? claim : null
}
