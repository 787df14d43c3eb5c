/** Polls are signed, so that nobody else can take a member's envelopes or acknowledge them away. */
import type { Membership } from '../../federation/index.ts'

/** Furthest that a poll's time may lie from the platform's clock, in milliseconds. */
export const CLOCK_TOLERANCE = 60_000

export interface PollClaim {
  readonly member: string
  /** Random name of the member's process lifetime. */
  readonly session: string
  /** Milliseconds since 1970; strictly rising within a session. */
  readonly time: number
  /** Everything up to this sequence number has arrived. */
  readonly after: number
}

const claimBytes = ({ member, session, time, after }: PollClaim): Uint8Array =>
  Buffer.from(`yinxin poll 1\n${member}\n${session}\n${time}\n${after}`, 'utf8')

export const signPoll = (membership: Membership, claim: PollClaim): string =>
  Buffer.from(membership.sign(claimBytes(claim))).toString('base64url')

export const verifyPoll = (membership: Membership, claim: PollClaim, signature: string): boolean =>
  membership.verify(claim.member, claimBytes(claim), Buffer.from(signature, 'base64url'))
