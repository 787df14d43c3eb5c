/** A member's question for the state of the federation; signed, because only members may know who is there. */
import type { Membership } from '../../federation/index.ts'

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

/** Whether a query was signed by the member that it names; its time is for the caller to judge. */
export function verifiedStatus(
  membership: Membership,
  query: unknown,
): { member: string; time: number } | null {
  const { member, time, signature } = query as Record<string, unknown>
  if (typeof member !== 'string' || typeof signature !== 'string' || !membership.knows(member)) return null
  if (typeof time !== 'string' || !/^\d{1,16}$/.test(time)) return null
  const bytes = claimBytes(member, Number(time))
  return membership.verify(member, bytes, Buffer.from(signature, 'base64url'))
    ? { member, time: Number(time) }
    : null
}
