/** The signed member list: one form, one signer, one direction. */
import { describe, expect, it } from 'vitest'
import {
  createIdentity,
  followsList,
  identityOfList,
  type Member,
  SUITE_NAMES,
  signMemberList,
  suiteNamed,
  type VersionedList,
  verifyMemberList,
} from '../../../federation/index.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const issued = '2026-01-01T00:00:00.000Z'
const people = (['platform', 'keyholder', 'water'] as const).map(
  (name) => createIdentity(name, name === 'water' ? 'provider' : name).member,
)

function office(suite: (typeof SUITE_NAMES)[number] = 'international') {
  const keys = suiteNamed(suite).createSigningKeys()
  const root = { consortium: 'c', suite, rootKey: hex(keys.publicKey) }
  const sign = (version: number, members: readonly Member[] = people) =>
    signMemberList(keys.privateKey, { consortium: 'c', suite, version, issued, members })
  return { root, sign }
}
const coded = (code: string) => expect.objectContaining({ code: `YX_FEDERATION_MEMBER_LIST_${code}` })

describe.each(SUITE_NAMES)('a member list of the %s suite', (suite) => {
  const members = (['platform', 'water'] as const).map(
    (name) => createIdentity(name, name === 'water' ? 'provider' : name, { suite }).member,
  )
  const { root, sign } = office(suite)

  it('is believed by the pinned root, through a file too', () => {
    const signed = sign(1, members)
    expect(verifyMemberList(root, JSON.parse(JSON.stringify(signed)))).toEqual(signed)
  })

  it('is refused under another root', () => {
    expect(() => verifyMemberList(office(suite).root, sign(1, members))).toThrow(coded('SIGNATURE'))
  })
})

describe('a member list', () => {
  const { root, sign } = office()

  it('is refused with any of its content changed', () => {
    const text = JSON.stringify(sign(3))
    const changes: [RegExp, string][] = [
      [/"version":3/, '"version":4'],
      [/"issued":"2026/, '"issued":"2027'],
      [/"publicData":false/, '"publicData":true'],
      [/"name":"water"/, '"name":"wazer"'],
      ...people.flatMap(({ signKey, agreeKey }): [RegExp, string][] =>
        [signKey, agreeKey].map((key) => [new RegExp(key), hex(new Uint8Array(32).fill(7))]),
      ),
    ]
    for (const [from, to] of changes) {
      const changed = text.replace(from, to)
      expect(changed).not.toBe(text)
      expect(() => verifyMemberList(root, JSON.parse(changed))).toThrow(coded('SIGNATURE'))
    }
  })

  it('is read in one form only', () => {
    const signed = sign(1)
    const { list } = signed
    const forms: unknown[] = [
      { ...signed, more: 1 },
      { ...signed, list: { ...list, more: 1 } },
      { ...signed, list: { ...list, members: [...list.members].reverse() } },
      { ...signed, list: Object.fromEntries(Object.entries(list).reverse()) },
      { ...signed, signature: signed.signature.toUpperCase() },
      { list },
      null,
      [],
    ].filter((form) => JSON.stringify(form) !== JSON.stringify(signed))
    for (const form of forms) expect(() => verifyMemberList(root, form)).toThrow(coded('MALFORMED'))
  })

  it('of another consortium or suite is refused by name', () => {
    expect(() => verifyMemberList({ ...root, consortium: 'd' }, sign(1))).toThrow(coded('FOREIGN'))
    expect(() => verifyMemberList({ ...root, suite: 'national' }, sign(1))).toThrow(coded('FOREIGN'))
  })

  it('holds each name and each key once, and no name that could reach into another text', () => {
    const [platform, keyHolder, water] = people
    const wrong: Member[][] = [
      [water, water],
      [water, { ...water, name: 'power' }],
      [water, { ...createIdentity('power', 'provider').member, agreeKey: water.signKey }],
      [{ ...water, name: '../water' }],
      [{ ...water, name: 'wa\nter' }],
      [{ ...water, role: 'platform' }],
      [{ ...keyHolder, role: 'provider' }],
      [{ ...platform, role: 'keyholder' }],
    ]
    for (const members of wrong) expect(() => sign(1, members)).toThrow(coded('MALFORMED'))
  })

  it('follows a lower version only, and itself not again', () => {
    const accepted = identityOfList(sign(3))
    expect(followsList(null, sign(1))).toBe(true)
    expect(followsList(accepted, sign(4))).toBe(true)
    expect(followsList(accepted, sign(3))).toBe(false)
    expect(() => followsList(accepted, sign(2))).toThrow(coded('ROLLED_BACK'))
    expect(() => followsList(accepted, sign(3, people.slice(0, 2)))).toThrow(coded('FORKED'))
  })

  it('control: without the signature a key that was changed passes', () => {
    const { list } = sign(1)
    const changed: VersionedList = { ...list, members: [{ ...list.members[0], signKey: '07'.repeat(32) }] }
    const believing = office()
    expect(() => verifyMemberList(root, { list: changed, signature: '0'.repeat(128) })).toThrow(
      coded('SIGNATURE'),
    )
    expect(verifyMemberList(believing.root, believing.sign(1, changed.members)).list.members[0].signKey).toBe(
      '07'.repeat(32),
    )
  })
})
