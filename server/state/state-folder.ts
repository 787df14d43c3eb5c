/** The folder of what a node must not forget: made if it is missing, used by one process at a time. */
import { join } from 'node:path'
import { lockFolder } from '../store/folder-lock.ts'

export const stateFolder = (folder: string, { state }: { readonly state: string }): string =>
  join(folder, state)

/**
 * @param folder folder of the node's configuration, to which `state` is relative
 * @returns the state folder, locked until this process ends
 * @throws StoreLocked
 */
export function openState(folder: string, config: { readonly state: string }): string {
  const path = stateFolder(folder, config)
  process.once('exit', lockFolder(path))
  return path
}
