/** Nights and the list of authorised firms: what a firm did not allow is not in its total, whoever is held back or away. */
import { expect, it } from 'vitest'
import { KEY_HOLDER } from '../../../federation/index.ts'
import { wordsOfBytes } from '../../../federation/runs/words.ts'
import { nightWorld } from '../../helpers/nights.ts'
import { intercept } from '../federation/interception.ts'

const ROWS = 800
const PUBLIC = 'provider-4'

it('follows the list of the night: fresh, held back and carried over', async () => {
  const list = Uint8Array.from({ length: ROWS }, (_, row) => (row % 10 === 9 ? 0 : 1))
  const night = await nightWorld({ authorised: list, publicProviders: [PUBLIC] })
  const desk = night.desk!
  let version = 1
  const issue = (changes: Record<number, 0 | 1>) => {
    for (const [row, value] of Object.entries(changes)) list[Number(row)] = value
    desk.handOut(desk.issue(++version, list))
  }
  /** Each provider's points where it may give them. */
  const clear = (pointsOf: (name: string, row: number) => number) =>
    Array.from({ length: ROWS }, (_, row) =>
      night.names
        .filter((name) => name === PUBLIC || list[row] === 1)
        .reduce((sum, name) => sum + pointsOf(name, row), 0),
    )
  const now = new Map(night.names.map((name) => [name, night.points(name)]))
  const today = (name: string, row: number) => now.get(name)![row]

  const first = await night.night()
  expect([...first.totals]).toEqual(clear(today))
  expect([...first.publicOnly]).toEqual(Array.from(list, (on) => 1 - on))

  // One provider refreshes alone while one firm withdraws and another one joins: no change of data of the others.
  issue({ 10: 0, 19: 1 })
  night.change('provider-2', [19, 20, 21, 22, 23])
  const changed = night.points('provider-2')
  const second = await night.night()
  expect(second.parts.map(({ part }) => part)).toEqual(['fresh', 'held', 'fresh', 'fresh'])
  const held = (name: string, row: number) =>
    name === 'provider-2' && row === 19 ? changed[row] : today(name, row)
  expect([...second.totals]).toEqual(clear(held))
  expect(second.unrated).not.toContain(1)
  expect(changed[20]).not.toBe(today('provider-2', 20))

  // A provider is away: firms whose authorisation changed since its vector wait, and their rows stay closed.
  issue({ 30: 0, 39: 1 })
  night.away.add('provider-1')
  const recorded = intercept(night.consortium)
  const third = await night.night()
  expect(third.parts.map(({ part }) => part)).toEqual(['carried', 'held', 'fresh', 'fresh'])
  expect([...third.unrated.keys()].filter((row) => third.unrated[row] === 1)).toEqual([30, 39])
  const waiting = clear(held).map((total, row) => (row === 30 || row === 39 ? 0 : total))
  expect([...third.totals]).toEqual(waiting)
  const answer = recorded.find(({ type, from }) => type === 'night.masks' && from === KEY_HOLDER)!
  const words = wordsOfBytes(answer.body.points as Uint8Array, ROWS)
  expect([...words.keys()].filter((row) => words[row] === 0)).toEqual([30, 39])
  await night.consortium.close()
})
