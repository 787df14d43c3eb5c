/** What goes over the operator's port: a request for a run, its events, its report. */

import type { LedgerEntry, PhaseName, RunPlan, RunResult, RunSettings } from '../../../federation/index.ts'
import type { ModelCard } from '../../../models/index.ts'
import type { ModelState } from '../../store/index.ts'

/** What an operator asks for. */
export interface RunRequest {
  readonly providers: readonly string[]
  readonly labelHolders: readonly string[]
  readonly production: boolean
  readonly settings: RunSettings
  readonly flags: readonly string[]
  readonly leastProviders: number
  readonly targetPd: number
}

export type ControlEvent =
  | { event: 'phase'; phase: string; total: number }
  | { event: 'step'; phase: string; done: number; detail: string }
  /** The run waits for these parties and goes on by itself; none: it waits no more. */
  | { event: 'waiting'; parties: readonly string[] }
  | { event: 'resumed' }
  /** The run stands still and can be resumed. */
  | { event: 'stopped'; code: string; text: string }
  | { event: 'done'; report: RunReport }
  /** The run is over without a result. */
  | { event: 'failed'; code: string; text: string }

/** As followers see it; `at` is in milliseconds since 1970. */
export type TimedEvent = ControlEvent & { readonly at: number }

export type RunState = 'running' | 'waiting' | 'stopped' | 'finished' | 'failed'

/** One line of the list of runs. */
export interface RunSummary {
  readonly run: string
  /** ISO 8601. */
  readonly began: string
  readonly state: RunState
  /** Where it is, or was when it ended; `done` steps of `total`. */
  readonly phase: string
  readonly done: number
  readonly total: number
  readonly waitingFor: readonly string[]
  /** Why it stopped or failed. */
  readonly code: string | null
  readonly why: string | null
  /** Id of what it published. */
  readonly snapshot: string | null
}

/** What the platform itself knows of a finished run; no vector over the roster is in it. */
export interface RunReport extends RunOutcome {
  /** What is served of it; null as long as its model is not the champion. */
  readonly snapshotId: string | null
  /** Its place in the registry. */
  readonly model: { readonly version: number; readonly state: ModelState }
  /** As it was registered. */
  readonly card: ModelCard
}

/** The same before its model is registered. */
export interface RunOutcome {
  readonly run: string
  readonly accepted: boolean
  readonly plan: RunPlan
  readonly planHash: string
  readonly warnings: readonly string[]
  readonly seconds: Readonly<Record<PhaseName, number>>
  readonly bytes: { perRoundPerProvider: number; total: number; byPhase: Record<string, number> }
  readonly privacy: RunResult['privacy']
  readonly ledger: readonly LedgerEntry[]
  readonly calibration: RunResult['assessment']['calibration']
  readonly metrics: RunResult['assessment']['metrics']
  readonly grades: RunResult['assessment']['grades']
  readonly whitelist: RunResult['assessment']['whitelistSummary']
  /** Firms whose rating is of public data only. */
  readonly publicOnly: number
  readonly peakMemoryMb: number
}

/** Publishes the outcome of a run. */
export interface Publisher {
  /** Registers the model of a run, refused ones too, and serves its ratings where nothing is left to be decided. */
  publish(
    result: RunResult,
    outcome: RunOutcome,
    asOf: Date,
  ): Promise<Pick<RunReport, 'snapshotId' | 'model' | 'card'>>
  createKey(institution: string): Promise<string>
  currentSnapshot(): Promise<string | null>
}
