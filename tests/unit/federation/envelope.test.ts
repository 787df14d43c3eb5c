import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createIdentity,
  EnvelopeReader,
  EnvelopeWriter,
  Membership,
  verifyRoute,
} from '../../../federation/index.ts'
import { decodeBody, encodeBody } from '../../../federation/messages/codec.ts'

const made = ['platform', 'keyholder', 'water'].map((name) =>
  createIdentity(name, name === 'water' ? 'provider' : (name as 'platform')),
)
const list = { consortium: 'c', suite: 'international' as const, members: made.map(({ member }) => member) }
const [platform, keyHolder, water] = made.map(({ identity }) => new Membership(list, identity))
const about = { run: 'r', plan: '', round: 3 }
const body = { totals: new Uint8Array([1, 2, 3]) }
const envelope = () => new EnvelopeWriter(water, 's1').write('platform', about, 'round.share', body)

const refusal = (run: () => unknown): string => {
  try {
    run()
  } catch (fault) {
    return (fault as { code: string }).code
  }
  return 'accepted'
}

describe('envelopes', () => {
  it('arrive as they were sent, once', () => {
    const reader = new EnvelopeReader(platform)
    const sent = envelope()
    const message = reader.read(sent)
    expect(message).toMatchObject({ type: 'round.share', from: 'water', run: 'r', round: 3 })
    expect([...(message.body as typeof body).totals]).toEqual([1, 2, 3])
    expect(refusal(() => reader.read(sent))).toBe('YX_FEDERATION_ENVELOPE_REFUSED')
  })

  it('refuse any flipped bit, wherever it stands', () => {
    const sent = envelope()
    fc.assert(
      fc.property(fc.integer({ min: 0, max: sent.length - 1 }), fc.integer({ min: 0, max: 7 }), (at, bit) => {
        const changed = Uint8Array.from(sent)
        changed[at] ^= 1 << bit
        expect(refusal(() => new EnvelopeReader(platform).read(changed))).toMatch(/^YX_/)
      }),
      { numRuns: 300 },
    )
  })

  it('cannot be read by anybody but the receiver, the relay included', () => {
    const sealed = new EnvelopeWriter(water, 's1').write('keyholder', about, 'round.share', body)
    expect(refusal(() => new EnvelopeReader(platform).read(sealed))).toBe('YX_FEDERATION_ENVELOPE_REFUSED')
    expect(verifyRoute(platform, sealed)).toMatchObject({ from: 'water', to: 'keyholder' })
    expect(new EnvelopeReader(keyHolder).read(sealed).from).toBe('water')
  })

  it('refuse an older message after a newer one', () => {
    const writer = new EnvelopeWriter(water, 's1')
    const first = writer.write('platform', about, 'round.share', body)
    const second = writer.write('platform', about, 'round.share', body)
    const reader = new EnvelopeReader(platform)
    reader.read(second)
    expect(refusal(() => reader.read(first))).toBe('YX_FEDERATION_ENVELOPE_REFUSED')
  })

  it('refuse a sender whose key is not the one in the member list', () => {
    const impostor = new Membership(
      {
        ...list,
        members: [
          ...list.members.filter(({ name }) => name !== 'water'),
          createIdentity('water', 'provider').member,
        ],
      },
      made[2].identity,
    )
    const forged = new EnvelopeWriter(impostor, 's1').write('platform', about, 'round.share', body)
    const foreign = new Membership(
      impostor.consortium === 'c'
        ? {
            ...list,
            members: list.members.map((member) =>
              member.name === 'water' ? createIdentity('water', 'provider').member : member,
            ),
          }
        : list,
      made[0].identity,
    )
    expect(refusal(() => new EnvelopeReader(foreign).read(forged))).toMatch(/REFUSED/)
  })
})

describe('message bodies', () => {
  it('survive the way there and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (totals) => {
        const back = decodeBody('round.share', 'water', encodeBody({ totals }))
        expect([...back.totals]).toEqual([...totals])
      }),
    )
  })

  it('are refused with one error, whatever is wrong with them', () => {
    const good = encodeBody({ totals: new Uint8Array(64) })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(good.length), (noise, cut) => {
        for (const bytes of [
          noise,
          good.subarray(0, cut === good.length ? cut - 1 : cut),
          Buffer.concat([good, noise, Buffer.from([0])]),
        ]) {
          expect(refusal(() => decodeBody('round.share', 'water', Uint8Array.from(bytes)))).toBe(
            'YX_FEDERATION_MESSAGE_MALFORMED',
          )
        }
      }),
    )
  })

  it('are refused when they carry more or other fields than their step', () => {
    expect(
      refusal(() =>
        decodeBody('round.share', 'water', encodeBody({ totals: new Uint8Array(1), weights: [1] })),
      ),
    ).toBe('YX_FEDERATION_MESSAGE_MALFORMED')
    expect(refusal(() => decodeBody('round.share', 'water', encodeBody({ totals: 'text' })))).toBe(
      'YX_FEDERATION_MESSAGE_MALFORMED',
    )
  })
})
