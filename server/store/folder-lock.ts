/**
 * Exclusive lock of a folder between processes of one machine. PGlite has none of its own, and a second process that opens
 * the same folder destroys the database. The lock is a file that names its holder by process id, boot and start of the
 * process, so that one left behind by a crash or a power cut is recognised and taken over.
 *
 * It does not reach across machines or containers: a folder on a shared disk is to be mounted once.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { serverErrors } from '../errors.ts'

interface Holder {
  readonly pid: number
  readonly boot: string
  /** Clock ticks from boot to the start of the process; tells a holder from a later process with the same id. */
  readonly started: string
}

const readIfThere = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Both are empty where there is no /proc; then the process id alone decides. */
const bootId = (): string => readIfThere('/proc/sys/kernel/random/boot_id').trim()
const startOf = (pid: number): string =>
  readIfThere(`/proc/${pid}/stat`)
    // The command in brackets may hold spaces; after it, the start time is the 20th field.
    .replace(/^.*\) /s, '')
    .split(' ')[19] ?? ''

function parseHolder(text: string): Holder | null {
  try {
    const { pid, boot, started } = JSON.parse(text) as Holder
    return Number.isInteger(pid) && pid > 0 ? { pid, boot, started } : null
  } catch {
    return null
  }
}

function isAlive(holder: Holder): boolean {
  if (holder.boot !== bootId()) return false
  try {
    process.kill(holder.pid, 0)
  } catch (fault) {
    // EPERM: it lives and belongs to somebody else.
    if ((fault as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return startOf(holder.pid) === holder.started
}

/**
 * Moves a dead holder's lock aside. Two processes may find the same dead lock: the one that moved a living lock by mistake
 * puts it back and gives up.
 */
function removeStale(lock: string, seen: string, folder: string): void {
  const aside = `${lock}.stale-${process.pid}`
  try {
    renameSync(lock, aside)
  } catch {
    return
  }
  const moved = readFileSync(aside, 'utf8')
  try {
    if (moved === seen) return
    try {
      linkSync(aside, lock)
    } catch (fault) {
      if ((fault as NodeJS.ErrnoException).code !== 'EEXIST') throw fault
    }
    throw new serverErrors.StoreLocked(folder, parseHolder(moved)?.pid ?? 'unknown')
  } finally {
    rmSync(aside, { force: true })
  }
}

/** Id of the living process that holds a folder's lock; null where none does. */
export function holderOf(folder: string): number | null {
  const holder = parseHolder(readIfThere(join(folder, 'lock')))
  return holder && isAlive(holder) ? holder.pid : null
}

/**
 * Takes the lock of a folder, which is made if it is missing.
 * @returns a function that gives the lock back
 * @throws StoreLocked naming the process that holds it
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true })
  const lock = join(folder, 'lock')
  const mine = JSON.stringify({
    pid: process.pid,
    boot: bootId(),
    started: startOf(process.pid),
  } satisfies Holder)
  // Written apart and linked into place: whoever sees the lock sees all of it.
  const draft = `${lock}.draft-${process.pid}`
  writeFileSync(draft, mine)
  try {
    for (;;) {
      try {
        linkSync(draft, lock)
        break
      } catch (fault) {
        if ((fault as NodeJS.ErrnoException).code !== 'EEXIST') throw fault
      }
      const seen = readIfThere(lock)
      const holder = parseHolder(seen)
      if (holder && isAlive(holder)) throw new serverErrors.StoreLocked(folder, holder.pid)
      removeStale(lock, seen, folder)
    }
  } finally {
    rmSync(draft, { force: true })
  }
  return () => {
    if (readIfThere(lock) === mine) rmSync(lock, { force: true })
  }
}
