/** What the platform keeps while it drives one run. */

import type { OpenedRun } from '../../approval.ts'
import type { AuthorisedRows } from '../../authorisation/authorised-rows.ts'
import type { ListIdentity } from '../../authorisation/list.ts'
import { familiesOf, type LabelPeriod } from '../../label-period.ts'
import type { Ledger } from '../../ledger.ts'
import type { Charge } from '../../ledger-entry.ts'
import { KEY_HOLDER } from '../../members.ts'
import type { Node } from '../../node.ts'
import type { RunPlan, RunSettings } from '../../plan.ts'
import { rowsOfFolds, trainFoldsOf } from '../../plan.ts'
import type { NodeServices, RosterView } from '../../ports.ts'
import { RUN_SECRET_BYTES, RunSecret } from '../../run-secret.ts'
import { snapshotOf } from '../../snapshot.ts'
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

export class PlatformRun {
  readonly node: Node
  readonly services: NodeServices
  readonly roster: RosterView
  readonly options: RunOptions
  readonly mailbox: Mailbox
  readonly progress: Progress
  readonly trainRows: Int32Array
  readonly ledger: Ledger
  /** The list that the run is about; null where every firm's data may be used. */
  readonly authorised: AuthorisedRows | null
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
  plan: RunPlan | undefined

  constructor(
    node: Node,
    services: NodeServices,
    roster: RosterView,
    options: RunOptions,
    mailbox: Mailbox,
    progress: Progress,
    ledger: Ledger,
    { labelDigests, labelPeriods }: Pick<OpenedRun, 'labelDigests' | 'labelPeriods'>,
    authorised: AuthorisedRows | null,
  ) {
    this.node = node
    this.services = services
    this.roster = roster
    this.options = options
    this.mailbox = mailbox
    this.progress = progress
    this.trainRows = rowsOfFolds(roster.folds, trainFoldsOf(options.production))
    this.secret = new RunSecret(node.membership.suite, services.random(RUN_SECRET_BYTES))
    this.ledger = ledger
    this.authorised = authorised
    this.labelDigests = labelDigests
    this.labelPeriods = labelPeriods
    this.families = familiesOf(options.labelHolders, labelPeriods)
    this.snapshot = snapshotOf(node.membership.suite, options.labelHolders, labelDigests, labelPeriods)
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
