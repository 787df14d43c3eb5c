/** A member's question for the state of the federation; signed, because only members may know who is there. */
import type { Membership } from '../../federation/index.ts'
import type { AssertSpeaker } from '../transport/signed-request.ts'
import { signedQuestion, verifiedQuestion } from './member-question.ts'

const claimBytes = (member: string, time: number): Uint8Array =>
  Buffer.from(`yinxin status 1\n${member}\n${time}`, 'utf8')

/** See {@link signedQuestion}. @param now milliseconds since 1970 */
export const signedStatus = (membership: Membership, now: number): string =>
  signedQuestion(membership, claimBytes, now)

/** See {@link verifiedQuestion}. @throws what `assertSpeaker` throws */
export const verifiedStatus = (membership: Membership, query: unknown, assertSpeaker: AssertSpeaker) =>
  verifiedQuestion(membership, claimBytes, query, assertSpeaker)
