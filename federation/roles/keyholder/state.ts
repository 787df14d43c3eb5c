/** What the key holder goes on from after a step: no key, no share and no noise, all of which it makes again. */
import type { LedgerHead } from '../../ledger-entry.ts'
import type { GateState } from '../run-gate.ts'
import type { BinsState } from './bins.ts'
import type { ChallengesState } from './challenges.ts'
import type { LabelsState } from './labels.ts'
import type { RoundsState } from './rounds.ts'

export interface KeyHolderState {
  readonly gate: GateState
  /** Of the next step; those of the steps before do not follow from it. */
  readonly secret: Uint8Array
  readonly labels: LabelsState
  /** With everything that the run has charged. */
  readonly ledger: LedgerHead
  /** Openings released, each with its run. */
  readonly openings: readonly string[]
  /** What a signed plan brings with it. */
  readonly planned: PlannedState | null
}

export interface PlannedState {
  readonly bins: BinsState
  readonly challenges: ChallengesState
  readonly rounds: RoundsState
  /** Openings of the training totals. */
  readonly totals: number
  /** Evaluations asked for. */
  readonly evaluations: readonly string[]
}
