/** A bank or guarantee fund: shares its labels over the whole roster, sizes equal for 0 and n labels. */
import { LabelGuard, maskResidues, packResidues } from '../../engine/index.ts'
import { checkApproval, type PartyPolicy } from '../approval.ts'
import { federationErrors } from '../errors.ts'
import { PLATFORM } from '../members.ts'
import type { AnyMessage } from '../messages/envelope.ts'
import { type Node, type Role, unexpected } from '../node.ts'
import type { LabelData, NodeServices, RosterView } from '../ports.ts'
import { streamLabel } from '../runs/stream-label.ts'

export class LabelHolderRole implements Role {
  #node: Node
  #roster: RosterView
  #labels: LabelData
  #policy: PartyPolicy
  #services: NodeServices
  #guard = new LabelGuard()

  constructor(
    node: Node,
    services: NodeServices,
    roster: RosterView,
    labels: LabelData,
    policy: PartyPolicy,
  ) {
    this.#node = node
    this.#services = services
    this.#roster = roster
    this.#labels = labels
    this.#policy = policy
  }

  /** Tells the platform that this party is there. */
  hello(): Promise<void> {
    const { digest, size } = this.#roster
    return this.#node.post(PLATFORM, 'party.hello', {
      rosterDigest: digest,
      rows: size,
      columns: 0,
      publicData: false,
    })
  }

  async handle(message: AnyMessage): Promise<void> {
    if (message.from !== PLATFORM) unexpected(message, 'only the platform drives a run')
    switch (message.type) {
      case 'run.open':
        this.#node.current.run = message.run
        this.#node.current.plan = ''
        return this.#share(message.run, message.body.snapshot, message.body.labelHolders)
      case 'plan.propose': {
        const { clock } = this.#services
        const { planHash, signature } = checkApproval(
          this.#node,
          this.#roster,
          this.#policy,
          clock,
          message.body.plan,
        )
        this.#node.current.plan = planHash
        return this.#node.post(PLATFORM, 'plan.approve', { planHash, signature })
      }
      case 'run.abort':
      case 'run.finish':
        return
      default:
        unexpected(message, 'a label holder takes no part in this step')
    }
  }

  async #share(run: string, snapshot: string, labelHolders: readonly string[]): Promise<void> {
    const { membership } = this.#node
    if (!labelHolders.includes(membership.name)) throw new federationErrors.UnknownMember(membership.name)
    const secrets = membership.maskSecrets(labelHolders)
    const share = (phase: string, values: Uint8Array) => {
      const label = streamLabel(membership.consortium, { snapshot, run, opening: 'labels', phase })
      this.#guard.claim(label, Buffer.from(membership.suite.hash(values)).toString('hex'))
      return packResidues(maskResidues(membership.suite, secrets, label, values))
    }
    await this.#node.post(PLATFORM, 'labels.share', {
      labelled: share('labelled', this.#labels.labelled),
      bad: share('bad', this.#labels.bad),
    })
  }
}
