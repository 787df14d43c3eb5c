/** Issues the next version of the roster, signed, in the place where the platform reads it. */
import { mkdir, readFile } from 'node:fs/promises'
import { checkUscc, createRoster, type Roster, USCC_RULES } from '../../features/index.ts'
import {
  createRosterVersion,
  type Membership,
  type PlacedChange,
  parseChange,
  plainChanges,
  type RosterVersion,
  verifyRoster,
} from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { replaceFile } from '../state/durable-file.ts'
import { AcceptedRosters } from './accepted-rosters.ts'

/** Lines that a message names. */
const MOST_FAULTS = 20

export interface IssueRosterOptions {
  /** The platform's own. */
  readonly membership: Membership
  /** Where the roster goes. */
  readonly file: string
  /** The platform's state folder. */
  readonly state: string
  readonly codes: readonly string[]
  /** Null where nobody says more than the codes do. */
  readonly changes: readonly PlacedChange[] | null
  /** YYYY-MM-DD */
  readonly today: string
}

export interface IssuedRoster {
  readonly version: number
  readonly digest: string
  /** Of the rows: what parties compare and plans name. */
  readonly rosterDigest: string
  readonly rows: number
  readonly counts: Readonly<Record<'new' | 'closed' | 'merged' | 'renamed', number>>
}

export function countsOf(version: Pick<RosterVersion, 'changes'>): IssuedRoster['counts'] {
  const counts = { new: 0, closed: 0, merged: 0, renamed: 0 }
  for (const { kind } of version.changes) counts[kind]++
  return counts
}

/**
 * A process of the platform may be running: it takes the new version when no run is under way.
 * @throws RosterChanges, RosterMalformed, RosterSignature, RosterUnchanged; what the file in that place is refused for
 */
export async function issueRoster(options: IssueRosterOptions): Promise<IssuedRoster> {
  const { membership, file, state, codes, today } = options
  await mkdir(state, { recursive: true, mode: 0o700 })
  const accepted = new AcceptedRosters(membership, state)
  const previous = await newestOf(membership, accepted, file)
  const changes = options.changes ?? deduced(previous, codes, today)
  if (previous && changes.length === 0 && options.changes === null)
    throw new serverErrors.RosterUnchanged(previous.version)
  const bytes = createRosterVersion(membership, { issued: today, codes, changes, previous })
  const version = verifyRoster(membership, bytes)
  const roster = createRoster(version.codes, version.origins)
  await replaceFile(file, bytes)
  await accepted.keep(version, roster.digest, bytes)
  return {
    version: version.version,
    digest: version.digest,
    rosterDigest: roster.digest,
    rows: roster.size,
    counts: countsOf(version),
  }
}

/** The newest version: of the memory, or in the place where a crash left it before it was remembered. */
async function newestOf(
  membership: Membership,
  accepted: AcceptedRosters,
  file: string,
): Promise<RosterVersion | null> {
  const known = accepted.newest()
  const bytes = await readFile(file).catch(() => null)
  if (bytes === null) return known
  const placed = verifyRoster(membership, bytes)
  return known && placed.version <= known.version ? known : placed
}

/** Line numbers are those of the list that `yinxin roster diff` would print. */
function deduced(previous: RosterVersion | null, codes: readonly string[], day: string): PlacedChange[] {
  if (previous === null) return []
  return plainChanges(previous, codes, day).map((change, at) => ({ change, line: at + 1 }))
}

/** The lines of a text file that are not empty, with their numbers; spaces around them and CRLF are let pass. */
async function readTextLines(file: string): Promise<{ text: string; line: number }[]> {
  const bytes = await readFile(file).catch(() => {
    throw new serverErrors.RosterUnreadable('it is not there, or may not be read')
  })
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new serverErrors.RosterUnreadable('it is not UTF-8')
  }
  return text
    .split('\n')
    .map((one, at) => ({ text: one.trim(), line: at + 1 }))
    .filter((one) => one.text !== '')
}

/**
 * The codes of a text file, one a line.
 * @param uscc true where codes are unified social credit codes: a mistyped one could be another firm's, so each is checked, unless
 * `known` has it as it stands
 * @throws RosterUnreadable; RosterCodes naming the first lines that are refused
 */
export async function readRosterCodes(
  file: string,
  known: Pick<Roster, 'index'> | null,
  uscc: boolean,
): Promise<string[]> {
  const lines = await readTextLines(file)
  const faults: string[] = []
  const seen = new Map<string, number>()
  for (const { text, line } of lines) {
    const earlier = seen.get(text)
    const broken = uscc && !(known && known.index(text) >= 0) ? checkUscc(text) : null
    if (earlier !== undefined) faults.push(`line ${line}: the code of line ${earlier} again`)
    else if (broken) faults.push(`line ${line}: ${USCC_RULES[broken]}`)
    seen.set(text, line)
  }
  if (faults.length > 0)
    throw new serverErrors.RosterCodes(faults.length, faults.slice(0, MOST_FAULTS).join('; '))
  return [...seen.keys()]
}

/** The changes of a text file, one a line. @throws RosterUnreadable; RosterCodes naming the lines that are none */
export async function readChanges(file: string): Promise<PlacedChange[]> {
  const faults: string[] = []
  const changes: PlacedChange[] = []
  for (const { text, line } of await readTextLines(file)) {
    const change = parseChange(text.replace(/\s+/g, ' '))
    if (typeof change === 'string') faults.push(`line ${line}: ${change}`)
    else changes.push({ change, line })
  }
  if (faults.length > 0)
    throw new serverErrors.RosterCodes(faults.length, faults.slice(0, MOST_FAULTS).join('; '))
  return changes
}
