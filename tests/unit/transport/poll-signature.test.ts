import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PLATFORM } from '../../../federation/index.ts'
import { type PollClaim, signPoll, verifyPoll } from '../../../server/transport/poll-signature.ts'
import { impostorOf, membershipOf } from './consortium.ts'

const platform = membershipOf(PLATFORM)
const claim: PollClaim = { member: 'water', session: 'a1', time: 1_700_000_000_000, after: 3 }
const signature = signPoll(membershipOf('water'), claim)

describe('the signature of a poll', () => {
  it('holds for its member and its claim', () => {
    expect(verifyPoll(platform, claim, signature)).toBe(true)
  })

  it('does not hold for any other claim', () => {
    const other = fc.record({
      member: fc.constantFrom('water', 'tax'),
      session: fc.constantFrom('a1', 'a1\n', 'a', 'b2'),
      time: fc.constantFrom(claim.time, claim.time + 1),
      after: fc.constantFrom(3, 4),
    })
    fc.assert(
      fc.property(other, (changed) => {
        const same = Object.entries(claim).every(
          ([field, value]) => changed[field as keyof PollClaim] === value,
        )
        expect(verifyPoll(platform, changed, signature)).toBe(same)
      }),
    )
  })

  it('is not made by anybody else, nor by cut-off or foreign bytes', () => {
    expect(verifyPoll(platform, claim, signPoll(membershipOf('tax'), claim))).toBe(false)
    expect(verifyPoll(platform, claim, signPoll(impostorOf('water'), claim))).toBe(false)
    for (const bad of ['', signature.slice(0, -2), `A${signature.slice(1)}`, 'not base64url at all!']) {
      expect(verifyPoll(platform, claim, bad), bad).toBe(bad === signature)
    }
  })

  it('is refused for a name outside the member list', () => {
    expect(() => verifyPoll(platform, { ...claim, member: 'nobody' }, signature)).toThrow(
      expect.objectContaining({ code: 'YX_FEDERATION_UNKNOWN_MEMBER' }),
    )
  })
})
