/** What the rooms above supply: federation/ knows no HTTP, no database, no clock and no randomness of its own. */
import type { EngineHost, RandomBytes } from '../engine/index.ts'
import type { Column } from '../models/index.ts'
import type { Approver } from './approver.ts'
import type { LedgerEntry, LedgerHead } from './ledger-entry.ts'
import type { Provenance } from './provenance.ts'

export interface Clock {
  now(): Date
}

/** Takes envelopes to their receiver, in order for each receiver. */
export interface Transport {
  send(to: string, envelope: Uint8Array): Promise<void>
  /** At the platform: everything on its way to members, its own and others', that they do not have for good yet. */
  untaken?(): readonly Untaken[]
}

export interface Untaken {
  readonly to: string
  readonly envelope: Uint8Array
}

/** The public list of enterprises that every party shares. */
export interface RosterView {
  readonly size: number
  readonly digest: string
  /** sha256(id) mod 5, one a row. */
  readonly folds: Uint8Array
}

/** A provider's data, loaded inside its walls. */
export interface ProviderData {
  readonly columns: readonly Column[]
  /** 1 where one of the provider's own exclusion rules fires. */
  readonly exclusions: Uint8Array
  /** What made the columns; without it the plan says nothing of it. */
  readonly provenance?: Provenance
}

/** A label holder's frozen snapshot over the roster. */
export interface LabelData {
  readonly labelled: Uint8Array
  readonly bad: Uint8Array
}

/** Keeps what a provider owns after a run: its part of the scorecard. */
export interface ScorecardSink {
  keep(scorecard: object): Promise<void>
}

/** Keeps the privacy ledger of a platform or key holder, for one process at a time. */
export interface LedgerStore {
  /** All whole entries, null for one that is none; a last one that was cut off by a crash is left out. */
  load(): Promise<(LedgerEntry | null)[]>
  /** Resolves when the entries are durable; after a rejection none of them is there. */
  append(entries: readonly LedgerEntry[]): Promise<void>
}

/** Keeps the head of the ledger that a label holder was last shown. */
export interface LedgerMemory {
  load(): Promise<LedgerHead | null>
  /** Resolves when the head is durable. */
  keep(head: LedgerHead): Promise<void>
}

/** Noisy count of one fine bin in basis order; `open` is false where the gate suppressed it. */
export interface FineBin {
  readonly n: number
  readonly bad: number
  readonly open: boolean
}

/** Keeps a provider's fine bins, which are opened once a label snapshot. */
export interface FineBinStore {
  /** @param basis digest of the basis that they were counted over; null where there are none for it */
  load(snapshot: string, basis: string): Promise<readonly FineBin[] | null>
  keep(snapshot: string, basis: string, bins: readonly FineBin[]): Promise<void>
}

export interface NodeServices {
  readonly engine: EngineHost
  readonly random: RandomBytes
  readonly clock: Clock
  /** Who decides on plans that the party's rules allow; the rules alone without it. */
  readonly approver?: Approver
}
