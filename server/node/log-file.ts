/**
 * A node's log on disk, `<state>/log.jsonl`, one line an entry. Decisions, starts and ends are synced; what left is written in
 * batches with them, so that no message waits for the log: a crash can lose the last of these lines, and never break the chain.
 */
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  linkEvent,
  type Membership,
  type NodeEvent,
  type NodeLogEntry,
  parseLogLine,
  verifyLog,
} from '../../federation/index.ts'
import { syncFolder } from '../state/durable-file.ts'

const LINE_END = 0x0a
const fileOf = (state: string): string => join(state, 'log.jsonl')
const wholeLines = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.lastIndexOf(LINE_END) + 1)
const entriesOf = (bytes: Buffer) => bytes.toString('utf8').split('\n').slice(0, -1).map(parseLogLine)

/** Entries of a log, null for a line that is none; for reading only: its process may be running. */
export async function readLog(state: string): Promise<(NodeLogEntry | null)[]> {
  const bytes = await readFile(fileOf(state)).catch((fault: NodeJS.ErrnoException) => {
    if (fault.code === 'ENOENT') return Buffer.alloc(0)
    throw fault
  })
  return entriesOf(wholeLines(bytes))
}

const NOTHING: Omit<NodeEvent, 'kind'> = {
  ...{ run: '', plan: '', who: '', what: '' },
  ...{ step: 0, round: 0, bytes: 0, body: '' },
}

/** Longest reason that is kept. */
const MOST_TEXT = 2000

export class NodeLogFile {
  #file: FileHandle
  #membership: Membership
  #head: { entries: number; hash: string }
  #lines: string[] = []
  #unsynced = false
  #writing: Promise<void> = Promise.resolve()
  #onFault: (fault: Error) => void

  private constructor(
    file: FileHandle,
    membership: Membership,
    head: { entries: number; hash: string },
    onFault: (fault: Error) => void,
  ) {
    this.#file = file
    this.#membership = membership
    this.#head = head
    this.#onFault = onFault
  }

  /**
   * Opens and verifies the log; a line that a crash cut short is dropped.
   * @param onFault told when the log cannot be written
   * @throws NodeLogTampered
   */
  static async open(
    state: string,
    membership: Membership,
    onFault: (fault: Error) => void,
  ): Promise<NodeLogFile> {
    const file = await open(fileOf(state), 'a+', 0o600)
    try {
      const bytes = await file.readFile()
      const whole = wholeLines(bytes)
      const head = verifyLog(membership.suite, membership.name, entriesOf(whole))
      if (whole.length < bytes.length) await file.truncate(whole.length)
      await syncFolder(state)
      return new NodeLogFile(file, membership, head, onFault)
    } catch (fault) {
      await file.close()
      throw fault
    }
  }

  /** Adds an entry; returns when it is in the chain, not when it is on disk. */
  note(event: Partial<NodeEvent> & Pick<NodeEvent, 'kind'>): void {
    const { suite, name } = this.#membership
    const full = { ...NOTHING, ...event, what: (event.what ?? '').slice(0, MOST_TEXT) }
    const entry = linkEvent(suite, name, this.#head, new Date().toISOString(), full)
    this.#head = { entries: entry.index + 1, hash: entry.hash }
    this.#lines.push(`${JSON.stringify(entry)}\n`)
    if (event.kind !== 'left') this.#unsynced = true
    this.#writing = this.#writing.then(() => this.#write()).catch((fault: Error) => this.#onFault(fault))
  }

  /** Writes everything noted so far; nothing is noted afterwards. */
  async close(): Promise<void> {
    await this.#writing
    await this.#file.close()
  }

  async #write(): Promise<void> {
    if (this.#lines.length === 0) return
    const text = this.#lines.splice(0).join('')
    const sync = this.#unsynced
    this.#unsynced = false
    await this.#file.appendFile(text)
    if (sync) await this.#file.datasync()
  }
}
