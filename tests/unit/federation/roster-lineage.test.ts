/** Rows of one roster laid onto another, over any sequence of changes, against a model that follows each enterprise by hand. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRoster } from '../../../features/index.ts'
import type { RosterChange } from '../../../federation/index.ts'
import { faultsOf } from '../../../federation/roster/faults.ts'
import {
  firstVersion,
  type Lineage,
  nextVersion,
  plainChanges,
  rowsOf,
} from '../../../federation/roster/lineage.ts'

const DAY = '2026-11-24'
const changed = (previous: Lineage, ...changes: RosterChange[]) => nextVersion(previous, changes)
const comes = (to: string): RosterChange => ({ kind: 'new', to, day: DAY })
const closes = (code: string): RosterChange => ({ kind: 'closed', from: [code], day: DAY })
const renames = (code: string, to: string): RosterChange => ({ kind: 'renamed', from: [code], to, day: DAY })
const merges = (from: string[], to: string): RosterChange => ({ kind: 'merged', from, to, day: DAY })

describe('the rows of a version in an earlier one', () => {
  const first = firstVersion(['C', 'A', 'B', 'D'])

  it('are found under a new code, are nowhere for a new enterprise, and vanish for a closed one', () => {
    const next = changed(first, renames('A', 'Z'), comes('E'), closes('D'))
    expect(next.codes).toEqual(['B', 'C', 'E', 'Z'])
    expect([...rowsOf(first, next)]).toEqual([1, 2, -1, 0])
  })

  it('are its own for an enterprise that others merged into, not theirs', () => {
    const next = changed(first, merges(['A', 'B'], 'D'))
    expect(next.codes).toEqual(['C', 'D'])
    expect([...rowsOf(first, next)]).toEqual([2, 3])
  })

  it('are nowhere for one that is new because others merged into it', () => {
    const next = changed(first, merges(['A', 'B'], 'N'), comes('N'))
    expect([...rowsOf(first, next)]).toEqual([2, 3, -1])
  })

  it('are nowhere for a code that was closed and came back', () => {
    const third = changed(changed(first, closes('B')), comes('B'))
    expect(third.codes).toEqual(first.codes)
    expect([...rowsOf(first, third)]).toEqual([0, -1, 2, 3])
  })

  it('are told apart where a code is borne by another enterprise later', () => {
    const third = changed(changed(first, renames('B', 'Y'), closes('C')), renames('D', 'C'))
    expect(third.codes).toEqual(['A', 'C', 'Y'])
    expect([...rowsOf(first, third)]).toEqual([0, 3, 1])
  })
})

/** What happens to one enterprise in a step, by what is there: a number picks it. */
type Event = { kind: 'new' | 'closed' | 'renamed' | 'merged'; pick: number; other: number }
const event = fc.record<Event>({
  kind: fc.constantFrom('new', 'closed', 'renamed', 'merged'),
  pick: fc.nat(1000),
  other: fc.nat(1000),
})

interface Step {
  readonly rows: Lineage
  /** An object an enterprise, by code: the same one as long as it is the same. */
  readonly enterprises: ReadonlyMap<string, object>
}

/** Carries events out on the lineage and on the model; codes are never used by two enterprises in one step. */
function follow(start: Step, events: readonly Event[], fresh: () => string): Step {
  const enterprises = new Map(start.enterprises)
  const touched = new Set<string>()
  const changes: RosterChange[] = []
  const free = () => start.rows.codes.filter((code) => !touched.has(code))
  for (const { kind, pick, other } of events) {
    if (kind === 'new') {
      const code = fresh()
      enterprises.set(code, {})
      changes.push(comes(code))
      continue
    }
    const codes = free()
    if (codes.length < 3) continue
    const code = codes[pick % codes.length]
    touched.add(code)
    const [enterprise, to] = [
      enterprises.get(code)!,
      codes.filter((one) => one !== code)[other % (codes.length - 1)],
    ]
    enterprises.delete(code)
    if (kind === 'closed') changes.push(closes(code))
    else if (kind === 'merged') {
      touched.add(to)
      changes.push(merges([code], to))
    } else {
      const later = fresh()
      enterprises.set(later, enterprise)
      changes.push(renames(code, later))
    }
  }
  const codes = [...enterprises.keys()]
  const placed = changes.map((change, at) => ({ change, line: at + 1 }))
  expect(faultsOf(placed, { previous: start.rows, codes, issued: DAY })).toEqual([])
  const rows = nextVersion(start.rows, changes)
  expect([...rows.codes].sort()).toEqual([...codes].sort())
  return { rows, enterprises }
}

function stepsOf(events: readonly (readonly Event[])[]): Step[] {
  let count = 0
  const fresh = () => `${['K', 'B', 'X', 'A'][count % 4]}${count++}`
  const codes = Array.from({ length: 8 }, fresh)
  const steps: Step[] = [{ rows: firstVersion(codes), enterprises: new Map(codes.map((code) => [code, {}])) }]
  for (const some of events) steps.push(follow(steps.at(-1)!, some, fresh))
  return steps
}
const sequences = fc.array(fc.array(event, { maxLength: 6 }), { minLength: 2, maxLength: 8 })

describe('any sequence of new, closed, merged and renamed enterprises', () => {
  it('finds each enterprise where it was, between any two versions', () => {
    fc.assert(
      fc.property(sequences, (events) => {
        const steps = stepsOf(events)
        for (const [at, earlier] of steps.entries()) {
          for (const later of steps.slice(at)) {
            const expected = later.rows.codes.map((code) => {
              const enterprise = later.enterprises.get(code)
              return earlier.rows.codes.findIndex((one) => earlier.enterprises.get(one) === enterprise)
            })
            expect([...rowsOf(earlier.rows, later.rows)]).toEqual(expected)
          }
        }
      }),
    )
  })

  it('is the same in one step as in several', () => {
    fc.assert(
      fc.property(sequences, (events) => {
        const [a, b, c] = [0, 1, events.length].map((at) => stepsOf(events)[at].rows)
        const [ofB, inB] = [rowsOf(a, b), rowsOf(b, c)]
        expect([...rowsOf(a, c)]).toEqual(Array.from(inB, (row) => (row < 0 ? -1 : ofB[row])))
      }),
    )
  })

  it('leaves every enterprise in its fold', () => {
    fc.assert(
      fc.property(sequences, (events) => {
        const steps = stepsOf(events)
        const folds = new Map<object, number>()
        for (const { rows, enterprises } of steps) {
          const roster = createRoster(rows.codes, rows.origins)
          expect(roster.ids).toEqual(rows.codes)
          for (const [code, enterprise] of enterprises) {
            const fold = roster.folds[roster.index(code)]
            expect(fold).toBe(folds.get(enterprise) ?? fold)
            folds.set(enterprise, fold)
          }
        }
      }),
    )
  })

  it('control: folds by the present code would move enterprises', () => {
    const codes = Array.from({ length: 40 }, (_, at) => `A${at}`)
    const first = firstVersion(codes)
    const next = nextVersion(
      first,
      codes.map((code) => renames(code, code.replace('A', 'B'))),
    )
    const before = rowsOf(first, next)
    const moved = (folds: Uint8Array) =>
      [...folds].filter((fold, row) => fold !== createRoster(first.codes).folds[before[row]]).length
    expect(moved(createRoster(next.codes, next.origins).folds)).toBe(0)
    expect(moved(createRoster(next.codes).folds)).toBeGreaterThan(20)
  })
})

it('without more to say, what is gone was closed and what is there is new', () => {
  const first = firstVersion(['A', 'B', 'C'])
  expect(plainChanges(first, ['C', 'D', 'A'], DAY)).toEqual([closes('B'), comes('D')])
})
