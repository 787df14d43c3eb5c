/** Versions of the roster: the platform issues and signs them, each follows from the one before, none comes back. */
import type { Suite } from '../../engine/index.ts'
import { type Membership, PLATFORM } from '../members.ts'
import { headerBytesOf, putTogether } from '../messages/signed-lines.ts'
import type { RosterChange } from './change.ts'
import { rosterErrors } from './errors.ts'
import { faultsOf, type PlacedChange } from './faults.ts'
import { firstVersion, type Lineage, nextVersion, originOf, sameRows } from './lineage.ts'
import {
  linesOf,
  partsOfRoster,
  ROSTER_FORMAT,
  ROW_ORDER,
  type RosterHeader,
  type RosterParts,
  readLines,
} from './roster-file.ts'

/** Faults that a message names; a list that was mixed up has one for every code. */
const MOST_FAULTS = 20

/** A version whose form holds. */
export interface RosterVersion extends Lineage {
  /** Hash of the head, in hex: the same for the same roster only. */
  readonly digest: string
  readonly consortium: string
  readonly issued: string
  readonly previous: string
  readonly changes: readonly RosterChange[]
}

export interface NewRoster {
  /** Day of issue. */
  readonly issued: string
  /** All codes of the new version, any order. */
  readonly codes: readonly string[]
  /** What happened since the version before; none for the first. */
  readonly changes: readonly PlacedChange[]
  /** Null for the first. */
  readonly previous: RosterVersion | null
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const digestOf = (suite: Suite, head: Uint8Array): Uint8Array =>
  suite.hash(Buffer.from('yinxin roster 1\n'), head)

/** The faults of a version in one text. */
const listed = (faults: readonly string[]): string =>
  [
    ...faults.slice(0, MOST_FAULTS),
    ...(faults.length > MOST_FAULTS ? [`and ${faults.length - MOST_FAULTS} more`] : []),
  ].join('; ')

/**
 * Makes and signs the next version.
 * @param membership the platform's own
 * @throws RosterSignature at any other member; RosterChanges naming every fault; RosterMalformed for a code that cannot stand on a line
 */
export function createRosterVersion(membership: Membership, roster: NewRoster): Uint8Array {
  const { suite, consortium, name } = membership
  const { issued, previous } = roster
  if (name !== PLATFORM) throw new rosterErrors.RosterSignature(`${name} would issue it`)
  const version = (previous?.version ?? 0) + 1
  const changes = roster.changes.map(({ change }) => change)
  let rows: Lineage
  if (previous) {
    const faults = faultsOf(roster.changes, { previous, codes: roster.codes, issued })
    if (faults.length > 0) throw new rosterErrors.RosterChanges(version, listed(faults))
    rows = nextVersion(previous, changes)
  } else {
    if (changes.length > 0)
      throw new rosterErrors.RosterChanges(version, 'there is no version before that anything could change')
    rows = firstVersion(roster.codes)
  }
  const lines = linesOf(changes, rows)
  const header: RosterHeader = {
    format: ROSTER_FORMAT,
    consortium,
    issuer: name,
    version,
    issued,
    previous: previous?.digest ?? '',
    order: ROW_ORDER,
    changes: changes.length,
    rows: rows.codes.length,
    lines: hex(suite.hash(lines)),
  }
  readLines(header, lines)
  return putTogether(header, lines, membership.sign(digestOf(suite, headerBytesOf(header))))
}

/**
 * Reads a roster file and proves it, the signature first.
 * @throws RosterMalformed, RosterConsortium, RosterSignature, RosterAltered
 */
export function verifyRoster(membership: Membership, file: Uint8Array): RosterVersion {
  const { suite, consortium } = membership
  const parts = partsOfRoster(file)
  const { header, headerBytes, signature } = parts
  if (header.consortium !== consortium) throw new rosterErrors.RosterConsortium(header.consortium, consortium)
  if (header.issuer !== PLATFORM) throw new rosterErrors.RosterSignature('another member issued it')
  if (!membership.verify(PLATFORM, digestOf(suite, headerBytes), signature))
    throw new rosterErrors.RosterSignature('the signature does not hold')
  return versionOf(suite, parts)
}

/**
 * Reads a copy that this party made of a roster that it had proven; keys may have changed since.
 * @throws RosterMalformed, RosterAltered
 */
export const readOwnCopy = ({ suite }: Membership, file: Uint8Array): RosterVersion =>
  versionOf(suite, partsOfRoster(file))

function versionOf(suite: Suite, { header, headerBytes, lines }: RosterParts): RosterVersion {
  if (hex(suite.hash(lines)) !== header.lines) throw new rosterErrors.RosterAltered(header.version)
  const { consortium, issued, previous } = header
  return {
    ...readLines(header, lines),
    digest: hex(digestOf(suite, headerBytes)),
    consortium,
    issued,
    previous,
  }
}

/**
 * Accepts a version after the newest that this party has accepted.
 * @returns whether it is a newer one
 * @throws RosterRolledBack, RosterForked, RosterUnfollowed
 */
export function checkFollows(accepted: RosterVersion | null, next: RosterVersion): boolean {
  if (accepted === null) return true
  if (next.version < accepted.version) throw new rosterErrors.RosterRolledBack(next.version, accepted.version)
  if (next.version === accepted.version) {
    if (next.digest !== accepted.digest) throw new rosterErrors.RosterForked(next.version)
    return false
  }
  const refuse = (why: string) => new rosterErrors.RosterUnfollowed(next.version, accepted.version, why)
  if (next.version === accepted.version + 1) {
    if (next.previous !== accepted.digest) throw refuse('it names another one as the version before')
    const faults = faultsOf(placedInFile(next.changes), {
      previous: accepted,
      codes: next.codes,
      issued: next.issued,
    })
    if (faults.length > 0) throw refuse(listed(faults))
    if (!sameRows(nextVersion(accepted, next.changes), next))
      throw refuse('its rows are not those that its changes make')
    return true
  }
  const stranger = strangerTo(accepted, next)
  if (stranger !== null) throw refuse(`${stranger} would have been on it, and was not`)
  return true
}

/** Changes with their lines in the file, where the head is line 1. */
const placedInFile = (changes: readonly RosterChange[]): PlacedChange[] =>
  changes.map((change, at) => ({ change, line: at + 2 }))

/** A row that claims to have been on an earlier version and was not; the versions between are not known here. */
function strangerTo(earlier: Lineage, next: Lineage): string | null {
  const came = new Map(earlier.codes.map((code, row) => [originOf(earlier, code), earlier.since[row]]))
  return (
    next.codes.find(
      (code, row) => next.since[row] <= earlier.version && came.get(originOf(next, code)) !== next.since[row],
    ) ?? null
  )
}
