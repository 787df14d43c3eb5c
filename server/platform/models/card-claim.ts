/** A member's question for the card of a model; signed, because cards are for those who signed the plan. */
import type { Membership } from '../../../federation/index.ts'
import type { AssertSpeaker } from '../../transport/signed-request.ts'
import { type QuestionBytes, signedQuestion, verifiedQuestion } from '../member-question.ts'

const claimBytes =
  (version: number): QuestionBytes =>
  (member, time) =>
    Buffer.from(`yinxin model card 1\n${member}\n${time}\n${version}`, 'utf8')

/** See {@link signedQuestion}. @param now milliseconds since 1970 */
export const signedCardClaim = (membership: Membership, version: number, now: number): string =>
  signedQuestion(membership, claimBytes(version), now)

/** See {@link verifiedQuestion}. @throws what `assertSpeaker` throws */
export const verifiedCardClaim = (
  membership: Membership,
  version: number,
  query: unknown,
  assertSpeaker: AssertSpeaker,
) => verifiedQuestion(membership, claimBytes(version), query, assertSpeaker)
