/** The folder of what a node must not forget: made if it is missing, used by one process at a time. */
import { join } from 'node:path'
import { lockFolder } from '../store/folder-lock.ts'

/**
 * @param folder folder of the node's configuration, to which `state` is relative
 * @returns the state folder, locked until this process ends
 * @throws StoreLocked
 */
export function openState(folder: string, { state }: { readonly state: string }): string {
  const path = join(folder, state)
  process.once('exit', lockFolder(path))
  return path
}
