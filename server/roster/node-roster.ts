/** A node's roster: a plain list that stays as it is, or signed versions of which it takes the newest. */
import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createRoster, featuresErrors, type Roster, readRoster } from '../../features/index.ts'
import {
  checkFollows,
  type Membership,
  type RosterVersion,
  rowsOf,
  verifyRoster,
} from '../../federation/index.ts'
import { type MemberConfig, readMembership } from '../node/membership.ts'
import { stateFolder } from '../state/state-folder.ts'
import { AcceptedRosters } from './accepted-rosters.ts'

/** As the configuration names it: a path for a plain list. */
export type RosterPlace = string | { readonly signed: string }

/** One version, as a node works with it. */
export interface HeldRoster {
  readonly roster: Roster
  /** Null for a plain list. */
  readonly version: RosterVersion | null
  /**
   * For each row its row in an earlier version, -1 where the enterprise was not on it.
   * @param digest of the rows of that version; null is returned for one that this node does not know any more
   */
  rowsOf(digest: string): Int32Array | null
}

interface Place {
  readonly membership: Membership
  /** Folder of the configuration. */
  readonly folder: string
  readonly place: RosterPlace
  readonly state: string
}

const sameRows = ({ size }: Roster): Int32Array => Int32Array.from({ length: size }, (_, row) => row)
const rosterOf = ({ codes, origins }: RosterVersion): Roster => createRoster(codes, origins)

async function readSigned(folder: string, file: string): Promise<Uint8Array> {
  return readFile(join(folder, file)).catch((cause: NodeJS.ErrnoException) => {
    throw new featuresErrors.FileMissing(basename(file), cause.code)
  })
}

/**
 * A node's roster for reading only: its process may be running, and nothing is accepted.
 * @param config of the node, which needs to be enrolled for a signed roster only
 * @throws YX_FEATURES_FILE_MISSING, YX_FEATURES_ROSTER_INVALID; what a signed roster is refused for
 */
export async function readNodeRoster(
  folder: string,
  config: MemberConfig & { readonly roster: RosterPlace },
): Promise<Roster> {
  const place = config.roster
  if (typeof place === 'string') return readRoster(join(folder, place))
  const membership = readMembership(folder, config)
  const version = verifyRoster(membership, await readSigned(folder, place.signed))
  checkFollows(new AcceptedRosters(membership, stateFolder(folder, config)).newest(), version)
  return rosterOf(version)
}

/** The accepted version with these rows, for reading only; null where there is none or its copy is gone. */
export function readRosterWithRows(membership: Membership, state: string, digest: string): Roster | null {
  const version = new AcceptedRosters(membership, state).withRows(digest)
  return version && rosterOf(version)
}

/** For the process of the node, which has locked the state folder. */
export class NodeRoster {
  #place: Place
  #accepted: AcceptedRosters
  #held: HeldRoster | undefined
  /** The file as it was when it was last looked at. */
  #seen = ''

  private constructor(place: Place) {
    this.#place = place
    this.#accepted = new AcceptedRosters(place.membership, place.state)
  }

  /** @throws what `readNodeRoster` throws */
  static async open(place: Place): Promise<NodeRoster> {
    const opened = new NodeRoster(place)
    opened.#held =
      typeof place.place === 'string'
        ? plainRoster(await readRoster(join(place.folder, place.place)))
        : (await opened.next())!
    return opened
  }

  /** The version in force at this node. */
  get held(): HeldRoster {
    return this.#held as HeldRoster
  }

  /** The version with these rows, for a run that was begun on it. */
  withRows(digest: string): Roster | null {
    if (this.#held?.roster.digest === digest) return this.#held.roster
    const version = this.#accepted.withRows(digest)
    return version && rosterOf(version)
  }

  /**
   * A newer version, proven, accepted for good and kept; null where the file is the one that was looked at before. It is not in
   * force yet: see `take`.
   * @throws what a signed roster is refused for, once for each form of the file
   */
  async next(): Promise<HeldRoster | null> {
    const { place, folder, membership } = this.#place
    if (typeof place === 'string') return null
    const form = await formOf(join(folder, place.signed))
    if (form === this.#seen) return null
    this.#seen = form
    const bytes = await readSigned(folder, place.signed)
    const version = verifyRoster(membership, bytes)
    const unknown = checkFollows(this.#accepted.newest(), version)
    // `yinxin roster issue` accepts what it issues in this same folder.
    if (this.#held && version.version === this.#held.version?.version) return null
    const roster = rosterOf(version)
    if (unknown) await this.#accepted.keep(version, roster.digest, bytes)
    return this.#versioned(roster, version)
  }

  /** From here on it is in force. */
  take(next: HeldRoster): void {
    this.#held = next
  }

  #versioned(roster: Roster, version: RosterVersion): HeldRoster {
    return {
      roster,
      version,
      rowsOf: (digest) => {
        if (digest === roster.digest) return sameRows(roster)
        const earlier = this.#accepted.withRows(digest)
        return earlier && earlier.version < version.version ? rowsOf(earlier, version) : null
      },
    }
  }
}

const plainRoster = (roster: Roster): HeldRoster => ({
  roster,
  version: null,
  rowsOf: (digest) => (digest === roster.digest ? sameRows(roster) : null),
})

/** Tells two forms of a file apart without reading it; empty for none. */
async function formOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(file)
    return `${ino} ${size} ${mtimeMs}`
  } catch {
    return ''
  }
}
