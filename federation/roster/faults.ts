/** What is wrong with the changes from one roster to the next: every fault with its line. */
import { arriving, leaving, type RosterChange } from './change.ts'
import { type Lineage, originOf } from './lineage.ts'

/** A change and the line that it stands on. */
export interface PlacedChange {
  readonly change: RosterChange
  readonly line: number
}

/** What changes are about. */
interface Versions {
  readonly previous: Lineage
  /** Codes of the next version. */
  readonly codes: readonly string[]
  /** Day on which it is issued; nothing in it happens later. */
  readonly issued: string
}

/**
 * @returns each fault as a text with its line, or with its code where no line is about it; empty if the changes add up
 */
export function faultsOf(placed: readonly PlacedChange[], { previous, codes, issued }: Versions): string[] {
  const [before, now] = [new Set(previous.codes), new Set(codes)]
  const faults: string[] = []
  const left = new Map<string, PlacedChange>()
  const arrived = new Map<string, number>()
  const at = (line: number, why: string) => faults.push(`line ${line}: ${why}`)
  for (const one of placed) {
    const { change, line } = one
    if (change.day > issued) at(line, `${change.day} is after ${issued}, the day of issue`)
    for (const code of leaving(change)) {
      const earlier = left.get(code)
      if (earlier) at(line, `${code} leaves in line ${earlier.line} already`)
      else if (!before.has(code)) at(line, `${code} was not on version ${previous.version}`)
      else if (now.has(code)) at(line, `${code} is still on the new list`)
      left.set(code, earlier ?? one)
    }
    const code = arriving(change)
    if (code === null) continue
    const earlier = arrived.get(code)
    if (earlier !== undefined) at(line, `${code} comes in line ${earlier} already`)
    else if (before.has(code)) at(line, `${code} was on version ${previous.version} already`)
    else if (!now.has(code)) at(line, `${code} is not on the new list`)
    arrived.set(code, line)
  }
  faults.push(...targetFaults(placed, left, now), ...originFaults(placed, left, previous))
  for (const code of previous.codes)
    if (!now.has(code) && !left.has(code)) faults.push(`${code} is gone, and no line says why`)
  for (const code of now)
    if (!before.has(code) && !arrived.has(code))
      faults.push(`${code} is on the new list, and no line says whence`)
  return faults
}

/** Codes that others merge into or are renamed to must stay. */
function targetFaults(
  placed: readonly PlacedChange[],
  left: ReadonlyMap<string, PlacedChange>,
  now: ReadonlySet<string>,
): string[] {
  const faults: string[] = []
  for (const { change, line } of placed) {
    if (change.kind !== 'merged' && change.kind !== 'renamed') continue
    const { to } = change
    const further = left.get(to)
    if (further) {
      const circle = leadsBack(change.from, to, left)
      const where = further.change.kind === 'closed' ? 'which is closed' : 'which leaves itself'
      faults.push(
        `line ${line}: ${circle ? `the way from ${change.from[0]} goes in a circle` : `it goes to ${to}, ${where} in line ${further.line}`}`,
      )
    } else if (change.kind === 'merged' && !now.has(to)) {
      faults.push(`line ${line}: ${to}, into which it merges, is not on the new list`)
    }
  }
  return faults
}

function leadsBack(from: readonly string[], to: string, left: ReadonlyMap<string, PlacedChange>): boolean {
  const seen = new Set<string>()
  for (let code: string | undefined = to; code !== undefined && !seen.has(code); ) {
    if (from.includes(code)) return true
    seen.add(code)
    const change: RosterChange | undefined = left.get(code)?.change
    code = change && change.kind !== 'closed' ? change.to : undefined
  }
  return false
}

/** A code under which an enterprise came stays that enterprise's, or two would have one fold and one past. */
function originFaults(
  placed: readonly PlacedChange[],
  left: ReadonlyMap<string, PlacedChange>,
  previous: Lineage,
): string[] {
  const bearers = new Map<string, string>()
  for (const [code] of previous.origins) {
    const change = left.get(code)?.change
    if (change === undefined) bearers.set(originOf(previous, code), code)
    else if (change.kind === 'renamed') bearers.set(originOf(previous, code), change.to)
  }
  for (const { change } of placed)
    if (change.kind === 'renamed') bearers.set(originOf(previous, change.from[0]), change.to)
  return placed.flatMap(({ change, line }) => {
    const bearer = change.kind === 'new' ? bearers.get(change.to) : undefined
    return bearer === undefined
      ? []
      : [`line ${line}: ${arriving(change)} is the code under which ${bearer} came onto the roster`]
  })
}
