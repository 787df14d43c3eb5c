/** What the key holder keeps for one run: its label shares, the plan, the rows of folds. */
import { keyHolderShare } from '../../../engine/index.ts'
import type { OpenedRun } from '../../approval.ts'
import { federationErrors } from '../../errors.ts'
import { PLATFORM } from '../../members.ts'
import type { Node } from '../../node.ts'
import { type RunPlan, rowsOfFolds, trainFoldsOf } from '../../plan.ts'
import type { NodeServices, RosterView } from '../../ports.ts'
import { streamLabel } from '../../runs/stream-label.ts'

export class KeyHolderRun {
  readonly node: Node
  readonly services: NodeServices
  readonly roster: RosterView
  readonly opened: OpenedRun
  readonly trainRows: Int32Array
  /** H's shares of m (labelled) and y (bad) over the whole roster. */
  readonly labelled: Float64Array
  readonly bad: Float64Array
  #plan: RunPlan | undefined

  constructor(node: Node, services: NodeServices, roster: RosterView, opened: OpenedRun) {
    this.node = node
    this.services = services
    this.roster = roster
    this.opened = opened
    this.trainRows = rowsOfFolds(roster.folds, trainFoldsOf(opened.production))
    this.labelled = this.share(opened.labelHolders, 'labels', 'labelled', 0, roster.size)
    this.bad = this.share(opened.labelHolders, 'labels', 'bad', 0, roster.size)
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
