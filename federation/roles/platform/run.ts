/** What the platform keeps while it drives one run. */

import type { AuthorisedRows } from '../../authorisation/authorised-rows.ts'
import type { ListIdentity } from '../../authorisation/list.ts'
import { familiesOf, type LabelPeriod } from '../../label-period.ts'
import type { Ledger } from '../../ledger.ts'
import type { Charge, LedgerHead } from '../../ledger-entry.ts'
import { KEY_HOLDER } from '../../members.ts'
import { decodeState } from '../../messages/codec.ts'
import type { Node } from '../../node.ts'
import type { RunPlan, RunSettings } from '../../plan.ts'
import { rowsOfFolds, trainFoldsOf } from '../../plan.ts'
import type { NodeServices, RosterView } from '../../ports.ts'
import { RunSecret } from '../../run-secret.ts'
import { snapshotOf } from '../../snapshot.ts'
import { StepSecret } from '../../step-secret.ts'
import type { Mailbox } from './mailbox.ts'

export interface RunOptions {
  readonly run: string
  readonly purpose: string
  readonly providers: readonly string[]
  readonly labelHolders: readonly string[]
  readonly production: boolean
  readonly settings: RunSettings
  /** What was switched off or overridden; the report repeats it. */
  readonly flags: readonly string[]
  readonly leastProviders: number
  /** Highest mean PD of the whitelist. */
  readonly targetPd: number
}

/** Long work reports where it is. */
export interface Progress {
  /** A phase begins; `total` steps are ahead. */
  phase(name: PhaseName, total: number): void
  step(name: PhaseName, done: number, detail: string): void
}

export const PHASES = ['setup', 'binning', 'training', 'evaluation', 'scoring'] as const
export type PhaseName = (typeof PHASES)[number]

/** What of a run is decided before its first step, and outlives the platform's process. */
export interface RunSettingsKept {
  readonly options: RunOptions
  readonly rosterDigest: string
  /** What the label holders say of their labels. */
  readonly labelDigests: readonly string[]
  readonly labelPeriods: readonly LabelPeriod[]
  readonly authorisation: ListIdentity | null
  /** Milliseconds since 1970; a plan's life is counted from here. */
  readonly openedAt: number
  /** What the masks of P's own encrypted answers are drawn from. */
  readonly answers: Uint8Array
  /** The secret of the step that comes next. */
  readonly step: Uint8Array
  /** With everything that the run has charged so far. */
  readonly ledger: LedgerHead
}

/** What a run works with in this process. */
export interface RunTools {
  readonly node: Node
  readonly services: NodeServices
  readonly roster: RosterView
  readonly mailbox: Mailbox
  readonly progress: Progress
  readonly ledger: Ledger
  /** The list that the run is about; null where every firm's data may be used. */
  readonly authorised: AuthorisedRows | null
}

export class PlatformRun {
  readonly node: Node
  readonly services: NodeServices
  readonly roster: RosterView
  readonly options: RunOptions
  readonly mailbox: Mailbox
  readonly progress: Progress
  readonly trainRows: Int32Array
  readonly ledger: Ledger
  readonly authorised: AuthorisedRows | null
  readonly openedAt: Date
  /** What the masks of P's own encrypted answers are drawn from. */
  readonly secret: RunSecret
  /** What the label holders say of their labels, and the name of the snapshot that follows from it. */
  readonly labelDigests: readonly string[]
  readonly labelPeriods: readonly LabelPeriod[]
  readonly snapshot: string
  /** What its charges count against. */
  readonly families: readonly string[]
  readonly warnings: string[] = []
  /** P's shares of m and y over the roster; set by phase A. */
  labelled: Float64Array = new Float64Array(0)
  bad: Float64Array = new Float64Array(0)
  sharesHash = ''
  plan: RunPlan | undefined
  #settings: RunSettingsKept
  #outcomes: readonly Uint8Array[]
  #steps = 0
  /** Of the step in progress: everything random in it but the masks of answers. */
  #stepSecret: StepSecret

  /** @param outcomes of the steps that were sealed in an earlier life */
  constructor(tools: RunTools, settings: RunSettingsKept, outcomes: readonly Uint8Array[]) {
    const { suite } = tools.node.membership
    const { options, labelDigests, labelPeriods } = settings
    this.node = tools.node
    this.services = tools.services
    this.roster = tools.roster
    this.mailbox = tools.mailbox
    this.progress = tools.progress
    this.ledger = tools.ledger
    this.authorised = tools.authorised
    this.options = options
    this.labelDigests = labelDigests
    this.openedAt = new Date(settings.openedAt)
    this.trainRows = rowsOfFolds(tools.roster.folds, trainFoldsOf(options.production))
    this.secret = new RunSecret(suite, settings.answers)
    this.labelPeriods = labelPeriods
    this.families = familiesOf(options.labelHolders, labelPeriods)
    this.snapshot = snapshotOf(suite, options.labelHolders, labelDigests, labelPeriods)
    this.#settings = settings
    this.#outcomes = outcomes
    this.#stepSecret = new StepSecret(suite, settings.step)
  }

  /** Randomness of the step in progress: the same again after a restart, and no more once the step is sealed. */
  get random(): StepSecret {
    return this.#stepSecret
  }

  /**
   * Does one step of the run, or gives what it came to before a restart. What it returns is all that later steps know of it.
   */
  async step<O extends object>(work: () => Promise<O>): Promise<O> {
    const index = ++this.#steps
    const kept = this.#outcomes[index - 1]
    if (kept) return decodeState<O>(kept)
    if (index > 1) await this.#tellSealed(index - 1, false)
    const outcome = await work()
    this.#stepSecret = this.#stepSecret.next()
    const state: RunSettingsKept = {
      ...this.#settings,
      step: this.#stepSecret.bytes,
      ledger: this.ledger.head,
    }
    await this.node.seal(index, outcome, state)
    return outcome
  }

  /** After the last step: the parties need not keep the run any longer. */
  async conclude(): Promise<void> {
    await this.#tellSealed(this.#steps, true)
  }

  async #tellSealed(step: number, last: boolean): Promise<void> {
    await Promise.all(this.parties.map((party) => this.node.post(party, 'run.sealed', { step, last })))
  }

  /**
   * Enters what is about to be released into the ledger; when this returns it may leave.
   * @throws BudgetExhausted, LedgerUnwritable
   */
  charge(...charges: Charge[]): Promise<void> {
    const { run, plan } = this.node.current
    return this.ledger.charge(
      { snapshot: this.snapshot, families: this.families, run, planHash: plan },
      charges,
    )
  }

  /** What all parties are told of the list. */
  get listIdentity(): ListIdentity | null {
    return this.authorised && { version: this.authorised.version, digest: this.authorised.digest }
  }

  get parties(): string[] {
    return [...this.options.labelHolders, ...this.options.providers, KEY_HOLDER]
  }

  get signedPlan(): RunPlan {
    // Phases run in order, so the plan is there whenever this is read.
    return this.plan as RunPlan
  }
}
