/**
 * The list in force as the roles use it. It is read again for every run, so that a firm that withdraws is out of the next one,
 * and a node remembers the newest list that it accepted, so that no older one brings the firm back.
 */
import type { Membership } from '../members.ts'
import type { Clock } from '../ports.ts'
import { authorisationErrors } from './errors.ts'
import { type AuthorisationList, type ListIdentity, verifyList } from './list.ts'

/** A list laid along the roster. */
export interface AuthorisedRows extends ListIdentity {
  readonly purpose: string
  /** 1 for every roster row whose firm is on the list. */
  readonly rows: Uint8Array
  /** @throws AuthorisationExpired outside of its time */
  checkTime(now: Date): void
}

/** Where a role takes the list in force from. */
export interface AuthorisationSource {
  /** The list as it is now, proven; null where this party has none. @throws any of the list's errors */
  current(): Promise<AuthorisedRows | null>
}

/** Keeps the newest list that a node has accepted. */
export interface AuthorisationMemory {
  load(): Promise<ListIdentity | null>
  /** Resolves when it is durable. */
  keep(accepted: ListIdentity): Promise<void>
}

/**
 * Accepts a list for good, unless a newer one was accepted before.
 * @throws AuthorisationRolledBack, AuthorisationForked
 */
export async function acceptList(
  { version, digest }: ListIdentity,
  memory: AuthorisationMemory,
): Promise<void> {
  const accepted = await memory.load()
  if (accepted && version < accepted.version)
    throw new authorisationErrors.AuthorisationRolledBack(version, accepted.version)
  if (accepted?.version === version) {
    if (accepted.digest !== digest) throw new authorisationErrors.AuthorisationForked(version)
    return
  }
  await memory.keep({ version, digest })
}

export interface ListSourceOptions {
  readonly membership: Membership
  readonly roster: { readonly size: number; index(code: string): number }
  readonly clock: Clock
  readonly memory: AuthorisationMemory
  /** The bytes of the list file as it is now. */
  readonly read: () => Promise<Uint8Array>
}

/** A list file, proven, in time and accepted each time it is asked for. */
export function listSource({
  membership,
  roster,
  clock,
  memory,
  read,
}: ListSourceOptions): AuthorisationSource {
  return {
    async current() {
      const list = verifyList(membership, await read())
      list.checkTime(clock.now())
      await acceptList(list, memory)
      return rowsInForce(list, roster)
    },
  }
}

export function rowsInForce(
  list: AuthorisationList,
  roster: { readonly size: number; index(code: string): number },
): AuthorisedRows {
  const { version, digest, purpose } = list
  return { version, digest, purpose, rows: list.rowsOf(roster), checkTime: (now) => list.checkTime(now) }
}

/** For parties without a list. */
export const noList: AuthorisationSource = { current: async () => null }

/** A memory for tests and examples, where nothing outlives the process. */
export function memoryOfList(accepted: ListIdentity | null = null): AuthorisationMemory {
  return {
    load: async () => accepted,
    async keep(next) {
      accepted = next
    },
  }
}
