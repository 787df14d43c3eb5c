/**
 * The rosters that a node has accepted, as copies in `rosters/` of its state folder: its memory of the newest one, and what rows
 * of earlier vectors are looked up in. The name of a copy is its version and the digest of its rows.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Membership, type RosterVersion, readOwnCopy } from '../../federation/index.ts'
import { replaceFile, syncFolder } from '../state/durable-file.ts'

/** A year of monthly versions: as long as that a provider may be away and have its last vector carried over. */
const KEPT_VERSIONS = 12
const FOLDER = 'rosters'

interface Copy {
  readonly version: number
  /** Of the rows. */
  readonly digest: string
  readonly file: string
}

export class AcceptedRosters {
  #membership: Membership
  #folder: string

  /** @param state the node's state folder */
  constructor(membership: Membership, state: string) {
    this.#membership = membership
    this.#folder = join(state, FOLDER)
  }

  /** Newest first. */
  #copies(): Copy[] {
    let names: string[]
    try {
      names = readdirSync(this.#folder)
    } catch (fault) {
      if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw fault
    }
    return names
      .map((file) => ({ file, parts: /^(\d+)-([0-9a-f]{64})\.txt$/.exec(file) }))
      .flatMap(({ file, parts }) => (parts ? [{ version: Number(parts[1]), digest: parts[2], file }] : []))
      .sort((a, b) => b.version - a.version)
  }

  #read({ file }: Copy): RosterVersion {
    return readOwnCopy(this.#membership, readFileSync(join(this.#folder, file)))
  }

  /** The newest that was accepted; null for none. @throws RosterMalformed, RosterAltered for a damaged copy */
  newest(): RosterVersion | null {
    const [newest] = this.#copies()
    return newest ? this.#read(newest) : null
  }

  /** The version with these rows; null where there is none or its copy is gone. */
  withRows(digest: string): RosterVersion | null {
    const copy = this.#copies().find((one) => one.digest === digest)
    return copy ? this.#read(copy) : null
  }

  /** Resolves when it is durable; the oldest copies go. */
  async keep({ version }: RosterVersion, digest: string, bytes: Uint8Array): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await replaceFile(join(this.#folder, `${version}-${digest}.txt`), bytes)
    for (const { file } of this.#copies().slice(KEPT_VERSIONS))
      await rm(join(this.#folder, file), { force: true })
    await syncFolder(this.#folder)
  }
}
