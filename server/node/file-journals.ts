/**
 * A node's journals as files, `<folder>/<run>/journal`, one appended to while its run lasts, with `sealed` and `outcome-N` of
 * what its sealed steps left. The last runs are kept, older ones are deleted when a new one begins. Records are read one by
 * one: a run over a million rows has hundreds of megabytes.
 */
import { type FileHandle, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  contentLength,
  decodeRecord,
  decodeState,
  encodeRecord,
  encodeState,
  federationErrors,
  type JournalRecord,
  RECORD_HEAD,
  type RunJournal,
  type RunJournals,
} from '../../federation/index.ts'
import { replaceFile, syncFolder } from '../state/durable-file.ts'
import { assertRunId, isRunId } from './run-id.ts'

/** In a run's folder as long as the run is kept. */
export const JOURNAL_FILE = 'journal'
/** Runs of a node that is not audited by its journals: only the last one can be gone on with. */
export const KEPT_RUNS = 3
const SEALED_FILE = 'sealed'
const ENDED_FILE = 'ended'
const outcomeFile = (step: number): string => `outcome-${step}`

/** What the last sealed step left, and where the records begin that it does not cover. */
interface Sealed {
  readonly step: number
  readonly file: string
  readonly offset: number
  readonly state: Uint8Array
}

export interface JournalOptions {
  /** Number of runs whose journals stay, at least 1. */
  readonly keep: number
  /** Keep every record of a run, for an audit; otherwise a sealed step's are deleted, and what was drawn for it. */
  readonly whole: boolean
}

export function fileJournals(folder: string, { keep, whole }: JournalOptions): RunJournals {
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
      } catch (fault) {
        if ((fault as NodeJS.ErrnoException).code !== 'EEXIST') throw fault
        // Of a process that was killed while it began: nothing had left.
        if (!(await isBlank(run, own))) throw new federationErrors.RunRecorded(run)
      }
      const journal = await FileJournal.open(own, JOURNAL_FILE, whole)
      await syncFolder(folder)
      await forgetOldest(folder, keep)
      return journal
    },

    async unfinished() {
      const runs = await readdir(folder).catch(() => [])
      const open: { run: string; at: number }[] = []
      for (const run of runs.filter(isRunId)) {
        const own = join(folder, run)
        const files = await readdir(own)
        if (files.includes(ENDED_FILE)) await removeServed(own, files, whole)
        else if (files.some(isJournal) && !(await isBlank(run, own)))
          open.push({ run, at: (await stat(own)).birthtimeMs })
      }
      return open.sort((a, b) => a.at - b.at).at(-1)?.run ?? null
    },

    async resume(run) {
      const own = folderOf(run)
      const bytes = await readFile(join(own, SEALED_FILE)).catch((fault: NodeJS.ErrnoException) => {
        if (fault.code === 'ENOENT') return null
        throw fault
      })
      const sealed = bytes && decodeState<Sealed>(bytes)
      const { step, file, offset } = sealed ?? { step: 0, file: JOURNAL_FILE, offset: 0 }
      const outcomes = []
      for (let index = 1; index <= step; index++) {
        const outcome = await readFile(join(own, outcomeFile(index))).catch(() => null)
        if (outcome) outcomes.push(new Uint8Array(outcome))
      }
      // What a process that was killed had not deleted yet: the secrets of sealed steps follow from it.
      for (const left of (await readdir(own)).filter(isJournal))
        if (left !== file) await rm(join(own, left), { force: true })
      const journal = await FileJournal.open(own, file, whole)
      return {
        ...{ journal, step, outcomes, state: sealed?.state ?? null },
        records: () => recordsIn(run, join(own, file), offset),
      }
    },

    async end(run) {
      const own = folderOf(run)
      const files = await readdir(own).catch(() => null)
      if (!files) return
      if (!files.includes(ENDED_FILE)) await replaceFile(join(own, ENDED_FILE), '')
      await removeServed(own, files, whole)
    },

    read: (run) => recordsIn(run, join(folderOf(run), JOURNAL_FILE), 0),
  }
}

const isJournal = (file: string): boolean => file.startsWith(JOURNAL_FILE)

/** Deletes what served an ended run to be gone on with. @param whole its first journal stays, for an audit */
async function removeServed(own: string, files: readonly string[], whole: boolean): Promise<void> {
  for (const file of files) {
    if (whole && file === JOURNAL_FILE) continue
    if (/^(journal|sealed|outcome)/.test(file)) await rm(join(own, file), { force: true })
  }
}

/** True for the folder of a run of which nothing was kept: neither its secret nor, therefore, anything that left. */
async function isBlank(run: string, own: string): Promise<boolean> {
  const files = await readdir(own)
  if (files.includes(ENDED_FILE) || files.includes(SEALED_FILE)) return false
  if (!files.includes(JOURNAL_FILE)) return true
  for await (const _first of recordsIn(run, join(own, JOURNAL_FILE), 0)) return false
  return true
}

interface Pending {
  readonly parts: readonly Uint8Array[]
  readonly kept: PromiseWithResolvers<void>
}

class FileJournal implements RunJournal {
  #folder: string
  #whole: boolean
  #name: string
  #file: FileHandle
  #length: number
  #pending: Pending[] = []
  #writing: Promise<void> | undefined

  private constructor(folder: string, whole: boolean, name: string, file: FileHandle, length: number) {
    this.#folder = folder
    this.#whole = whole
    this.#name = name
    this.#file = file
    this.#length = length
  }

  /** Opens a journal for appending; a record that a crash cut short is cut off. */
  static async open(folder: string, name: string, whole: boolean): Promise<FileJournal> {
    const file = await open(join(folder, name), 'a+', 0o600)
    const length = await wholeLength(file)
    await file.truncate(length)
    await syncFolder(folder)
    return new FileJournal(folder, whole, name, file, length)
  }

  append(record: JournalRecord): Promise<void> {
    const kept = Promise.withResolvers<void>()
    this.#pending.push({ parts: encodeRecord(record), kept })
    this.#writing ??= this.#write()
    return kept.promise
  }

  /** Everything that waits is written at once and synced once. After a failure nothing is written any more. */
  async #write(): Promise<void> {
    // On a later turn, so that what is appended together is synced together.
    await Promise.resolve()
    while (this.#pending.length > 0) {
      const batch = this.#pending.splice(0)
      try {
        const parts = batch.flatMap(({ parts: of }) => of)
        const { bytesWritten } = await this.#file.writev(parts)
        const bytes = parts.reduce((sum, part) => sum + part.length, 0)
        if (bytesWritten < bytes) throw Object.assign(new Error('short write'), { code: 'ENOSPC' })
        await this.#file.datasync()
        this.#length += bytes
        for (const { kept } of batch) kept.resolve()
      } catch (fault) {
        for (const { kept } of [...batch, ...this.#pending.splice(0)]) {
          kept.promise.catch(() => {})
          kept.reject(fault)
        }
        return
      }
    }
    this.#writing = undefined
  }

  async seal(
    step: number,
    state: Uint8Array,
    outcome?: Uint8Array,
    carried: readonly JournalRecord[] = [],
  ): Promise<void> {
    if (outcome) await replaceFile(join(this.#folder, outcomeFile(step)), outcome)
    const former = { file: this.#file, name: this.#name }
    const name = this.#whole ? this.#name : `${JOURNAL_FILE}-${step}`
    const file = this.#whole ? this.#file : await open(join(this.#folder, name), 'a+', 0o600)
    // Left there by a crash before the step was sealed.
    if (!this.#whole) await file.truncate(0)
    await this.#writing
    // From here on, and all at once, records go behind what the state covers.
    if (!this.#whole) this.#length = 0
    const offset = this.#length
    this.#name = name
    this.#file = file
    await Promise.all(carried.map((record) => this.append(record)))
    const sealed: Sealed = { step, file: name, offset, state }
    await replaceFile(join(this.#folder, SEALED_FILE), encodeState(sealed))
    if (this.#whole) return
    await former.file.close()
    await rm(join(this.#folder, former.name), { force: true })
  }

  async close(): Promise<void> {
    await this.#writing
    await this.#file.close()
  }
}

async function* recordsIn(run: string, path: string, offset: number): AsyncIterable<JournalRecord> {
  const file = await open(path, 'r').catch(() => {
    throw new federationErrors.RunUnrecorded(run)
  })
  try {
    const { size } = await file.stat()
    let at = offset
    for (;;) {
      const head = await readAt(file, at, RECORD_HEAD, size)
      const content = head && (await readAt(file, at + RECORD_HEAD, contentLength(head), size))
      if (!head || !content) return
      at += RECORD_HEAD + content.length
      yield decodeRecord(head, content)
    }
  } finally {
    await file.close()
  }
}

/** Length of the whole records at the beginning of a file. */
async function wholeLength(file: FileHandle): Promise<number> {
  const { size } = await file.stat()
  let at = 0
  for (;;) {
    const head = await readAt(file, at, RECORD_HEAD, size)
    if (!head) return at
    const next = at + RECORD_HEAD + contentLength(head)
    if (next > size) return at
    at = next
  }
}

/** Bytes of a file, or null where so many are not there. */
async function readAt(
  file: FileHandle,
  position: number,
  length: number,
  size: number,
): Promise<Uint8Array | null> {
  if (position + length > size) return null
  const bytes = new Uint8Array(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled)
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
  for (const { file } of kept.slice(keep)) {
    await replaceFile(join(dirname(file), ENDED_FILE), '')
    await rm(file)
  }
}
