/** Member lists on a node's disk: what was accepted is never forgotten for something older. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { createIdentity, type SignedMemberList } from '../../../federation/index.ts'
import { KnownLists } from '../../../server/consortium/known-lists.ts'
import { Office } from '../../../server/consortium/office-folder.ts'

const now = new Date('2026-01-01T00:00:00Z')
const made: string[] = []
afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true }))))

let folder = ''
let office: Office
/** Versions 1 to 4, a provider more in each. */
let lists: SignedMemberList[]
const state = () => join(folder, 'state')
const file = () => join(folder, 'members.json')
const read = () => KnownLists.read(office.pinned, file(), state())
const coded = (code: string) => expect.objectContaining({ code: `YX_FEDERATION_MEMBER_LIST_${code}` })

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yinxin-lists-'))
  made.push(folder)
  office = await Office.create(join(folder, 'office'), { consortium: 'c', suite: 'international' }, now)
  lists = []
  for (const name of ['water', 'power', 'gas', 'tax'])
    lists.push(await office.setMembers([...office.members, createIdentity(name, 'provider').member], now))
  await writeFile(file(), JSON.stringify(lists[1]))
})

it('begin with the list of the enrolment, and keep what is accepted over a restart', async () => {
  expect(read().newest).toEqual(lists[1])
  expect(await read().accept(lists[2])).toBe(true)
  expect(read().newest).toEqual(lists[2])
  expect(read().inForce).toEqual(lists[1])
})

it('keep the list in force beside a newer one until that is taken up', async () => {
  const known = read()
  await known.accept(lists[2])
  await known.takeUp(3)
  await known.accept(lists[3])
  expect([read().inForce, read().newest]).toEqual([lists[2], lists[3]])
  await known.takeUp(4)
  expect([read().inForce, read().newest]).toEqual([lists[3], lists[3]])
  expect(JSON.parse(await readFile(join(state(), 'member-list.json'), 'utf8')).lists).toHaveLength(1)
})

it('lose neither a list that comes while another is taken up nor the one in force', async () => {
  const known = read()
  await known.accept(lists[2])
  expect(await Promise.all([known.takeUp(3), known.accept(lists[3])])).toEqual([undefined, true])
  for (const one of [known, read()]) expect([one.inForce, one.newest]).toEqual([lists[2], lists[3]])
})

it('go back to no older list where two are taken up at the same time', async () => {
  const known = read()
  for (const list of lists.slice(2)) await known.accept(list)
  const both = Promise.all([known.takeUp(4), known.takeUp(3)])
  await expect(both).rejects.toThrow(coded('BEHIND'))
  expect(read().inForce).toEqual(lists[3])
})

it('refuse an older list, a second one of a version and a foreign one', async () => {
  const known = read()
  await known.accept(lists[2])
  await expect(known.accept(lists[0])).rejects.toThrow(coded('ROLLED_BACK'))
  expect(await known.accept(lists[2])).toBe(false)
  const other = await Office.create(join(folder, 'other'), { consortium: 'c', suite: 'international' }, now)
  await expect(known.accept(await other.setMembers(lists[3].list.members, now))).rejects.toThrow(
    coded('SIGNATURE'),
  )
  expect(read().newest).toEqual(lists[2])
})

it('go on with the newest where an older file is put back in the place of the enrolment', async () => {
  await read().accept(lists[2])
  await writeFile(file(), JSON.stringify(lists[0]))
  expect(read().newest).toEqual(lists[2])
  await writeFile(file(), JSON.stringify(lists[3]))
  expect(read().newest).toEqual(lists[3])
})

it('take no list that only a disk vouches for', async () => {
  await read().accept(lists[2])
  const place = join(state(), 'member-list.json')
  const text = await readFile(place, 'utf8')
  await writeFile(place, text.replaceAll('"gas"', '"oil"'))
  expect(read).toThrow(coded('SIGNATURE'))
})

it('an office raises the version only where something changes, and is never made twice', async () => {
  expect(await office.setMembers([...office.members].reverse(), now)).toEqual(lists[3])
  const again = await Office.openIfThere(office.folder)
  expect(again?.signed).toEqual(lists[3])
  await expect(
    Office.create(office.folder, { consortium: 'c', suite: 'international' }, now),
  ).rejects.toThrow(expect.objectContaining({ code: 'YX_SERVER_FILE_EXISTS' }))
})
