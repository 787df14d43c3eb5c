/**
 * The independent key holder H: holds the other share of everything joint, adds its own noise to everything opened, is the
 * gate of fine bins, and answers each thing once. It never sees a score, a label, a feature or a weight.
 */

import type { OpenedRun, PartyPolicy } from '../../approval.ts'
import { federationErrors } from '../../errors.ts'
import { unexpected } from '../../faults-told.ts'
import type { Current } from '../../holdings.ts'
import type { Ledger } from '../../ledger.ts'
import { catchUp, checkNotSetBack, contains, lackedBy } from '../../ledger-agreement.ts'
import { entriesText } from '../../ledger-entry.ts'
import { PLATFORM } from '../../members.ts'
import type { AnyMessage } from '../../messages/envelope.ts'
import type { MessageType } from '../../messages/schema.ts'
import type { Node } from '../../node.ts'
import type { RunPlan } from '../../plan.ts'
import type { NodeServices, RosterView } from '../../ports.ts'
import type { Role } from '../../role.ts'
import { StepSecret } from '../../step-secret.ts'
import { RunGate } from '../run-gate.ts'
import { KeyHolderBins } from './bins.ts'
import { KeyHolderChallenges } from './challenges.ts'
import { KeyHolderEvaluations } from './evaluations.ts'
import { KeyHolderLabels } from './labels.ts'
import { KeyHolderRounds } from './rounds.ts'
import { KeyHolderRun } from './run.ts'
import { KeyHolderScoring } from './scoring.ts'
import type { KeyHolderState, PlannedState } from './state.ts'
import { KeyHolderTotals } from './totals.ts'

/** Everything else comes from the platform. */
const FROM_PROVIDERS: ReadonlySet<MessageType> = new Set(['bins.answer', 'round.answer', 'challenge.masks'])

/** The steps that need a signed plan. */
interface PlannedSteps {
  readonly bins: KeyHolderBins
  readonly challenges: KeyHolderChallenges
  readonly rounds: KeyHolderRounds
  readonly totals: KeyHolderTotals
  readonly evaluations: KeyHolderEvaluations
}

function stepsOf(run: KeyHolderRun, gate: RunGate, state?: PlannedState): PlannedSteps {
  const challenges = new KeyHolderChallenges(
    run,
    state?.challenges ?? { seed: run.secret.seed('challenge share'), first: [] },
  )
  const rounds = new KeyHolderRounds(run, challenges, state?.rounds)
  return {
    bins: new KeyHolderBins(run, state?.bins),
    challenges,
    rounds,
    totals: new KeyHolderTotals(run, gate, rounds, state?.totals),
    evaluations: new KeyHolderEvaluations(run, state?.evaluations),
  }
}

export class KeyHolderRole implements Role {
  #node: Node
  #services: NodeServices
  #source: Current<RosterView>
  #gate: RunGate
  #scoring: KeyHolderScoring
  #ledger: Ledger
  #run: KeyHolderRun | undefined
  #labels: KeyHolderLabels | undefined
  #steps: PlannedSteps | undefined

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
      run: this.#node.openRun,
    })
  }

  /** Ends a step: what was drawn at random in it cannot be drawn again from what is kept. */
  state(): object {
    const run = this.#run
    const labels = this.#labels
    if (!run || !labels) return {}
    run.endStep()
    const steps = this.#steps
    return {
      gate: this.#gate.state,
      secret: run.secret.bytes,
      labels: labels.state,
      ledger: this.#ledger.head,
      openings: this.#scoring.openedIn(run.opened.run),
      planned: steps
        ? {
            bins: steps.bins.state,
            challenges: steps.challenges.state,
            rounds: steps.rounds.state,
            totals: steps.totals.state,
            evaluations: steps.evaluations.state,
          }
        : null,
    } satisfies KeyHolderState
  }

  /**
   * Goes on with a run from the end of a step.
   * @throws HoldingsChanged for another roster than the run began with, LedgerSetBack
   */
  async restore(run: string, kept: object): Promise<void> {
    await this.#close()
    if (!('gate' in kept)) return
    const state = kept as KeyHolderState
    checkNotSetBack(this.#node.membership.name, this.#ledger, run, state.ledger)
    const roster = this.#source.current(run)
    const { opened, plan } = this.#gate.restore(state.gate, roster)
    const begun = this.#begin(opened, roster, state.secret)
    this.#labels = new KeyHolderLabels(begun, state.labels)
    this.#scoring.restore(state.openings)
    if (plan && state.planned) {
      begun.take(plan)
      this.#steps = stepsOf(begun, this.#gate, state.planned)
    }
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
        return this.#planned.bins.start()
      case 'bins.answer':
        return this.#planned.bins.takeAnswer(message)
      case 'bins.part':
        return this.#planned.bins.takePart(message)
      case 'round.start':
        return this.#planned.rounds.start(message.round)
      case 'round.level':
        return this.#planned.rounds.startLevel(message)
      case 'round.crossed':
        return this.#planned.rounds.crossed(message)
      case 'round.answer':
        return this.#planned.rounds.takeAnswer(message)
      case 'challenge.part':
        return this.#planned.challenges.takePart(message)
      case 'challenge.masks':
        return this.#planned.challenges.takeMasks(message)
      case 'totals.commit':
        return this.#planned.totals.release(message)
      case 'score.commit':
        return this.#scoring.release(message, this.#run)
      case 'evaluation.start':
        return this.#planned.evaluations.start(message.body)
      case 'evaluation.answer':
        return this.#planned.evaluations.open(message.body)
      default:
        unexpected(message, 'the key holder takes no part in this step')
    }
  }

  async #open(message: AnyMessage & { type: 'run.open' }): Promise<void> {
    await this.#close()
    // Also after a restart: masks are drawn under a run's id, and a second run under it would use them again.
    if (this.#ledger.hasRun(message.run)) unexpected(message, 'a run id is used once')
    const roster = this.#source.current(message.run)
    const { opened, secret } = await this.#gate.open(message, roster, this.#services.random)
    const missing = lackedBy(this.#ledger, opened.ledger)
    this.#labels = new KeyHolderLabels(this.#begin(opened, roster, secret))
    await this.#node.post(PLATFORM, 'ledger.state', {
      ...this.#ledger.head,
      missing: Buffer.from(entriesText(missing), 'utf8'),
    })
  }

  #begin(opened: OpenedRun, roster: RosterView, secret: Uint8Array): KeyHolderRun {
    const step = new StepSecret(this.#node.membership.suite, secret)
    this.#run = new KeyHolderRun(this.#node, this.#services, roster, this.#ledger, opened, step)
    return this.#run
  }

  /** Entries that the platform has and this side lost, up to the head with which the run was opened. */
  async #catchUp({ opened }: KeyHolderRun, missing: Uint8Array): Promise<void> {
    // Taken over before this node was stopped.
    if (contains(this.#ledger, opened.ledger)) return
    const count = await catchUp(this.#ledger, opened.ledger, missing, opened.run)
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
    this.#steps = stepsOf(run, this.#gate)
  }

  /** The steps that need a signed plan. */
  get #planned(): PlannedSteps {
    if (!this.#steps)
      throw new federationErrors.MessageUnexpected('a step of the plan', PLATFORM, 'no plan is signed')
    return this.#steps
  }

  async #close(): Promise<void> {
    this.#gate.close()
    await this.#labels?.close()
    await this.#steps?.rounds.close()
    await this.#steps?.bins.close()
    await this.#steps?.evaluations.close()
    this.#labels = this.#steps = this.#run = undefined
  }
}
