/** A member that is told of newer member lists: what was looked at is not asked for again, what was not is. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { createIdentity, Membership, type SignedMemberList } from '../../../federation/index.ts'
import { ListFollower } from '../../../server/consortium/follow-lists.ts'
import { KnownLists } from '../../../server/consortium/known-lists.ts'
import { Office } from '../../../server/consortium/office-folder.ts'

const now = new Date('2026-01-01T00:00:00Z')
const made: string[] = []
afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true }))))

const water = createIdentity('water', 'provider')
/** Versions 1 to 3. */
let lists: SignedMemberList[]
let membership: Membership
let follower: ListFollower
/** What the platform hands out; a fault where it does not answer. */
let held: () => unknown
let fetched = 0

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'yinxin-follow-'))
  made.push(folder)
  const office = await Office.create(join(folder, 'office'), { consortium: 'c', suite: 'international' }, now)
  lists = [await office.setMembers([water.member], now)]
  for (const name of ['power', 'gas'])
    lists.push(await office.setMembers([...office.members, createIdentity(name, 'provider').member], now))
  await writeFile(join(folder, 'members.json'), JSON.stringify(lists[0]))
  membership = new Membership(lists[0].list, water.identity)
  fetched = 0
  follower = new ListFollower({
    membership,
    lists: KnownLists.read(office.pinned, join(folder, 'members.json'), join(folder, 'state')),
    fetch: async () => {
      fetched++
      return held()
    },
    identity: () => water.identity,
    onNotice: () => {},
  })
})

async function announced(version: number): Promise<void> {
  follower.announced(version)
  await follower.settled()
}

it('asks once for what every answer announces, and not again for what it has', async () => {
  held = () => lists[1]
  for (let answer = 0; answer < 5; answer++) follower.announced(2)
  await follower.settled()
  await announced(2)
  expect([membership.newestVersion, fetched]).toEqual([2, 1])
})

it('asks again where the platform did not have yet what it announced, or did not answer', async () => {
  held = () => lists[0]
  await announced(3)
  expect([membership.newestVersion, fetched]).toEqual([1, 1])
  held = () => {
    throw new Error('no answer')
  }
  await announced(3)
  held = () => lists[2]
  await announced(3)
  expect([membership.newestVersion, fetched]).toEqual([3, 3])
})

it('does not ask again for one that it refused, but for a later one', async () => {
  held = () => ({ ...lists[1], signature: lists[2].signature })
  await announced(2)
  await announced(2)
  expect([membership.newestVersion, fetched]).toEqual([1, 1])
  held = () => lists[2]
  await announced(3)
  expect([membership.newestVersion, fetched]).toEqual([3, 2])
})
