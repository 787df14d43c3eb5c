/** Files that survive a power cut: whole in their old or their new form, never half. */
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { writing, writingSync } from './unwritable.ts'

/** Makes names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Replaces a file, readable by its owner only; resolves when the new form is durable.
 * @throws StateUnwritable; the file then has its old form
 */
export async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  const fresh = `${file}.new`
  await writing(basename(file), async () => {
    try {
      const handle = await open(fresh, 'w', 0o600)
      try {
        await handle.writeFile(content)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(fresh, file)
    } catch (fault) {
      // Half a file would keep room that is needed elsewhere.
      await rm(fresh, { force: true }).catch(() => {})
      throw fault
    }
    await syncFolder(dirname(file))
  })
}

/** {@link replaceFile} for what is written before a process can wait. @throws StateUnwritable */
export const replaceFileSync = (file: string, content: string): void =>
  writingSync(basename(file), () => replaceNow(file, content))

function replaceNow(file: string, content: string): void {
  const written = openSync(`${file}.new`, 'w', 0o600)
  try {
    writeFileSync(written, content)
    fsyncSync(written)
  } finally {
    closeSync(written)
  }
  renameSync(`${file}.new`, file)
  const folder = openSync(dirname(file), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** The text of a file, null if there is none. */
export async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw fault
  }
}
