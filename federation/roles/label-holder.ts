/** A bank or guarantee fund: shares its labels over the whole roster, sizes equal for 0 and n labels. */

import { maskResidues, packResidues } from '../../engine/index.ts'
import type { PartyPolicy } from '../approval.ts'
import { PLATFORM } from '../members.ts'
import type { AnyMessage } from '../messages/envelope.ts'
import { type Node, type Role, unexpected } from '../node.ts'
import type { LabelData, NodeServices, RosterView } from '../ports.ts'
import { streamLabel } from '../runs/stream-label.ts'
import { RunGate } from './run-gate.ts'

export class LabelHolderRole implements Role {
  #node: Node
  #roster: RosterView
  #labels: LabelData
  #gate: RunGate

  constructor(
    node: Node,
    services: NodeServices,
    roster: RosterView,
    labels: LabelData,
    policy: PartyPolicy,
  ) {
    this.#node = node
    this.#roster = roster
    this.#labels = labels
    this.#gate = new RunGate(node, roster, policy, services.clock)
  }

  /** Tells the platform that this party is there. */
  hello(): Promise<void> {
    const { digest, size } = this.#roster
    return this.#node.post(PLATFORM, 'party.hello', { rosterDigest: digest, rows: size, columns: 0 })
  }

  async handle(message: AnyMessage): Promise<void> {
    switch (message.type) {
      case 'run.open': {
        const { snapshot, labelHolders } = this.#gate.open(message)
        return this.#share(message.run, snapshot, labelHolders)
      }
      case 'plan.propose':
        return this.#gate.approve(message, () => {})
      case 'run.abort':
      case 'run.finish':
        if (this.#gate.ends(message)) this.#gate.close()
        return
      default:
        unexpected(message, 'a label holder takes no part in this step')
    }
  }

  async #share(run: string, snapshot: string, labelHolders: readonly string[]): Promise<void> {
    const { membership } = this.#node
    const secrets = membership.maskSecrets(labelHolders)
    const share = (phase: string, values: Uint8Array) => {
      const label = streamLabel(membership.consortium, { snapshot, run, opening: 'labels', phase })
      return packResidues(maskResidues(membership.suite, secrets, label, values))
    }
    await this.#node.post(PLATFORM, 'labels.share', {
      labelled: share('labelled', this.#labels.labelled),
      bad: share('bad', this.#labels.bad),
    })
  }
}
