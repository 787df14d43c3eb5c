/** A bank or guarantee fund: shares its labels over the whole roster, sizes equal for 0 and n labels. */

import { maskResidues, packResidues } from '../../engine/index.ts'
import type { OpenedRun, PartyPolicy } from '../approval.ts'
import { federationErrors } from '../errors.ts'
import { unexpected } from '../faults-told.ts'
import type { Current, LabelHoldings } from '../holdings.ts'
import type { LabelPeriod } from '../label-period.ts'
import { checkNotBehind } from '../ledger-agreement.ts'
import type { LedgerHead } from '../ledger-entry.ts'
import { PLATFORM } from '../members.ts'
import type { AnyMessage } from '../messages/envelope.ts'
import type { Node } from '../node.ts'
import type { LabelData, LedgerMemory, NodeServices } from '../ports.ts'
import type { Role } from '../role.ts'
import { streamLabel } from '../runs/stream-label.ts'
import { labelContent, labelDigest } from '../snapshot.ts'
import { type GateState, RunGate } from './run-gate.ts'

export class LabelHolderRole implements Role {
  #node: Node
  #services: NodeServices
  #source: Current<LabelHoldings>
  #gate: RunGate
  #memory: LedgerMemory
  /** Hash of the labels that this party spoke of last, and the digests that it said of them, one a key. */
  #said = { content: '', digests: new Set<string>() }

  constructor(
    node: Node,
    services: NodeServices,
    source: Current<LabelHoldings>,
    policy: PartyPolicy,
    memory: LedgerMemory,
  ) {
    this.#node = node
    this.#services = services
    this.#source = source
    this.#gate = new RunGate(node, policy, services)
    this.#memory = memory
  }

  /** Tells the platform that this party is there, and on which roster. */
  hello(): Promise<void> {
    const { roster, labels, period } = this.#source.current()
    const { digest, size } = roster
    const { membership } = this.#node
    const content = labelContent(membership.suite, labels)
    if (this.#said.content !== content) this.#said = { content, digests: new Set() }
    const said = labelDigest(membership, labels)
    this.#said.digests.add(said)
    return this.#node.post(PLATFORM, 'party.hello', {
      rosterDigest: digest,
      rows: size,
      columns: 0,
      labelDigest: said,
      labelPeriod: period,
      run: this.#node.openRun,
    })
  }

  /** Its labels are shared when a run opens, so nothing of them is needed after that. */
  state(): object {
    return this.#gate.isOpen ? { gate: this.#gate.state } : {}
  }

  /**
   * Goes on with a run from the end of a step.
   * @throws HoldingsChanged for another roster than the run began with
   */
  async restore(run: string, state: object): Promise<void> {
    this.#gate.close()
    const { gate } = state as { gate?: GateState }
    if (!gate) return
    this.#gate.restore(gate, this.#source.current(run).roster)
  }

  async handle(message: AnyMessage): Promise<void> {
    switch (message.type) {
      case 'run.open': {
        const { roster, labels, period } = this.#source.current(message.run)
        const { opened } = await this.#gate.open(message, roster, this.#services.random)
        await this.#checkOpened(opened, labels, period)
        return this.#share(opened, labels)
      }
      case 'plan.propose':
        return this.#gate.approve(message, (plan) => this.#remember(plan.ledger))
      case 'plan.signed':
        return this.#gate.takeSignatures(message)
      case 'run.abort':
        if (this.#gate.ends(message)) this.#gate.close()
        return
      case 'run.finish':
        if (!this.#gate.ends(message)) return
        this.#gate.requireSigned(message)
        this.#gate.close()
        return this.#remember(message.body.ledger)
      default:
        unexpected(message, 'a label holder takes no part in this step')
    }
  }

  /** Nothing is shared for other labels than its own, nor with servers that forgot what they spent. */
  async #checkOpened(
    { labelHolders, labelDigests, labelPeriods, ledger }: OpenedRun,
    labels: LabelData,
    period: LabelPeriod,
  ): Promise<void> {
    const { membership } = this.#node
    // Its key may have been replaced since this party said hello.
    const named = labelDigests[labelHolders.indexOf(membership.name)]
    const said =
      this.#said.content === labelContent(membership.suite, labels) && this.#said.digests.has(named)
    if (!said && named !== labelDigest(membership, labels))
      throw new federationErrors.PlanRefused(membership.name, 'its label snapshot holds other labels')
    if (labelPeriods[labelHolders.indexOf(membership.name)] !== period)
      throw new federationErrors.PlanRefused(membership.name, 'its labels are counted to another period')
    checkNotBehind(await this.#memory.load(), ledger)
  }

  async #remember({ entries, hash }: LedgerHead): Promise<void> {
    checkNotBehind(await this.#memory.load(), { entries, hash })
    await this.#memory.keep({ entries, hash })
  }

  async #share({ run, snapshot, labelHolders }: OpenedRun, labels: LabelData): Promise<void> {
    const { membership } = this.#node
    const secrets = membership.maskSecrets(labelHolders)
    const share = (phase: string, values: Uint8Array) => {
      const label = streamLabel(membership.consortium, { snapshot, run, opening: 'labels', phase })
      return packResidues(maskResidues(membership.suite, secrets, label, values))
    }
    await this.#node.post(PLATFORM, 'labels.share', {
      labelled: share('labelled', labels.labelled),
      bad: share('bad', labels.bad),
    })
  }
}
