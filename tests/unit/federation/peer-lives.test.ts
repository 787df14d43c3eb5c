/** What a node remembers of the lives of others: no key goes back, and a new key begins anew. */
import { beforeEach, describe, expect, it } from 'vitest'
import {
  createIdentity,
  type Enrolled,
  EnvelopeWriter,
  type Life,
  type Member,
  type MemberList,
  Membership,
  memoryOfPeers,
  Node,
  noJournals,
  type PeerMemory,
  PLATFORM,
} from '../../../federation/index.ts'

const FAR = '9999-01-01T00:00:00.000Z'
const HELLO = { rosterDigest: '0'.repeat(64), rows: 0, columns: 0, labelDigest: '', labelPeriod: '', run: '' }
const clock = { now: () => new Date('2026-01-20T00:00:00Z') }

const platform = createIdentity(PLATFORM, 'platform')
const before = createIdentity('water', 'provider')
const after = createIdentity('water', 'provider')
const previous = [{ signKey: before.member.signKey, agreeKey: before.member.agreeKey, until: FAR }]
const listOf = (version: number, water: Member[]): MemberList => ({
  ...{ consortium: 'c', suite: 'international', version },
  members: [platform.member, ...water],
})
const first = listOf(1, [before.member])
const removed = listOf(2, [])
const invitedAnew = listOf(3, [after.member])
const rotated = listOf(2, [{ ...after.member, previous }])

let memory: PeerMemory
let membership: Membership
beforeEach(() => {
  memory = memoryOfPeers()
  membership = new Membership(first, platform.identity, clock)
})

/** What a platform that starts now says to a greeting of a member's process. */
async function greeted({ identity, member }: Enrolled, of: Life): Promise<string> {
  const water = new Membership(listOf(9, [member]), identity, clock)
  const envelope = new EnvelopeWriter(water, of).write(
    PLATFORM,
    { run: '', plan: '', round: 0 },
    'party.hello',
    HELLO,
  )
  const node = new Node(membership, { send: async () => {} }, life(1), {
    ...{ journals: noJournals, peers: memory, clock },
  })
  const said: string[] = []
  node.attach({ handle: async () => void said.push('heard') })
  node.onFault = (_, fault) => void said.push((fault as Error).message)
  node.onNotice = (text) => void said.push(text)
  await node.receive(envelope)
  return said.join(', ')
}
const life = (number: number, session = `s${number}`): Life => ({ session, life: number })
async function accept(...lists: MemberList[]): Promise<void> {
  for (const list of lists) membership.accept(list)
  await membership.takeUp()
}

describe('a node under one key', () => {
  it('goes forwards only, whoever starts in between', async () => {
    expect(await greeted(before, life(40))).toBe('heard')
    expect(await greeted(before, life(40))).toBe('heard')
    expect(await greeted(before, life(39))).toContain('process number 39 of its life, after number 40')
    expect(await greeted(before, life(40, 'another'))).toContain('process number 40')
    expect(await greeted(before, life(41))).toBe('heard')
  })
})

describe('a member that was removed and invited anew', () => {
  it('begins its lives again, and is held to them', async () => {
    expect(await greeted(before, life(40))).toBe('heard')
    await accept(removed, invitedAnew)
    expect(await greeted(after, life(1))).toBe('heard')
    expect(await greeted(after, life(2))).toBe('heard')
    expect(await greeted(after, life(1))).toContain('process number 1 of its life, after number 2')
  })

  it('leaves nothing of its old key behind', async () => {
    expect(await greeted(before, life(40))).toBe('heard')
    await accept(removed, invitedAnew)
    expect(await greeted(after, life(1))).toBe('heard')
    expect(await memory.load()).toEqual({ [`water ${after.member.signKey}`]: life(1) })
  })
})

describe('a member whose keys are being replaced', () => {
  it('counts each of them for itself, for as long as a list names it', async () => {
    expect(await greeted(before, life(40))).toBe('heard')
    membership.accept(rotated)
    expect(await greeted(after, life(41))).toBe('heard')
    // What was sent before under the old key may still be on its way; an older copy of the disk stays refused.
    expect(await greeted(before, life(40))).toBe('heard')
    expect(await greeted(before, life(39))).toContain('process number 39')
    await membership.takeUp()
    expect(await greeted(after, life(42))).toBe('heard')
    expect(await greeted(before, life(39))).toContain('process number 39')
    expect(await greeted(after, life(40))).toContain('process number 40 of its life, after number 42')
  })
})

describe('a memory that was kept by name alone', () => {
  it('holds for every key that its member has, and is kept by key from then on', async () => {
    await memory.keep({ water: life(40) })
    expect(await greeted(before, life(39))).toContain('process number 39 of its life, after number 40')
    expect(await greeted(before, life(41))).toBe('heard')
    expect(await memory.load()).toEqual({ [`water ${before.member.signKey}`]: life(41) })
  })
})
