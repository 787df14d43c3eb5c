import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { type Membership, PLATFORM } from '../../../federation/index.ts'
import {
  type PartClaim,
  type PollClaim,
  signedPart,
  signedPoll,
  verifiedPart,
  verifiedPoll,
} from '../../../server/transport/signed-request.ts'
import { impostorOf, membershipOf } from './consortium.ts'

const platform = membershipOf(PLATFORM)
const about = { member: 'water', session: 'a1', platform: 'p1', time: 1_700_000_000_000 }
const poll: PollClaim = { ...about, after: 3, from: 5, most: 100, wait: 2000 }
const part: PartClaim = {
  ...about,
  ...{ to: 'tax', number: 1, total: 10, whole: 'ab'.repeat(32), index: 0, hash: 'cd'.repeat(32) },
}
const kinds = [
  ['poll', poll, signedPoll, verifiedPoll],
  ['part', part, signedPart, verifiedPart],
] as const
const parsed = (query: string): Record<string, string> => Object.fromEntries(new URLSearchParams(query))

/** Of a connection without TLS. */
const anybody = () => {}

describe.each(kinds)('the signature of a %s', (_, claim, sign, verified) => {
  const verify = (by: Membership, query: object) => verified(by, query, anybody)
  const signed = (name = 'water', by = membershipOf(name)) =>
    parsed((sign as (by: unknown, claim: object) => string)(by, claim))

  it('gives the claim back to whoever knows the member', () => {
    expect(verify(platform, signed())).toEqual(claim)
  })

  it('holds for no other claim', () => {
    const fields = Object.keys(claim)
    const change = fc.tuple(
      fc.constantFrom(...fields),
      fc.oneof(fc.constantFrom('tax', 'a1\n', '', '0', '3', '1e1', '-1', '01', '9'.repeat(40)), fc.string()),
    )
    fc.assert(
      fc.property(change, ([field, value]) => {
        const query = signed()
        const same = query[field] === value
        expect(verify(platform, { ...query, [field]: value }) !== null).toBe(same)
      }),
    )
  })

  it('is not made by anybody else, nor by cut-off or foreign bytes, nor for a name outside the list', () => {
    expect(verify(platform, signed('water', membershipOf('tax')))).toBeNull()
    expect(verify(platform, signed('water', impostorOf('water')))).toBeNull()
    const { signature } = signed()
    for (const bad of [
      '',
      signature.slice(0, -2),
      `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`,
    ])
      expect(verify(platform, { ...signed(), signature: bad }), bad).toBeNull()
    expect(verify(platform, { ...signed(), member: 'nobody' })).toBeNull()
  })

  it('is not found in a query that gives a field twice, or none', () => {
    for (const field of Object.keys(signed())) {
      const query = signed() as Record<string, unknown>
      expect(verify(platform, { ...query, [field]: [query[field], query[field]] }), field).toBeNull()
      expect(verify(platform, { ...query, [field]: undefined }), field).toBeNull()
    }
  })
})

it.each(kinds)(
  'of a %s is verified only for whoever may speak for the member',
  (_, claim, sign, verified) => {
    const query = parsed((sign as (by: unknown, claim: object) => string)(membershipOf('water'), claim))
    const knowing = membershipOf(PLATFORM)
    const verifying = vi.spyOn(knowing, 'verify')
    const refuse = (member: string) => {
      throw new Error(`not ${member}`)
    }
    expect(() => verified(knowing, query, refuse)).toThrow('not water')
    expect(verified(knowing, { ...query, member: 'nobody' }, refuse)).toBeNull()
    expect(verifying).not.toHaveBeenCalled()
    verified(knowing, query, anybody)
    expect(verifying).toHaveBeenCalledOnce()
  },
)

it('The signature of a poll is none of a part, and the other way round', () => {
  const query = { ...parsed(signedPoll(membershipOf('water'), poll)) }
  const { signature } = parsed(signedPart(membershipOf('water'), part))
  expect(verifiedPoll(platform, { ...query, signature }, anybody)).toBeNull()
})
