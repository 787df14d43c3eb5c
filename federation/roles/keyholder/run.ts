/** What the key holder keeps for one run: its label shares, the plan, the rows of folds. */
import { addInto, keyHolderShare, type RandomBytes, residueOf } from '../../../engine/index.ts'
import type { OpenedRun } from '../../approval.ts'
import { fineBinsOf } from '../../charges.ts'
import { federationErrors } from '../../errors.ts'
import { familiesOf } from '../../label-period.ts'
import type { Ledger } from '../../ledger.ts'
import { contains } from '../../ledger-agreement.ts'
import type { Charge } from '../../ledger-entry.ts'
import { PLATFORM } from '../../members.ts'
import type { Node } from '../../node.ts'
import { type RunPlan, rowsOfFolds, trainFoldsOf } from '../../plan.ts'
import type { NodeServices, RosterView } from '../../ports.ts'
import { streamLabel } from '../../runs/stream-label.ts'
import type { About } from '../../secret-stream.ts'
import type { StepSecret } from '../../step-secret.ts'

export class KeyHolderRun {
  readonly node: Node
  readonly services: NodeServices
  readonly roster: RosterView
  readonly ledger: Ledger
  readonly opened: OpenedRun
  readonly trainRows: Int32Array
  /** H's shares of m (labelled) and y (bad) over the whole roster. */
  readonly labelled: Float64Array
  readonly bad: Float64Array
  #secret: StepSecret
  #plan: RunPlan | undefined

  /** @param secret of the step that the run is in */
  constructor(
    node: Node,
    services: NodeServices,
    roster: RosterView,
    ledger: Ledger,
    opened: OpenedRun,
    secret: StepSecret,
  ) {
    this.node = node
    this.services = services
    this.roster = roster
    this.ledger = ledger
    this.opened = opened
    this.#secret = secret
    this.trainRows = rowsOfFolds(roster.folds, trainFoldsOf(opened.production))
    this.labelled = this.share(opened.labelHolders, 'labels', 'labelled', 0, roster.size)
    this.bad = this.share(opened.labelHolders, 'labels', 'bad', 0, roster.size)
  }

  /** What everything random in this step is drawn from, by purpose. */
  get secret(): StepSecret {
    return this.#secret
  }

  /** The step is over: what was drawn in it cannot be drawn again. */
  endStep(): void {
    this.#secret = this.#secret.next()
  }

  /**
   * Adds noise to sums that are about to leave. It is bound to them: the same sums get the same noise however often they are
   * computed, and other sums never do, whose difference would then be without any.
   * @param noise draws as many values as there are sums
   */
  addNoise(
    sums: Float64Array,
    noise: (random: RandomBytes) => Float64Array,
    purpose: string,
    ...about: About
  ): void {
    const { suite } = this.node.membership
    const bytes = new Uint8Array(sums.buffer, sums.byteOffset, sums.byteLength)
    const hash = Buffer.from(suite.hash(bytes)).toString('hex')
    addInto(sums, noise(this.#secret.random(purpose, ...about, hash)).map(residueOf))
  }

  /** The sum of PRG(k,H) over the senders of a step. */
  share(
    senders: readonly string[],
    opening: string,
    phase: string,
    round: number,
    count: number,
  ): Float64Array {
    const { membership } = this.node
    const secrets = senders.map((sender) => membership.pairSecret(sender, 'mask'))
    return keyHolderShare(membership.suite, secrets, this.label(opening, phase, round), count)
  }

  label(opening: string, phase: string, round: number) {
    const { snapshot } = this.opened
    const { run } = this.node.current
    return streamLabel(this.node.membership.consortium, { snapshot, run, opening, phase, round })
  }

  /**
   * Enters what is about to be released into the ledger; when this returns it may leave.
   * @throws BudgetExhausted, LedgerUnwritable, MessageUnexpected
   */
  async charge(...charges: Charge[]): Promise<void> {
    if (!contains(this.ledger, this.opened.ledger))
      throw new federationErrors.MessageUnexpected('a release', PLATFORM, 'the ledgers are not agreed on')
    const { run, plan } = this.node.current
    const { snapshot } = this.opened
    await this.ledger.charge({ snapshot, families: this.families, run, planHash: plan }, charges)
  }

  /** What the run's charges count against. */
  get families(): readonly string[] {
    return familiesOf(this.opened.labelHolders, this.opened.labelPeriods)
  }

  /**
   * A plan names this side's own ledger and opens no fine bins twice.
   * @throws LedgerForked, FineBinsSpent
   */
  checkLedger({ ledger, snapshot, binned }: RunPlan): void {
    const { head } = this.ledger
    const spent = this.ledger.spent(this.families)
    const same =
      head.entries === ledger.entries &&
      head.hash === ledger.hash &&
      spent.rho === ledger.rho &&
      spent.rhoCounted === ledger.rhoCounted
    if (!same) throw new federationErrors.LedgerForked(Math.max(0, head.entries - 1))
    const again = binned.find((provider) => this.ledger.has(snapshot, fineBinsOf(provider)))
    if (again !== undefined) throw new federationErrors.FineBinsSpent(again, snapshot)
  }

  /** The plan, checked against the opened run by the gate. */
  take(plan: RunPlan): void {
    this.#plan = plan
  }

  get plan(): RunPlan {
    if (!this.#plan)
      throw new federationErrors.MessageUnexpected('a step of the plan', PLATFORM, 'no plan is signed')
    return this.#plan
  }
}
