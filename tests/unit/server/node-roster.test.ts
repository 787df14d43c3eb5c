/** A node's roster over its life: issued at the platform, taken while the process runs, remembered when it is started anew. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { createRoster, syntheticUscc, writeRoster } from '../../../features/index.ts'
import { createIdentity, Membership, parseChange, type RosterChange } from '../../../federation/index.ts'
import { FollowedHoldings } from '../../../server/roster/followed-holdings.ts'
import { issueRoster, readChanges, readRosterCodes } from '../../../server/roster/issue-roster.ts'
import { type HeldRoster, NodeRoster } from '../../../server/roster/node-roster.ts'
import { readRosterOfRun } from '../../../server/roster/run-roster.ts'

const made = [createIdentity('platform', 'platform'), createIdentity('water', 'provider')]
const list = { consortium: 'c', suite: 'international' as const, members: made.map(({ member }) => member) }
const [platform, water] = made.map(({ identity }) => new Membership(list, identity))
const DAY = '2026-11-24'

let folder = ''
const folders: string[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yinxin-roster-'))
  folders.push(folder)
  await mkdir(join(folder, 'water'))
})
afterAll(() => Promise.all(folders.map((one) => rm(one, { recursive: true }))))

const placed = (...lines: string[]) =>
  lines.map((line, at) => ({ change: parseChange(line) as RosterChange, line: at + 1 }))
const issue = (codes: string[], changes: string[] | null = null) =>
  issueRoster({
    ...{ membership: platform, file: join(folder, 'roster.txt'), state: join(folder, 'platform') },
    ...{ codes, changes: changes && placed(...changes), today: DAY },
  })
const open = () =>
  NodeRoster.open({
    ...{ membership: water, folder, place: { signed: 'roster.txt' }, state: join(folder, 'water') },
  })
const refused = (code: string) => expect.objectContaining({ code })

describe('a roster that is issued', () => {
  it('is of the next version each time and says what changed', async () => {
    expect(await issue(['B', 'A'])).toMatchObject({ version: 1, rows: 2, counts: { new: 0, closed: 0 } })
    expect(await issue(['B', 'C'])).toMatchObject({ version: 2, counts: { new: 1, closed: 1 } })
    const third = await issue(['B2', 'C'], [`renamed B -> B2 ${DAY}`])
    expect(third).toMatchObject({ version: 3, counts: { new: 0, closed: 0, renamed: 1 } })
    expect(third.rosterDigest).toBe(createRoster(['B2', 'C'], new Map([['B2', 'B']])).digest)
    await expect(issue(['B2', 'C'])).rejects.toThrow(refused('YX_SERVER_ROSTER_UNCHANGED'))
  })

  it('stays as it was where the changes do not add up', async () => {
    await issue(['A', 'B'])
    const before = await readFile(join(folder, 'roster.txt'))
    await expect(issue(['A', 'C'], [`closed B ${DAY}`])).rejects.toThrow(
      refused('YX_FEDERATION_ROSTER_CHANGES'),
    )
    expect(await readFile(join(folder, 'roster.txt'))).toEqual(before)
    expect((await issue(['A', 'C'])).version).toBe(2)
  })

  it('never has a version twice, though a crash came before it was remembered', async () => {
    await issue(['A'])
    await issue(['A', 'B'])
    const copies = join(folder, 'platform', 'rosters')
    const [newest] = (await readdir(copies)).filter((name) => name.startsWith('2-'))
    await rm(join(copies, newest))
    expect((await issue(['A', 'B', 'C'])).version).toBe(3)
  })

  it.each([
    ['a code twice', 'A\nB\nA\n', false, 'line 3: the code of line 1 again'],
    ['a mistyped social credit code', `${syntheticUscc('130900', 1)}\n91330100WYX000001X\n`, true, 'line 2'],
  ])('refuses %s, with its line', async (_, text, uscc, where) => {
    await writeFile(join(folder, 'codes.txt'), text)
    await expect(readRosterCodes(join(folder, 'codes.txt'), null, uscc)).rejects.toMatchObject({
      code: 'YX_SERVER_ROSTER_CODES',
      message: expect.stringContaining(where),
    })
  })

  it('takes a code that the roster before has as it stands, and lines of another system', async () => {
    await writeFile(join(folder, 'codes.txt'), ' A \r\n\r\nB\r\n')
    expect(await readRosterCodes(join(folder, 'codes.txt'), createRoster(['A', 'B']), true)).toEqual([
      'A',
      'B',
    ])
    await writeFile(join(folder, 'changes.txt'), `new  B   ${DAY}\r\n\r\ngone C\n`)
    await expect(readChanges(join(folder, 'changes.txt'))).rejects.toThrow('line 3: it is none of')
  })
})

describe('a node', () => {
  it('takes a newer version while it runs and finds its rows in the earlier ones', async () => {
    const first = await issue(['A', 'B', 'C'])
    const node = await open()
    expect(await node.next()).toBeNull()
    const second = await issue(['B', 'C', 'D'])
    const next = (await node.next())!
    expect(node.held.version?.version).toBe(1)
    node.take(next)
    expect([...node.held.rowsOf(first.rosterDigest)!]).toEqual([1, 2, -1])
    expect([...node.held.rowsOf(second.rosterDigest)!]).toEqual([0, 1, 2])
    expect(node.held.rowsOf('0'.repeat(64))).toBeNull()
    expect(await node.next()).toBeNull()
    // a run that was begun on the first version goes on over its rows
    expect(node.withRows(first.rosterDigest)?.ids).toEqual(['A', 'B', 'C'])
    // and is audited over them, beside the node
    const runs = join(folder, 'water', 'runs')
    for (const [run, digest] of [
      ['run-1', first.rosterDigest],
      ['run-2', second.rosterDigest],
      ['run-3', '0'.repeat(64)],
    ]) {
      await mkdir(join(runs, run), { recursive: true })
      await writeFile(join(runs, run, 'roster.json'), JSON.stringify({ digest }))
    }
    const audited = async (run: string) =>
      (
        await readRosterOfRun(
          { membership: water, state: join(folder, 'water'), runs },
          run,
          node.held.roster,
        )
      ).ids
    expect(await audited('run-1')).toEqual(['A', 'B', 'C'])
    expect(await audited('run-2')).toEqual(['B', 'C', 'D'])
    expect(await audited('a run of before rosters were noted')).toEqual(['B', 'C', 'D'])
    await expect(audited('run-3')).rejects.toThrow(refused('YX_SERVER_ROSTER_OF_RUN_GONE'))
  })

  it('that issues versions in its own folder takes them all the same', async () => {
    await issue(['A'])
    const place = { signed: 'roster.txt' }
    const node = await NodeRoster.open({
      membership: platform,
      folder,
      place,
      state: join(folder, 'platform'),
    })
    await issue(['A', 'B'])
    expect((await node.next())?.version?.version).toBe(2)
  })

  it('refuses an older version, also after a restart, and says so once', async () => {
    await issue(['A'])
    const old = await readFile(join(folder, 'roster.txt'))
    await issue(['A', 'B'])
    const node = await open()
    await writeFile(join(folder, 'roster.txt'), old)
    await expect(node.next()).rejects.toThrow(refused('YX_FEDERATION_ROSTER_ROLLED_BACK'))
    expect(await node.next()).toBeNull()
    expect(node.held.roster.ids).toEqual(['A', 'B'])
    await expect(open()).rejects.toThrow(refused('YX_FEDERATION_ROSTER_ROLLED_BACK'))
  })

  it('is not led to a plain list, and takes one where its configuration says so', async () => {
    await writeRoster(createRoster(['A', 'B']), join(folder, 'roster.txt'))
    await expect(open()).rejects.toThrow(refused('YX_FEDERATION_ROSTER_MALFORMED'))
    const plain = await NodeRoster.open({ membership: water, folder, place: 'roster.txt', state: folder })
    expect([plain.held.roster.size, plain.held.version, await plain.next()]).toEqual([2, null, null])
    expect([...plain.held.rowsOf(plain.held.roster.digest)!]).toEqual([0, 1])
  })

  it('keeps the versions of a year, and forgets older ones', async () => {
    const codes = ['A']
    const first = await issue(codes)
    for (let version = 2; version <= 13; version++)
      await issue(
        [...codes, `B${version}`],
        [...(version > 2 ? [`closed B${version - 1} ${DAY}`] : []), `new B${version} ${DAY}`],
      )
    expect(await readdir(join(folder, 'platform', 'rosters'))).toHaveLength(12)
    const place = { signed: 'roster.txt' }
    const node = await NodeRoster.open({
      membership: platform,
      folder,
      place,
      state: join(folder, 'platform'),
    })
    expect(node.held.rowsOf(first.rosterDigest)).toBeNull()
  })
})

describe('what a node holds along its roster', () => {
  const make = async ({ roster }: HeldRoster) => `data of ${roster.ids.join('')}`

  it('is made again before the exchange, and exchanged when the node says so', async () => {
    await issue(['A'])
    const holdings = await FollowedHoldings.open(await open(), make)
    expect(holdings.current()).toBe('data of A')
    await issue(['A', 'B'])
    const seen: string[] = []
    const changed = await holdings.look(async (exchange) => {
      seen.push(holdings.current())
      exchange()
      seen.push(holdings.current())
    })
    expect([changed, ...seen]).toEqual([true, 'data of A', 'data of AB'])
    expect(await holdings.look(async (exchange) => exchange())).toBe(false)
  })

  it('stays as it is where the new version, or the data along it, is refused', async () => {
    await issue(['A'])
    const holdings = await FollowedHoldings.open(await open(), async (held) => {
      if (held.roster.size > 1) throw new Error('data do not fit')
      return make(held)
    })
    await issue(['A', 'B'])
    const exchange = async (change: () => void) => change()
    await expect(holdings.look(exchange)).rejects.toThrow('data do not fit')
    await writeFile(join(folder, 'roster.txt'), 'rubbish')
    await expect(holdings.look(exchange)).rejects.toThrow(refused('YX_FEDERATION_ROSTER_MALFORMED'))
    expect(holdings.current()).toBe('data of A')
  })

  it('is that of its beginning for a run that goes on after a restart', async () => {
    await issue(['A'])
    const holdings = await FollowedHoldings.open(await open(), make, 'run-1', async () => 'data of then')
    expect([holdings.current('run-1'), holdings.current('run-2'), holdings.current()]).toEqual([
      'data of then',
      'data of A',
      'data of A',
    ])
  })
})
