/**
 * A server's privacy ledger on disk: one line of JSON an entry in `<folder>/ledger.jsonl`, written and synced before the
 * append returns. A line without its end was cut off by a crash before its release could leave, so it is dropped.
 */
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { entriesText, type LedgerEntry, type LedgerStore, parseEntries } from '../../federation/index.ts'
import { syncFolder } from './durable-file.ts'
import { writing } from './unwritable.ts'

const LINE_END = 0x0a
const fileOf = (folder: string): string => join(folder, 'ledger.jsonl')
const wholeLines = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.lastIndexOf(LINE_END) + 1)

/** Entries of a ledger, null for a line that is none; for reading only: its process may be running. */
export async function readLedger(folder: string): Promise<(LedgerEntry | null)[]> {
  const bytes = await readFile(fileOf(folder)).catch((fault: NodeJS.ErrnoException) => {
    if (fault.code === 'ENOENT') return Buffer.alloc(0)
    throw fault
  })
  return parseEntries(wholeLines(bytes).toString('utf8'))
}

/** For one process at a time: see {@link openState}. */
export class LedgerFile implements LedgerStore {
  #file: string
  #length: number
  #entries: (LedgerEntry | null)[]
  /** Set when a failed append could not be taken back: what is on disk is unknown until the next start. */
  #unknown = false

  private constructor(file: string, length: number, entries: (LedgerEntry | null)[]) {
    this.#file = file
    this.#length = length
    this.#entries = entries
  }

  /** @throws StateUnwritable */
  static open(folder: string): Promise<LedgerFile> {
    return writing('ledger.jsonl', () => LedgerFile.#open(folder))
  }

  static async #open(folder: string): Promise<LedgerFile> {
    await using handle = await open(fileOf(folder), 'a+', 0o600)
    const bytes = await handle.readFile()
    const whole = wholeLines(bytes)
    if (whole.length < bytes.length) await handle.truncate(whole.length)
    await handle.sync()
    await syncFolder(folder)
    return new LedgerFile(fileOf(folder), whole.length, parseEntries(whole.toString('utf8')))
  }

  async load(): Promise<(LedgerEntry | null)[]> {
    return this.#entries
  }

  async append(entries: readonly LedgerEntry[]): Promise<void> {
    if (this.#unknown) throw Object.assign(new Error('the last append is unknown'), { code: 'EIO' })
    const bytes = Buffer.from(entriesText(entries), 'utf8')
    await using handle = await open(this.#file, 'a')
    try {
      await handle.appendFile(bytes)
      await handle.datasync()
    } catch (fault) {
      this.#unknown = true
      await handle.truncate(this.#length)
      await handle.datasync()
      this.#unknown = false
      throw fault
    }
    this.#length += bytes.length
  }
}
