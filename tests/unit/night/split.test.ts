/** Whom the challenger rates. */
import { expect, it } from 'vitest'
import { challengersRows, isChallengers } from '../../../server/night/split.ts'

const salt = 'ab'.repeat(32)
const subjects = Array.from({ length: 20_000 }, (_, i) => `firm-${i}`)

// Made by Python's hashlib: int.from_bytes(sha256(b'yinxin challenger 1\n' + salt + b'\n' + id)[:6], 'big') % 1000.
it.each([
  ['91330100WYX0000019', 82],
  ['隐信', 204],
  ['A', 876],
  ['', 337],
] as const)('puts "%s" at place %i of a thousand', (subject, place) => {
  expect(isChallengers({ salt, share: place }, subject)).toBe(false)
  expect(isChallengers({ salt, share: place + 1 }, subject)).toBe(true)
})

it('keeps who was chosen when the share grows, and chooses about that share', () => {
  let before = challengersRows({ salt, share: 0 }, subjects)
  expect(before.includes(1)).toBe(false)
  for (const share of [1, 100, 500]) {
    const now = challengersRows({ salt, share }, subjects)
    expect(now.every((its, row) => its >= before[row])).toBe(true)
    const chosen = now.reduce((sum, its) => sum + its, 0)
    const sd = Math.sqrt((subjects.length * share * (1000 - share)) / 1e6)
    expect(Math.abs(chosen - (subjects.length * share) / 1000)).toBeLessThan(5 * sd)
    before = now
  }
})

it('depends on the salt and on nothing else: not on the order of the roster, nor on other subjects', () => {
  const chosen = challengersRows({ salt, share: 300 }, subjects)
  const turned = challengersRows({ salt, share: 300 }, subjects.toReversed())
  expect(turned.toReversed()).toEqual(chosen)
  const other = challengersRows({ salt: 'cd'.repeat(32), share: 300 }, subjects)
  const both = other.reduce((sum, its, row) => sum + (its & chosen[row]), 0)
  // Independent splits share 0.3 * 0.3 of all.
  expect(Math.abs(both - 0.09 * subjects.length)).toBeLessThan(5 * Math.sqrt(subjects.length * 0.09 * 0.91))
})
