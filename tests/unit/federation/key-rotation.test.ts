/** Keys that change: a run keeps its own, the next one has the new ones, old ones are refused after their end. */
import { beforeEach, describe, expect, it } from 'vitest'
import {
  createIdentity,
  type Enrolled,
  EnvelopeReader,
  EnvelopeWriter,
  type Identity,
  type Member,
  type MemberList,
  Membership,
} from '../../../federation/index.ts'

const END = '2026-02-01T00:00:00.000Z'
const about = { run: 'r', plan: '', round: 1 }
const body = { totals: new Uint8Array(100).fill(7) }

let time = new Date('2026-01-20T00:00:00Z')
const clock = { now: () => time }
let platform: Membership
let keyHolder: Membership
let water: Membership
let before: Enrolled
let after: Enrolled
let newer: MemberList
let firstMembers: readonly Member[]
let keyHolderIdentity: Identity

/** Water's keys are replaced in version 2; its identity file holds both. */
beforeEach(() => {
  time = new Date('2026-01-20T00:00:00Z')
  const made = [
    createIdentity('platform', 'platform'),
    createIdentity('keyholder', 'keyholder'),
    createIdentity('water', 'provider'),
  ]
  before = made[2]
  after = createIdentity('water', 'provider')
  const list = {
    consortium: 'c',
    suite: 'international' as const,
    version: 1,
    members: made.map(({ member }) => member),
  }
  firstMembers = list.members
  keyHolderIdentity = made[1].identity
  const previous = [{ signKey: before.member.signKey, agreeKey: before.member.agreeKey, until: END }]
  newer = { ...list, version: 2, members: [...list.members.slice(0, 2), { ...after.member, previous }] }
  const both: Identity = { ...before.identity, others: [after.identity] }
  ;[platform, keyHolder] = made.map(({ identity }) => new Membership(list, identity, clock))
  water = new Membership(list, both, clock)
})

const letter = (from: Membership, to: Membership, session = 's') =>
  new EnvelopeWriter(from, { session, life: 1 }).write(to.name, about, 'round.share', body)
const reads = (at: Membership, envelope: Uint8Array) => new EnvelopeReader(at).read(envelope).type

describe('a member with new keys', () => {
  it('goes on with the old ones until the list is taken up', async () => {
    const mask = water.pairSecret('keyholder', 'mask')
    for (const party of [water, keyHolder, platform]) party.accept(newer)
    expect(water.pairSecret('keyholder', 'mask')).toEqual(mask)
    expect(keyHolder.pairSecret('water', 'mask')).toEqual(mask)
    for (const party of [water, keyHolder]) await party.takeUp(2)
    expect(water.pairSecret('keyholder', 'mask')).not.toEqual(mask)
    expect(keyHolder.pairSecret('water', 'mask')).toEqual(water.pairSecret('keyholder', 'mask'))
  })

  it('is understood whoever is ahead, both ways', async () => {
    for (const ahead of [[water], [keyHolder], [water, keyHolder]]) {
      for (const party of [water, keyHolder]) party.accept(newer)
      for (const party of ahead) await party.takeUp()
      expect(reads(keyHolder, letter(water, keyHolder))).toBe('round.share')
      expect(reads(water, letter(keyHolder, water))).toBe('round.share')
    }
  })

  it('is read by its old keys until their end, then refused', async () => {
    const old = letter(water, keyHolder)
    keyHolder.accept(newer)
    await keyHolder.takeUp()
    expect(reads(keyHolder, old)).toBe('round.share')
    time = new Date(END)
    expect(() => reads(keyHolder, old)).toThrow(
      expect.objectContaining({ code: 'YX_FEDERATION_ENVELOPE_REFUSED' }),
    )
    // A run that was opened with the old keys outlives their end nowhere.
    platform.accept(newer)
    expect(() => reads(platform, letter(water, platform))).toThrow(/signature/)
    await water.accept(newer)
    await water.takeUp()
    expect(reads(keyHolder, letter(water, keyHolder))).toBe('round.share')
  })

  it('is read by its new keys at once where the old ones have ended, by those who took them up before it', async () => {
    time = new Date(END)
    for (const party of [water, keyHolder]) party.accept(newer)
    await keyHolder.takeUp()
    expect(reads(keyHolder, letter(water, keyHolder))).toBe('round.share')
  })

  it('is not believed under keys that the newest list names no more, whatever list is in force', async () => {
    const third = createIdentity('water', 'provider')
    const listNaming = (previous: Member['previous']): MemberList => ({
      ...{ ...newer, version: 3 },
      members: [...newer.members.slice(0, 2), { ...third.member, ...(previous && { previous }) }],
    })
    const old = letter(water, keyHolder)
    // Replaced for a second time after the first keys had ended, or removed and invited anew.
    for (const previous of [[{ ...after.member, until: END }], undefined]) {
      const knowing = new Membership(
        { ...newer, version: 1, members: firstMembers },
        keyHolderIdentity,
        clock,
      )
      expect(reads(knowing, old)).toBe('round.share')
      knowing.accept(listNaming(previous))
      expect(() => reads(knowing, old)).toThrow(/signature/)
    }
    // Whoever holds such keys itself signs with the next ones.
    water.accept(listNaming(undefined), { ...before.identity, others: [third.identity] })
    keyHolder.accept(listNaming(undefined))
    expect(reads(keyHolder, letter(water, keyHolder))).toBe('round.share')
  })

  it('control: a list whose keys have no end lets the old ones in for ever', async () => {
    const forever = newer.members.map(
      (member): Member => ({
        ...member,
        ...(member.previous && {
          previous: member.previous.map((keys) => ({ ...keys, until: '9999-01-01T00:00:00.000Z' })),
        }),
      }),
    )
    const old = letter(water, keyHolder)
    keyHolder.accept({ ...newer, members: forever })
    await keyHolder.takeUp()
    time = new Date('2030-01-01T00:00:00Z')
    expect(reads(keyHolder, old)).toBe('round.share')
  })

  it('is not known by keys that stand in no list', () => {
    const stranger = new Membership(
      { ...newer, members: [...newer.members.slice(0, 2), createIdentity('water', 'provider').member] },
      createIdentity('water', 'provider').identity,
    )
    keyHolder.accept(newer)
    expect(() => reads(keyHolder, letter(stranger, keyHolder))).toThrow(/signature/)
  })
})

describe('a list', () => {
  it('is taken up forwards only, and only when it was accepted', async () => {
    const behind = expect.objectContaining({ code: 'YX_FEDERATION_MEMBER_LIST_BEHIND' })
    await expect(keyHolder.takeUp(2)).rejects.toThrow(behind)
    keyHolder.accept(newer)
    await keyHolder.takeUp(2)
    expect(keyHolder.version).toBe(2)
    await expect(keyHolder.takeUp(1)).rejects.toThrow(behind)
  })

  it('is in force only when it is durable', async () => {
    keyHolder.accept(newer)
    keyHolder.onTakenUp = () => Promise.reject(new Error('disk full'))
    await expect(keyHolder.takeUp()).rejects.toThrow('disk full')
    expect(keyHolder.version).toBe(1)
  })

  it('lets a new member say hello before a run takes it up, and gives it no part before', async () => {
    const power = createIdentity('power', 'provider')
    const wider = { ...newer, members: [...newer.members, power.member] }
    platform.accept(wider)
    const node = new Membership(wider, power.identity, clock)
    expect(reads(platform, letter(node, platform))).toBe('round.share')
    expect(platform.namesOf('provider')).toEqual(['water'])
    await platform.takeUp()
    expect(platform.namesOf('provider')).toEqual(['water', 'power'])
  })
})
