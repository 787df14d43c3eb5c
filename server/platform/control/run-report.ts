/** What goes over the operator's port: a request for a run, its events, its report. */
import type { LedgerEntry, PhaseName, RunPlan, RunResult, RunSettings } from '../../../federation/index.ts'

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
  | { event: 'done'; report: RunReport }
  | { event: 'failed'; code: string; text: string }

/** What the platform itself knows of a finished run; no vector over the roster is in it. */
export interface RunReport {
  readonly run: string
  readonly snapshotId: string | null
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
  publish(result: RunResult, report: Omit<RunReport, 'snapshotId'>, asOf: Date): Promise<string>
  createKey(institution: string): Promise<string>
  currentSnapshot(): Promise<string | null>
}
