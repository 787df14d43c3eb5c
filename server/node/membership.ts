/** Who a node is, and whom it knows: its identity and the member lists in its folder. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Identity, Membership } from '../../federation/index.ts'
import { readConsortium } from '../consortium/consortium-file.ts'
import { KnownLists } from '../consortium/known-lists.ts'
import { serverErrors } from '../errors.ts'
import { assertOwner, stateFolder } from '../state/state-folder.ts'

/** What of a configuration tells a node who it is. */
export interface MemberConfig {
  readonly name: string
  readonly identity: string
  readonly members: string
  readonly state: string
  readonly threads: number
}

/** Reads a JSON file that belongs to the node. @throws NodeFileUnreadable */
export function readNodeFile<V>(folder: string, file: string): V {
  try {
    return JSON.parse(readFileSync(join(folder, file), 'utf8')) as V
  } catch {
    throw new serverErrors.NodeFileUnreadable(file)
  }
}

export const systemClock = { now: () => new Date() }

/**
 * Identity, and all lists that the node knows, for reading only.
 * @throws NodeFileUnreadable, UnknownMember, and what a list is refused for
 */
export function readLists(
  folder: string,
  config: MemberConfig,
): { membership: Membership; lists: KnownLists } {
  const lists = KnownLists.read(
    readConsortium(folder),
    join(folder, config.members),
    stateFolder(folder, config),
  )
  const identity = readNodeFile<Identity>(folder, config.identity)
  const membership = new Membership(lists.inForce.list, identity, systemClock)
  membership.accept(lists.newest.list)
  return { membership, lists }
}

/**
 * Identity and newest member list of a node, for reading only: its process may be running.
 * @throws NodeFileUnreadable, UnknownMember, and what a list is refused for
 */
export const readMembership = (folder: string, config: MemberConfig): Membership =>
  new Membership(
    readLists(folder, config).lists.newest.list,
    readNodeFile<Identity>(folder, config.identity),
    systemClock,
  )

/**
 * Identity and member list of the node whose process this is. From here on it accepts no list older than the one it has now.
 * @throws NodeFileUnreadable, UnknownMember, and what a list is refused for
 */
export async function openMembership(
  folder: string,
  config: MemberConfig,
): Promise<{ membership: Membership; lists: KnownLists }> {
  const opened = readLists(folder, config)
  const { membership, lists } = opened
  assertOwner(stateFolder(folder, config), membership)
  membership.onTakenUp = (version) => lists.takeUp(version)
  await lists.takeUp(membership.version)
  return opened
}
