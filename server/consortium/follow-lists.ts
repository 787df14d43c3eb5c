/** A member takes newer member lists over while it runs: proven, durable, and in force from its next run on. */
import type { Identity, Membership } from '../../federation/index.ts'
import type { KnownLists } from './known-lists.ts'

export interface FollowerSources {
  readonly membership: Membership
  readonly lists: KnownLists
  /** The newest list that the platform holds. */
  readonly fetch: () => Promise<unknown>
  /** The own keys, read anew: they may have been replaced. */
  readonly identity: () => Identity
  readonly onNotice: (text: string) => void
}

export class ListFollower {
  #sources: FollowerSources
  #following: Promise<void> = Promise.resolve()
  /** Highest version that was looked at: one that was refused is not asked for with every answer. */
  #seen: number

  constructor(sources: FollowerSources) {
    this.#sources = sources
    this.#seen = sources.membership.newestVersion
    sources.membership.onBehind = () => this.#follow()
  }

  /** Told of the version that the platform holds. */
  announced(version: number): void {
    if (version <= this.#seen) return
    this.#seen = version
    this.#following = this.#following.then(() => this.#follow())
  }

  /** Resolves when what was announced is taken over or refused: what comes behind it may need its keys. */
  settled(): Promise<void> {
    return this.#following
  }

  async #follow(): Promise<void> {
    const { membership, lists, fetch, identity, onNotice } = this.#sources
    try {
      if (!(await lists.accept(await fetch()))) return
      const { list } = lists.newest
      membership.accept(list, identity())
      onNotice(`version ${list.version} of the member list is accepted; the next run uses it`)
    } catch (fault) {
      onNotice(`a newer member list is not taken over: ${(fault as Error).message}`)
    }
  }
}
