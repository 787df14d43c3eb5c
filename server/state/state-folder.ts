/** The folder of what a node must not forget: made if it is missing, of one member, used by one process at a time. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { serverErrors } from '../errors.ts'
import { lockFolder } from '../store/folder-lock.ts'
import { removeLeftovers, replaceFileSync } from './durable-file.ts'
import { writingSync } from './unwritable.ts'

/** Whose memory a folder holds; a {@link Membership} is one. */
export interface StateOwner {
  readonly consortium: string
  readonly name: string
}

const worded = ({ consortium, name }: StateOwner): string => `"${name}" in "${consortium}"`

const OWNER_FILE = 'owner.json'

export const stateFolder = (folder: string, { state }: { readonly state: string }): string =>
  join(folder, state)

/** The member that a state folder belongs to; null for a new one. @throws NodeFileUnreadable */
export function ownerOf(state: string): StateOwner | null {
  try {
    const { consortium, name } = JSON.parse(readFileSync(join(state, OWNER_FILE), 'utf8')) as StateOwner
    return { consortium, name }
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new serverErrors.NodeFileUnreadable(OWNER_FILE)
  }
}

/**
 * One node's ledger or counters in another's hands would be taken for its own.
 * @throws StateForeign
 */
export function assertOwner(state: string, { consortium, name }: StateOwner): void {
  const owner = ownerOf(state)
  if (owner !== null && (owner.name !== name || owner.consortium !== consortium))
    throw new serverErrors.StateForeign(worded({ consortium, name }), worded(owner))
}

/**
 * @param folder folder of the node's configuration, to which `state` is relative
 * @returns the state folder, its owner's name in it, locked until this process ends
 * @throws StoreLocked, StateForeign, StateUnwritable
 */
export function openState(folder: string, config: { readonly state: string }, owner: StateOwner): string {
  const path = stateFolder(folder, config)
  // Before the lock: a folder of another node is left as it is.
  assertOwner(path, owner)
  process.once(
    'exit',
    writingSync('lock', () => lockFolder(path)),
  )
  writingSync('leftovers', () => removeLeftovers(path, Date.now()))
  if (ownerOf(path) === null) {
    const { consortium, name } = owner
    replaceFileSync(join(path, OWNER_FILE), JSON.stringify({ consortium, name }))
  }
  return path
}
