/** A member's signed question to the platform, as the query of a GET request: who asks, when, and the signature over both. */
import type { Membership } from '../../federation/index.ts'
import { type AssertSpeaker, isSigned } from '../transport/signed-request.ts'

/** What is signed; it names the kind of question, and whatever else the question is about. */
export type QuestionBytes = (member: string, time: number) => Uint8Array

/** The claim and its signature as the query of a request. @param now milliseconds since 1970 */
export function signedQuestion(membership: Membership, bytesOf: QuestionBytes, now: number): string {
  const time = Math.trunc(now)
  const signature = membership.sign(bytesOf(membership.name, time))
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
export function verifiedQuestion(
  membership: Membership,
  bytesOf: QuestionBytes,
  query: unknown,
  assertSpeaker: AssertSpeaker,
): { member: string; time: number } | null {
  const { member, time } = query as Record<string, unknown>
  if (typeof member !== 'string' || typeof time !== 'string' || !/^\d{1,16}$/.test(time)) return null
  const claim = { member, time: Number(time) }
  const bytes = bytesOf(member, claim.time)
  return isSigned(membership, claim, bytes, query, assertSpeaker) ? claim : null
}
