/**
 * A provider's journals as files, `<folder>/<run>/journal`, one appended to while its run lasts. The last runs are kept,
 * older ones are deleted when a new one begins. Records are read one by one: a run over a million rows has hundreds of megabytes.
 */
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  contentLength,
  decodeRecord,
  encodeRecord,
  federationErrors,
  type JournalRecord,
  RECORD_HEAD,
  type RunJournal,
  type RunJournals,
} from '../../federation/index.ts'
import { syncFolder } from '../state/durable-file.ts'
import { assertRunId, isRunId } from './run-id.ts'

/** In a run's folder as long as the run is kept. */
export const JOURNAL_FILE = 'journal'

/** @param keep number of runs whose journals stay, at least 1 */
export function fileJournals(folder: string, keep: number): RunJournals {
  const folderOf = (run: string): string => {
    assertRunId(run)
    return join(folder, run)
  }
  return {
    async begin(run) {
      const own = folderOf(run)
      await mkdir(folder, { recursive: true, mode: 0o700 })
      try {
        await mkdir(own, { mode: 0o700 })
      } catch {
        throw new federationErrors.RunRecorded(run)
      }
      const file = await open(join(own, JOURNAL_FILE), 'ax', 0o600)
      await syncFolder(own)
      await syncFolder(folder)
      await forgetOldest(folder, keep)
      return new FileJournal(file)
    },
    async *read(run) {
      const file = await open(join(folderOf(run), JOURNAL_FILE), 'r').catch(() => {
        throw new federationErrors.RunUnrecorded(run)
      })
      try {
        yield* recordsOf(file)
      } finally {
        await file.close()
      }
    },
  }
}

class FileJournal implements RunJournal {
  #file: FileHandle
  #written: Promise<void> = Promise.resolve()

  constructor(file: FileHandle) {
    this.#file = file
  }

  append(record: JournalRecord): Promise<void> {
    this.#written = this.#written.then(async () => {
      for (const part of encodeRecord(record)) await this.#file.appendFile(part)
      // Hashes of what was sent can be computed again, so they need not be waited for.
      if (record.kind !== 'sent') await this.#file.datasync()
    })
    return this.#written
  }

  async close(): Promise<void> {
    await this.#written.catch(() => {})
    await this.#file.close()
  }
}

/** Whole records up to the end; one that a crash cut short is none. */
async function* recordsOf(file: FileHandle): AsyncIterable<JournalRecord> {
  for (;;) {
    const head = await readWhole(file, RECORD_HEAD)
    const content = head && (await readWhole(file, contentLength(head)))
    if (!head || !content) return
    yield decodeRecord(head, content)
  }
}

/** The next bytes of a file, or null where so many are not left. */
async function readWhole(file: FileHandle, length: number): Promise<Uint8Array | null> {
  const { size } = await file.stat()
  if (length > size) return null
  const bytes = new Uint8Array(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled)
    if (bytesRead === 0) return null
    filled += bytesRead
  }
  return bytes
}

/** Deletes the oldest journals. Their empty folders stay: a run's id is used once, and masks are drawn under it. */
async function forgetOldest(folder: string, keep: number): Promise<void> {
  const journals = (await readdir(folder)).filter(isRunId).map((name) => join(folder, name, JOURNAL_FILE))
  const begun = await Promise.all(
    journals.map(async (file) => ({ file, at: (await stat(file).catch(() => null))?.birthtimeMs })),
  )
  const kept = begun.filter(({ at }) => at !== undefined).sort((a, b) => (b.at ?? 0) - (a.at ?? 0))
  for (const { file } of kept.slice(keep)) await rm(file)
}
