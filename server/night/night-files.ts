/** What a node must not forget of its nights, as files in a folder of its state folder. */
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { NightFiles } from '../../federation/index.ts'
import { replaceFile, syncFolder } from '../state/durable-file.ts'

const FOLDER = 'night'

/** @param state the node's state folder, locked by its process */
export async function openNightFiles(state: string): Promise<NightFiles> {
  const folder = join(state, FOLDER)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await syncFolder(state)
  return {
    async read(name) {
      try {
        return await readFile(join(folder, name))
      } catch (fault) {
        if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw fault
      }
    },
    write: (name, bytes) => replaceFile(join(folder, name), bytes),
    remove: (name) => rm(join(folder, name), { force: true }),
  }
}
