/**
 * The independent key holder H: holds the other share of everything joint, adds its own noise to everything opened, is the
 * gate of fine bins, and answers each thing once. It never sees a score, a label, a feature or a weight.
 */

import type { PartyPolicy } from '../../approval.ts'
import { federationErrors } from '../../errors.ts'
import type { Current } from '../../holdings.ts'
import type { Ledger } from '../../ledger.ts'
import { catchUp, lackedBy } from '../../ledger-agreement.ts'
import { entriesText } from '../../ledger-entry.ts'
import { PLATFORM } from '../../members.ts'
import type { AnyMessage } from '../../messages/envelope.ts'
import type { MessageType } from '../../messages/schema.ts'
import { type Node, type Role, unexpected } from '../../node.ts'
import type { RunPlan } from '../../plan.ts'
import type { NodeServices, RosterView } from '../../ports.ts'
import { RunGate } from '../run-gate.ts'
import { KeyHolderBins } from './bins.ts'
import { KeyHolderChallenges } from './challenges.ts'
import { KeyHolderEvaluations } from './evaluations.ts'
import { KeyHolderLabels } from './labels.ts'
import { KeyHolderRounds } from './rounds.ts'
import { KeyHolderRun } from './run.ts'
import { KeyHolderScoring } from './scoring.ts'

/** Everything else comes from the platform. */
const FROM_PROVIDERS: ReadonlySet<MessageType> = new Set(['bins.answer', 'round.answer', 'challenge.masks'])

export class KeyHolderRole implements Role {
  #node: Node
  #services: NodeServices
  #source: Current<RosterView>
  #gate: RunGate
  #scoring: KeyHolderScoring
  #ledger: Ledger
  #run: KeyHolderRun | undefined
  #labels: KeyHolderLabels | undefined
  #bins: KeyHolderBins | undefined
  #rounds: KeyHolderRounds | undefined
  #challenges: KeyHolderChallenges | undefined
  #evaluations: KeyHolderEvaluations | undefined

  constructor(
    node: Node,
    services: NodeServices,
    source: Current<RosterView>,
    policy: PartyPolicy,
    ledger: Ledger,
  ) {
    this.#node = node
    this.#services = services
    this.#source = source
    this.#gate = new RunGate(node, policy, services)
    this.#ledger = ledger
    this.#scoring = new KeyHolderScoring(node, this.#gate)
  }

  /** Tells the platform that this party is there, and on which roster. */
  hello(): Promise<void> {
    const { digest, size } = this.#source.current()
    return this.#node.post(PLATFORM, 'party.hello', {
      rosterDigest: digest,
      rows: size,
      columns: 0,
      labelDigest: '',
      labelPeriod: '',
    })
  }

  async handle(message: AnyMessage): Promise<void> {
    if (message.type === 'run.open') return this.#open(message)
    if (message.type === 'run.abort' || message.type === 'run.finish') {
      return this.#gate.ends(message) ? this.#close() : undefined
    }
    if (!this.#run || !this.#gate.admits(message)) unexpected(message, 'no such run is open')
    const fromProvider = FROM_PROVIDERS.has(message.type)
    if (!fromProvider && message.from !== PLATFORM) unexpected(message, 'only the platform drives a run')
    this.#gate.requireSigned(message)
    switch (message.type) {
      case 'ledger.missing':
        return this.#catchUp(this.#run, message.body.missing)
      case 'labels.ready':
        return this.#labels?.query(message.body.sharesHash)
      case 'labels.answer':
        return this.#labels?.open(message.body)
      case 'plan.propose':
        return this.#gate.approve(message, (plan) => this.#check(plan))
      case 'plan.signed':
        return this.#gate.takeSignatures(message)
      case 'bins.start':
        return this.#planned(this.#bins).start()
      case 'bins.answer':
        return this.#planned(this.#bins).takeAnswer(message)
      case 'bins.part':
        return this.#planned(this.#bins).takePart(message)
      case 'round.start':
        return this.#planned(this.#rounds).start(message.round)
      case 'round.crossed':
        return this.#planned(this.#rounds).crossed(message)
      case 'round.answer':
        return this.#planned(this.#rounds).takeAnswer(message)
      case 'challenge.part':
        return this.#planned(this.#challenges).takePart(message)
      case 'challenge.masks':
        return this.#planned(this.#challenges).takeMasks(message)
      case 'score.commit':
        return this.#scoring.release(message, this.#run)
      case 'evaluation.start':
        return this.#planned(this.#evaluations).start(message.body)
      case 'evaluation.answer':
        return this.#planned(this.#evaluations).open(message.body)
      default:
        unexpected(message, 'the key holder takes no part in this step')
    }
  }

  async #open(message: AnyMessage & { type: 'run.open' }): Promise<void> {
    await this.#close()
    // Also after a restart: masks are drawn under a run's id, and a second run under it would use them again.
    if (this.#ledger.hasRun(message.run)) unexpected(message, 'a run id is used once')
    const roster = this.#source.current()
    const opened = this.#gate.open(message, roster)
    const missing = lackedBy(this.#ledger, opened.ledger)
    this.#run = new KeyHolderRun(this.#node, this.#services, roster, this.#ledger, opened)
    this.#labels = new KeyHolderLabels(this.#run)
    await this.#node.post(PLATFORM, 'ledger.state', {
      ...this.#ledger.head,
      missing: Buffer.from(entriesText(missing), 'utf8'),
    })
  }

  /** Entries that the platform has and this side lost, up to the head with which the run was opened. */
  async #catchUp({ opened }: KeyHolderRun, missing: Uint8Array): Promise<void> {
    const count = await catchUp(this.#ledger, opened.ledger, missing)
    this.#node.onNotice(`the ledger lacked ${count} entries; they were taken over from the platform`)
  }

  /** H signs only what agrees with the sums that it checked and opened itself. */
  #check(plan: RunPlan): void {
    const run = this.#run as KeyHolderRun
    const [labelled, bads, labelledAll] = (this.#labels as KeyHolderLabels).opened
    if (plan.labelled !== labelled || plan.bads !== bads || plan.labelledAll !== labelledAll) {
      throw new federationErrors.PlanRefused(this.#node.membership.name, 'other label sums than were opened')
    }
    run.checkLedger(plan)
    run.take(plan)
    this.#bins = new KeyHolderBins(run)
    this.#challenges = new KeyHolderChallenges(run)
    this.#rounds = new KeyHolderRounds(run, this.#challenges)
    this.#evaluations = new KeyHolderEvaluations(run)
  }

  /** A step that needs a signed plan. */
  #planned<S>(step: S | undefined): S {
    if (!step)
      throw new federationErrors.MessageUnexpected('a step of the plan', PLATFORM, 'no plan is signed')
    return step
  }

  async #close(): Promise<void> {
    this.#gate.close()
    await this.#rounds?.close()
    await this.#bins?.close()
    await this.#evaluations?.close()
    this.#labels = this.#bins = this.#rounds = this.#evaluations = this.#run = undefined
    this.#challenges = undefined
  }
}
