/**
 * The member lists that a node knows: the one it was enrolled with, and in `state/member-list.json` those it accepted since, from
 * the one in force to the newest. Nothing older than the newest is ever accepted again.
 */
import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  federationErrors,
  followsList,
  identityOfList,
  type PinnedRoot,
  type SignedMemberList,
  Turns,
  verifyMemberList,
} from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { replaceFile } from '../state/durable-file.ts'

const STATE_FILE = 'member-list.json'

interface Kept {
  readonly inForce: number
  /** Oldest first. */
  readonly lists: readonly SignedMemberList[]
}

const versionOf = ({ list }: SignedMemberList): number => list.version

/** A JSON file; undefined where there is none. @throws NodeFileUnreadable */
function readJson(file: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new serverErrors.NodeFileUnreadable(name)
  }
}

export class KnownLists {
  #root: PinnedRoot
  #state: string
  #lists: SignedMemberList[]
  #inForce: number
  /** Lists come in and are taken up at the same time; each change builds on the one before it. */
  #turns = new Turns()

  private constructor(root: PinnedRoot, state: string, lists: SignedMemberList[], inForce: number) {
    this.#root = root
    this.#state = state
    this.#lists = lists
    this.#inForce = inForce
  }

  /**
   * @param file the list that the node was enrolled with
   * @param state state folder of the node; it may not be there yet
   * @throws NodeFileUnreadable, and what a list is refused for
   */
  static read(root: PinnedRoot, file: string, state: string): KnownLists {
    const value = readJson(file, 'members')
    if (value === undefined) throw new serverErrors.NodeFileUnreadable('members')
    const enrolled = verifyMemberList(root, value)
    const kept = (readJson(join(state, STATE_FILE), STATE_FILE) ?? { inForce: 0, lists: [] }) as Kept
    if (!Array.isArray(kept.lists)) throw new serverErrors.NodeFileUnreadable(STATE_FILE)
    const lists = kept.lists.map((list) => verifyMemberList(root, list))
    const newest = lists.at(-1)
    // The list of the enrolment stays in its place while the node takes over newer ones; a later one may be put there by hand.
    const later = newest === undefined || versionOf(enrolled) > versionOf(newest)
    if (!later && versionOf(enrolled) === versionOf(newest)) followsList(identityOfList(newest), enrolled)
    if (later) lists.push(enrolled)
    const known = lists.some((list) => versionOf(list) === kept.inForce)
    return new KnownLists(root, state, lists, known ? kept.inForce : versionOf(lists[lists.length - 1]))
  }

  get newest(): SignedMemberList {
    return this.#lists[this.#lists.length - 1]
  }

  /** The list that the node's last run was opened under. */
  get inForce(): SignedMemberList {
    return this.#lists.find((list) => versionOf(list) === this.#inForce) ?? this.newest
  }

  /**
   * Proves a list and keeps it; resolves when it is durable.
   * @returns false for one that is known already
   * @throws MemberListMalformed, MemberListForeign, MemberListSignature, MemberListRolledBack, MemberListForked
   */
  async accept(value: unknown): Promise<boolean> {
    const list = verifyMemberList(this.#root, value)
    return this.#turns.take(async () => {
      if (!followsList(identityOfList(this.newest), list)) return false
      await this.#keep(this.#inForce, [...this.#lists, list])
      return true
    })
  }

  /**
   * Remembers which list is in force, and forgets older ones.
   * @throws MemberListBehind for one older than the list that came in force meanwhile
   */
  takeUp(version: number): Promise<void> {
    return this.#turns.take(async () => {
      const known = this.#lists.map(versionOf)
      if (version < this.#inForce) throw new federationErrors.MemberListBehind(version, known.join(', '))
      await this.#keep(
        version,
        this.#lists.filter((list) => versionOf(list) >= version),
      )
    })
  }

  async #keep(inForce: number, lists: SignedMemberList[]): Promise<void> {
    await mkdir(this.#state, { recursive: true, mode: 0o700 })
    await replaceFile(join(this.#state, STATE_FILE), JSON.stringify({ inForce, lists } satisfies Kept))
    this.#inForce = inForce
    this.#lists = lists
  }
}
