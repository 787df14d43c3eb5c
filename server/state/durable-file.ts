/** Files that survive a power cut: whole in their old or their new form, never half. */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { writing, writingSync } from './unwritable.ts'

/** One of two writers of a file never renames what the other is in the middle of. */
const freshName = (file: string): string => `${file}.${randomBytes(8).toString('hex')}.new`
const FRESH = /\.[0-9a-f]{16}\.new$/
/** A command beside the node may be writing; what is older was left by a process that died. */
const LEFT_MS = 60_000

/** Removes what processes that died while they wrote have left in a folder and those in it. */
export function removeLeftovers(folder: string, now: number): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, name)
    const stats = FRESH.test(name) ? statSync(file, { throwIfNoEntry: false }) : undefined
    if (stats && now - stats.mtimeMs > LEFT_MS) rmSync(file, { force: true })
  }
}

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
  const fresh = freshName(file)
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
  const fresh = freshName(file)
  const written = openSync(fresh, 'w', 0o600)
  try {
    writeFileSync(written, content)
    fsyncSync(written)
  } finally {
    closeSync(written)
  }
  renameSync(fresh, file)
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
