/** A member takes newer member lists over while it runs: proven, durable, and in force from its next run on. */
import { federationErrors, type Identity, type Membership } from '../../federation/index.ts'
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

/** What a list is refused for: it stays what it is, however often it is fetched. */
const REFUSALS = [
  federationErrors.MemberListMalformed,
  federationErrors.MemberListForeign,
  federationErrors.MemberListSignature,
  federationErrors.MemberListRolledBack,
  federationErrors.MemberListForked,
]

export class ListFollower {
  #sources: FollowerSources
  #following: Promise<void> = Promise.resolve()
  /** Highest version that was accepted or refused: it is not asked for with every answer. */
  #seen: number
  /** Highest version that is being asked for. */
  #asked = 0

  constructor(sources: FollowerSources) {
    this.#sources = sources
    this.#seen = sources.membership.newestVersion
    sources.membership.onBehind = (version) => this.#ask(version)
  }

  /** Told of the version that the platform holds. */
  announced(version: number): void {
    if (version > this.#seen && version > this.#asked) void this.#ask(version)
  }

  /** Resolves when what was announced is taken over or refused: what comes behind it may need its keys. */
  settled(): Promise<void> {
    return this.#following
  }

  #ask(version: number): Promise<void> {
    this.#asked = Math.max(this.#asked, version)
    this.#following = this.#following.then(async () => {
      await this.#follow(version)
      if (this.#asked === version) this.#asked = 0
    })
    return this.#following
  }

  async #follow(version: number): Promise<void> {
    const { membership, lists, fetch, identity, onNotice } = this.#sources
    try {
      await lists.accept(await fetch())
      const { list } = lists.newest
      if (list.version > membership.newestVersion) {
        membership.accept(list, identity())
        onNotice(`version ${list.version} of the member list is accepted; the next run uses it`)
      }
      this.#seen = Math.max(this.#seen, list.version)
    } catch (fault) {
      if (REFUSALS.some((Refusal) => fault instanceof Refusal)) this.#seen = Math.max(this.#seen, version)
      onNotice(`a newer member list is not taken over: ${(fault as Error).message}`)
    }
  }
}
