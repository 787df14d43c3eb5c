/** What the rooms above supply: federation/ knows no HTTP, no database, no clock and no randomness of its own. */
import type { EngineHost, RandomBytes } from '../engine/index.ts'
import type { Column } from '../models/index.ts'

export interface Clock {
  now(): Date
}

/** Takes envelopes to their receiver, in order for each receiver. */
export interface Transport {
  send(to: string, envelope: Uint8Array): Promise<void>
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

export interface NodeServices {
  readonly engine: EngineHost
  readonly random: RandomBytes
  readonly clock: Clock
}
