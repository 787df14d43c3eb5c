/** Identities and memberships under the suite that the member list names. */
import { describe, expect, it } from 'vitest'
import {
  createIdentity,
  EnvelopeReader,
  EnvelopeWriter,
  Membership,
  SUITE_NAMES,
  verifyRoute,
} from '../../../federation/index.ts'

const names = ['platform', 'keyholder', 'water'] as const
const roles = ['platform', 'keyholder', 'provider'] as const
const about = { run: 'r', plan: '', round: 1 }

function memberships(suite: (typeof SUITE_NAMES)[number]) {
  const made = names.map((name, index) => createIdentity(name, roles[index], { suite }))
  const list = { consortium: 'c', suite, members: made.map(({ member }) => member) }
  return { made, list, parties: made.map(({ identity }) => new Membership(list, identity)) }
}

describe.each(SUITE_NAMES)('a consortium of the %s suite', (suite) => {
  const { parties } = memberships(suite)
  const [platform, keyHolder, water] = parties

  it('works with the algorithms that its list names', () => {
    for (const party of parties) expect(party.suite.name).toBe(suite)
  })

  it('gives both ends of a pair the same secret, and no two pairs or purposes the same', () => {
    const secret = water.pairSecret('keyholder', 'mask')
    expect(keyHolder.pairSecret('water', 'mask')).toEqual(secret)
    const others = [
      water.pairSecret('platform', 'mask'),
      water.pairSecret('keyholder', 'envelope'),
      platform.pairSecret('keyholder', 'mask'),
    ]
    for (const other of others) expect(other).not.toEqual(secret)
  })

  it('carries an envelope that only its receiver opens, and refuses it with a bit changed', () => {
    const body = { totals: new Uint8Array(1000).fill(7) }
    const sent = new EnvelopeWriter(water, { session: 's', life: 1 }).write(
      'keyholder',
      about,
      'round.share',
      body,
    )
    expect(verifyRoute(platform, sent)).toMatchObject({ from: 'water', to: 'keyholder' })
    const read = new EnvelopeReader(keyHolder).read(sent).body as typeof body
    expect([...read.totals]).toEqual([...body.totals])
    for (let at = 4; at < sent.length; at += 29) {
      const changed = Uint8Array.from(sent)
      changed[at] ^= 1
      expect(() => new EnvelopeReader(keyHolder).read(changed)).toThrow()
    }
  })
})

describe('a member list', () => {
  it('with a suite that nobody knows is refused by name', () => {
    const { made, list } = memberships('international')
    const unknown = { ...list, suite: 'rot13' as (typeof SUITE_NAMES)[number] }
    expect(() => new Membership(unknown, made[0].identity)).toThrow(
      expect.objectContaining({
        code: 'YX_ENGINE_SUITE_UNKNOWN',
        message: expect.stringContaining('"rot13"'),
      }),
    )
  })

  it.each(SUITE_NAMES)('that names %s over keys of the other suite lets nobody speak', (suite) => {
    const other = SUITE_NAMES.find((name) => name !== suite) as typeof suite
    const { made, list, parties } = memberships(other)
    const misled = new Membership({ ...list, suite }, made[0].identity)
    const message = Buffer.from('m')
    expect(misled.verify('water', message, parties[2].sign(message))).toBe(false)
    expect(() => misled.pairSecret('water', 'mask')).toThrow(
      expect.objectContaining({ code: 'YX_ENGINE_OUT_OF_RANGE' }),
    )
  })
})
