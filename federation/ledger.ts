/** Hash chain of everything a run opened: what, how often, with which noise (protocol.md sections 7 and 8). */
import type { Suite } from '../engine/index.ts'

export interface LedgerEntry {
  readonly index: number
  readonly snapshot: string
  readonly what: string
  /** Numbers released. */
  readonly released: number
  /** sd of the noise of each server, in units of one row; null where an opening carries none by design. */
  readonly sigma: number | null
  readonly previous: string
  readonly hash: string
}

export class Ledger {
  readonly entries: LedgerEntry[] = []
  #suite: Suite
  #snapshot: string

  constructor(suite: Suite, snapshot: string) {
    this.#suite = suite
    this.#snapshot = snapshot
  }

  add(what: string, released: number, sigma: number | null): void {
    const previous = this.entries.at(-1)?.hash ?? ''
    const entry = { index: this.entries.length, snapshot: this.#snapshot, what, released, sigma, previous }
    const hash = Buffer.from(this.#suite.hash(Buffer.from(JSON.stringify(entry), 'utf8'))).toString('hex')
    this.entries.push({ ...entry, hash })
  }
}
