/**
 * How enterprises go on from one roster to the next. Each row knows under which code its enterprise came onto the roster (its
 * origin) and in which version: both stay when the code changes, so any two versions can be laid onto each other without the
 * ones between.
 */
import { codeFault, type RosterChange } from './change.ts'

/** The rows of one version. */
export interface Lineage {
  readonly version: number
  /** Ascending by UTF-16 code unit, each once: the order of the rows. */
  readonly codes: readonly string[]
  /** Version in which the enterprise of a row came onto the roster. */
  readonly since: Int32Array
  /** The code under which it came, where it has another one now. */
  readonly origins: ReadonlyMap<string, string>
}

export const originOf = ({ origins }: Lineage, code: string): string => origins.get(code) ?? code

/**
 * Where each row of a roster was in an earlier one.
 * @returns per row of `current` its row in `previous`; -1 for an enterprise that was not there. One that others merged into is
 * where it was itself; one with a new code where the old code was; closed ones are nowhere.
 */
export function rowsOf(previous: Lineage, current: Lineage): Int32Array {
  const before = new Map<string, number>()
  previous.codes.forEach((code, row) => {
    before.set(originOf(previous, code), row)
  })
  return Int32Array.from(current.codes, (code, row) => {
    const found = before.get(originOf(current, code))
    // A code that was closed and came back is another enterprise, or another time of the same one.
    return found !== undefined && previous.since[found] === current.since[row] ? found : -1
  })
}

/** The first version: every enterprise comes with it. */
export function firstVersion(codes: Iterable<string>): Lineage {
  const sorted = [...new Set(codes)].sort()
  return { version: 1, codes: sorted, since: new Int32Array(sorted.length).fill(1), origins: new Map() }
}

/** The next version after changes that hold; see `faultsOf`. */
export function nextVersion(previous: Lineage, changes: readonly RosterChange[]): Lineage {
  const version = previous.version + 1
  const rows = new Map<string, { since: number; origin: string }>()
  previous.codes.forEach((code, row) => {
    rows.set(code, { since: previous.since[row], origin: originOf(previous, code) })
  })
  const renamed: [string, { since: number; origin: string }][] = []
  for (const change of changes) {
    if (change.kind === 'new') renamed.push([change.to, { since: version, origin: change.to }])
    else {
      if (change.kind === 'renamed') renamed.push([change.to, rows.get(change.from[0])!])
      for (const code of change.from) rows.delete(code)
    }
  }
  for (const [code, row] of renamed) rows.set(code, row)
  const codes = [...rows.keys()].sort()
  return {
    version,
    codes,
    since: Int32Array.from(codes, (code) => rows.get(code)!.since),
    origins: new Map(
      codes
        .map((code) => [code, rows.get(code)!.origin] as const)
        .filter(([code, origin]) => code !== origin),
    ),
  }
}

/** Changes where nobody says more: what is there no more was closed, what is there now is new. */
export function plainChanges(previous: Lineage, codes: readonly string[], day: string): RosterChange[] {
  const [before, now] = [new Set(previous.codes), new Set(codes)]
  const closed = previous.codes.filter((code) => !now.has(code))
  const added = [...now].filter((code) => !before.has(code)).sort()
  return [
    ...closed.map((code): RosterChange => ({ kind: 'closed', from: [code], day })),
    ...added.map((code): RosterChange => ({ kind: 'new', to: code, day })),
  ]
}

/** Whether two versions have the same rows. */
export const sameRows = (a: Lineage, b: Lineage): boolean =>
  a.codes.length === b.codes.length &&
  a.origins.size === b.origins.size &&
  a.codes.every((code, row) => code === b.codes[row] && a.since[row] === b.since[row]) &&
  [...a.origins].every(([code, origin]) => b.origins.get(code) === origin)

/** What is wrong with the codes of a list as such, by line; empty for nothing. */
export const codeFaults = (codes: readonly string[]): string[] =>
  codes.flatMap((code, at) => {
    const fault = codeFault(code)
    return fault === null ? [] : [`line ${at + 1}: ${fault}`]
  })
