/** Versions of the roster: issued, proven, refused with the line or the code that is at fault. */
import { describe, expect, it } from 'vitest'
import {
  checkFollows,
  createIdentity,
  createRosterVersion,
  type Enrolled,
  Membership,
  PLATFORM,
  parseChange,
  type RosterChange,
  type RosterVersion,
  readOwnCopy,
  rowsOf,
  verifyRoster,
} from '../../../federation/index.ts'

const made = [createIdentity(PLATFORM, 'platform'), createIdentity('water', 'provider')]
const memberOf = ({ identity }: Enrolled, consortium = 'test') =>
  new Membership({ consortium, suite: 'international', members: made.map(({ member }) => member) }, identity)
const [platform, provider] = made.map((one) => memberOf(one))

const DAY = '2026-11-24'
const placed = (lines: readonly string[]) =>
  lines.map((text, at) => ({ change: parseChange(text) as RosterChange, line: at + 1 }))
const issue = (codes: string[], previous: RosterVersion | null = null, ...changes: string[]) =>
  createRosterVersion(platform, { issued: DAY, codes, previous, changes: placed(changes) })
const read = (bytes: Uint8Array) => verifyRoster(provider, bytes)
const fault = (code: string, ...texts: string[]) =>
  expect.objectContaining({
    code: `YX_FEDERATION_ROSTER_${code}`,
    message: expect.stringMatching(texts.map((text) => text.replace(/[()[\].>-]/g, '\\$&')).join('.*')),
  })
const changedText = (bytes: Uint8Array, from: string, to: string) => {
  const text = Buffer.from(bytes).toString('utf8')
  expect(text).toContain(from)
  return Buffer.from(text.replace(from, to), 'utf8')
}

const first = read(issue(['B', 'A', 'C', 'D']))
const second = read(
  issue(
    ['A2', 'C', 'E'],
    first,
    `renamed A -> A2 ${DAY}`,
    `closed D ${DAY}`,
    `merged B -> C ${DAY}`,
    `new E ${DAY}`,
  ),
)

describe('a signed roster', () => {
  it('says its rows in the order of their codes, and where they were before', () => {
    expect(first).toMatchObject({ version: 1, codes: ['A', 'B', 'C', 'D'], previous: '', issued: DAY })
    expect(second).toMatchObject({ version: 2, codes: ['A2', 'C', 'E'], previous: first.digest })
    expect([...rowsOf(first, second)]).toEqual([0, 2, -1])
    expect(second.changes).toHaveLength(4)
  })

  it('is one text a version, whatever the order in which the codes were given', () => {
    expect(issue(['D', 'C', 'B', 'A', 'A'])).toEqual(issue(['A', 'B', 'C', 'D']))
  })

  it('can be read again by who made a copy of it, without the key of that time', () => {
    expect(readOwnCopy(provider, issue(['A', 'B', 'C', 'D']))).toEqual(first)
  })

  it.each<[string, string, (bytes: Uint8Array) => Uint8Array]>([
    ['with a code changed', 'ALTERED', (bytes) => changedText(bytes, 'B 1', 'X 1')],
    ['with two rows in another order', 'ALTERED', (bytes) => changedText(bytes, 'A 1\nB 1', 'B 1\nA 1')],
    ['with its version changed', 'SIGNATURE', (bytes) => changedText(bytes, '"version":1', '"version":2')],
    ['with its day changed', 'SIGNATURE', (bytes) => changedText(bytes, DAY, '2026-11-25')],
    ['cut short', 'MALFORMED', (bytes) => bytes.subarray(0, -20)],
    ['that is a plain list of codes', 'MALFORMED', () => Buffer.from('A\nB\n')],
    ['of another form', 'MALFORMED', (bytes) => changedText(bytes, 'roster/1', 'roster/2')],
  ])('%s is refused', (_, code, change) => {
    expect(() => read(change(issue(['A', 'B', 'C', 'D'])))).toThrow(fault(code))
  })

  it('of another consortium is refused, and one that another member signed is not made', () => {
    expect(() => verifyRoster(memberOf(made[1], 'other'), issue(['A']))).toThrow(fault('CONSORTIUM'))
    const order = { issued: DAY, codes: ['A'], previous: null, changes: [] }
    expect(() => createRosterVersion(provider, order)).toThrow(fault('SIGNATURE'))
  })

  it.each([
    ['white space', 'A B'],
    ['a line end', 'A\nB'],
    ['nothing', ''],
    ['129 bytes', 'é'.repeat(65)],
    ['an arrow', '->'],
  ])('holds no code of %s', (_, code) => {
    expect(() => issue(['A', code])).toThrow(fault('MALFORMED', 'line'))
  })
})

describe('changes that do not add up', () => {
  it.each<[string, string[], string[], string]>([
    [
      'a code closed that was not there',
      ['A', 'B', 'C', 'D'],
      [`closed X ${DAY}`],
      'line 1: X was not on version 1',
    ],
    [
      'one closed twice',
      ['A', 'B', 'C'],
      [`closed D ${DAY}`, `closed D ${DAY}`],
      'line 2: D leaves in line 1 already',
    ],
    [
      'one closed that is still there',
      ['A', 'B', 'C', 'D'],
      [`closed D ${DAY}`],
      'line 1: D is still on the new list',
    ],
    ['one new that was there', ['A', 'B', 'C', 'D'], [`new A ${DAY}`], 'line 1: A was on version 1 already'],
    [
      'one new twice',
      ['A', 'B', 'C', 'D', 'E'],
      [`new E ${DAY}`, `new E ${DAY}`],
      'line 2: E comes in line 1 already',
    ],
    ['one new that is not there', ['A', 'B', 'C', 'D'], [`new E ${DAY}`], 'line 1: E is not on the new list'],
    [
      'merged into a closed one',
      ['A', 'D'],
      [`merged B -> C ${DAY}`, `closed C ${DAY}`],
      'line 1: it goes to C, which is closed in line 2',
    ],
    [
      'merged into one that is not there',
      ['A', 'C', 'D'],
      [`merged B -> X ${DAY}`],
      'line 1: X, into which it merges, is not on the new list',
    ],
    [
      'merged in a circle',
      ['C', 'D'],
      [`merged A -> B ${DAY}`, `merged B -> A ${DAY}`],
      'line 1: the way from A goes in a circle',
    ],
    [
      'renamed in a circle',
      ['A', 'B', 'C', 'D'],
      [`renamed A -> B ${DAY}`, `renamed B -> A ${DAY}`],
      'goes in a circle',
    ],
    [
      'merged into itself',
      ['A', 'B', 'C', 'D'],
      [`merged A B -> A ${DAY}`],
      'the way from A goes in a circle',
    ],
    ['one gone without a word', ['A', 'B', 'C'], [], 'D is gone, and no line says why'],
    [
      'one there without a word',
      ['A', 'B', 'C', 'D', 'E'],
      [],
      'E is on the new list, and no line says whence',
    ],
    ['a change to come', ['A', 'B', 'C'], ['closed D 2026-11-25'], 'line 1: 2026-11-25 is after 2026-11-24'],
  ])('%s', (_, codes, changes, text) => {
    expect(() => issue(codes, first, ...changes)).toThrow(fault('CHANGES', text))
  })

  it('a code new under which another enterprise came', () => {
    expect(() => issue(['A', 'A2', 'C', 'E'], second, `new A ${DAY}`)).toThrow(
      fault('CHANGES', 'line 1: A is the code under which A2 came onto the roster'),
    )
    // once that one is closed, the code is free
    const freed = read(
      issue(['A', 'C', 'E'], read(issue(['C', 'E'], second, `closed A2 ${DAY}`)), `new A ${DAY}`),
    )
    expect([...rowsOf(second, freed)]).toEqual([-1, 1, 2])
  })

  it('are all named at once', () => {
    expect(() => issue(['A', 'E'], first, `closed X ${DAY}`, `closed B ${DAY}`)).toThrow(
      fault('CHANGES', 'line 1: X', 'C is gone', 'D is gone', 'E is on the new list'),
    )
  })

  it.each([
    ['new A', 'none of'],
    ['closed A 2026-02-30', 'no day'],
    ['gone A 2026-01-01', 'none of'],
    ['merged A B 2026-01-01', 'none of'],
    ['renamed A B -> C 2026-01-01', 'none of'],
    ['renamed A -> B C 2026-01-01', 'none of'],
    ['merged -> C 2026-01-01', 'none of'],
    ['new  A 2026-01-01', 'empty'],
  ])('"%s" is no change', (line, why) => {
    expect(parseChange(line)).toContain(why)
  })
})

describe('a party that has accepted a version', () => {
  const third = read(issue(['A3', 'C', 'E'], second, `renamed A2 -> A3 ${DAY}`))

  it('takes the next one, and a later one without those between', () => {
    expect(checkFollows(null, second)).toBe(true)
    expect(checkFollows(first, second)).toBe(true)
    expect(checkFollows(first, third)).toBe(true)
    expect(checkFollows(third, third)).toBe(false)
  })

  it('refuses an older one, and a second one of a version', () => {
    expect(() => checkFollows(second, first)).toThrow(fault('ROLLED_BACK'))
    expect(() => checkFollows(first, read(issue(['A', 'B', 'C'])))).toThrow(fault('FORKED'))
  })

  it('refuses a next one that another version precedes, or whose changes are not told', () => {
    const other = read(issue(['A', 'B', 'C']))
    const astray = read(issue(['A', 'B'], other, `closed C ${DAY}`))
    expect(() => checkFollows(first, astray)).toThrow(
      fault('UNFOLLOWED', 'another one as the version before'),
    )
    const hidden: RosterVersion = { ...second, changes: second.changes.slice(1) }
    expect(() => checkFollows(first, hidden)).toThrow(fault('UNFOLLOWED', 'A is gone'))
    const swapped: RosterVersion = { ...second, origins: new Map([['A2', 'D']]) }
    expect(() => checkFollows(first, swapped)).toThrow(fault('UNFOLLOWED', 'not those that its changes make'))
  })

  it('refuses a later one that gives an enterprise a past that it has not', () => {
    const forged: RosterVersion = { ...third, since: Int32Array.from([1, 1, 1]) }
    expect(() => checkFollows(first, forged)).toThrow(fault('UNFOLLOWED', 'E would have been on it'))
    const exchanged: RosterVersion = { ...third, origins: new Map([['A3', 'X']]) }
    expect(() => checkFollows(first, exchanged)).toThrow(fault('UNFOLLOWED', 'A3 would have been on it'))
  })
})
