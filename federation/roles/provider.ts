/**
 * A department: keeps its columns and weights, sends shares and sanitised products, learns its own noisy gradients.
 * Each step of a run is one message; what they compute stands in provider-run.ts.
 */

import type { OpenedRun, PartyPolicy } from '../approval.ts'
import { DataUse } from '../authorisation/data-use.ts'
import { federationErrors } from '../errors.ts'
import { unexpected } from '../faults-told.ts'
import type { Current, ProviderHoldings } from '../holdings.ts'
import { KEY_HOLDER, PLATFORM } from '../members.ts'
import type { AnyMessage } from '../messages/envelope.ts'
import type { Node } from '../node.ts'
import type { FineBinStore, NodeServices, ScorecardSink } from '../ports.ts'
import type { Role } from '../role.ts'
import { RunSecret } from '../run-secret.ts'
import { ProviderRun, type ProviderRunState } from './provider-run.ts'
import { type GateState, RunGate } from './run-gate.ts'

/** What a provider goes on from after a step. */
interface ProviderState {
  readonly gate: GateState
  readonly secret: Uint8Array
  readonly run: ProviderRunState
}

export class ProviderRole implements Role {
  #node: Node
  #services: NodeServices
  #source: Current<ProviderHoldings>
  #gate: RunGate
  #policy: PartyPolicy
  #sink: ScorecardSink
  #fineBins: FineBinStore
  #run: ProviderRun | undefined
  #secret: Uint8Array | undefined

  constructor(
    node: Node,
    services: NodeServices,
    source: Current<ProviderHoldings>,
    policy: PartyPolicy,
    sink: ScorecardSink,
    fineBins: FineBinStore,
  ) {
    this.#node = node
    this.#services = services
    this.#source = source
    this.#policy = policy
    this.#gate = new RunGate(node, policy, services)
    this.#sink = sink
    this.#fineBins = fineBins
  }

  /** Tells the platform that this party is there, and on which roster. */
  hello(): Promise<void> {
    const { roster, data } = this.#source.current()
    const { digest, size } = roster
    const { columns } = data
    return this.#node.post(PLATFORM, 'party.hello', {
      rosterDigest: digest,
      rows: size,
      columns: columns.length,
      labelDigest: '',
      labelPeriod: '',
      run: this.#node.openRun,
    })
  }

  /** Columns and weights stay with their owner: the state holds what the steps made, not what they were made of. */
  state(): object {
    const run = this.#run
    if (!run || !this.#secret) return {}
    return { gate: this.#gate.state, secret: this.#secret, run: run.state } satisfies ProviderState
  }

  /**
   * Goes on with a run from the end of a step.
   * @throws HoldingsChanged for other data than the run began with
   */
  async restore(id: string, kept: object): Promise<void> {
    await this.#close()
    if (!('gate' in kept)) return
    const { gate, secret, run } = kept as ProviderState
    const holdings = this.#source.current(id)
    const { opened, plan } = this.#gate.restore(gate, holdings.roster)
    const begun = await this.#begin(opened, holdings, secret, run)
    await begun.restore(run, plan)
  }

  async handle(message: AnyMessage): Promise<void> {
    const fromServer = message.from === PLATFORM || message.from === KEY_HOLDER
    if (!fromServer) unexpected(message, 'providers are spoken to by platform and key holder only')
    if (message.type === 'run.open') return this.#open(message)
    if (message.type === 'run.abort') return this.#gate.ends(message) ? this.#close() : undefined
    const run = this.#run
    if (!run || !this.#gate.admits(message)) unexpected(message, 'no such run is open')
    this.#gate.requireSigned(message)
    const answersBoth = message.type === 'bins.query' || message.type === 'round.query'
    const outcome = message.type === 'round.gradient' || message.type === 'challenge.declare'
    const partOfBoth = answersBoth || message.type === 'bins.counts' || outcome
    if (!partOfBoth && message.from !== PLATFORM) unexpected(message, 'only the platform drives a run')
    switch (message.type) {
      case 'basis.request':
        return this.#node.post(PLATFORM, 'basis.ready', run.buildBasis(message.body.bins))
      case 'plan.propose':
        return this.#gate.approve(message, (plan) => run.begin(plan))
      case 'plan.signed':
        return this.#gate.takeSignatures(message)
      case 'bins.query':
        return run.training.answerQuery('bins', message)
      case 'bins.counts':
        return run.training.takeCounts(message)
      case 'round.start':
        return run.training.shareTotals(message.round)
      case 'round.query':
        return run.training.answerQuery('round', message)
      case 'round.gradient':
        return run.training.takeGradient(message)
      case 'challenge.declare':
        return run.training.openMasks(message)
      case 'totals.request':
        return run.shareTrainingTotals(message)
      case 'score.request':
        return run.sharePoints(message.body)
      case 'run.finish': {
        const { accepted, ...calibration } = message.body
        if (accepted) await this.#sink.keep(run.scorecard(calibration))
        await this.#node.post(PLATFORM, 'run.kept', {})
        return this.#close()
      }
      default:
        unexpected(message, 'a provider takes no part in this step')
    }
  }

  async #open(message: AnyMessage & { type: 'run.open' }): Promise<void> {
    await this.#close()
    const holdings = this.#source.current(message.run)
    const { random } = this.#services
    const { opened, secret } = await this.#gate.open(message, holdings.roster, random)
    if (!opened.providers.includes(this.#node.membership.name)) {
      throw new federationErrors.UnknownMember(this.#node.membership.name)
    }
    await this.#begin(opened, holdings, secret)
  }

  /** @param from where the run is gone on with */
  async #begin(
    opened: OpenedRun,
    { roster, data, authorisation }: ProviderHoldings,
    secret: Uint8Array,
    from?: ProviderRunState,
  ): Promise<ProviderRun> {
    const { membership } = this.#node
    const use = await DataUse.settle(
      membership,
      authorisation,
      opened.authorisation,
      this.#services.clock.now(),
    )
    const own = new RunSecret(membership.suite, secret)
    const run = new ProviderRun(
      this.#node,
      this.#services,
      roster,
      data,
      use,
      opened,
      own,
      this.#fineBins,
      this.#policy.scorecard ?? {},
      from,
    )
    this.#run = run
    this.#secret = secret
    return run
  }

  async #close(): Promise<void> {
    this.#gate.close()
    await this.#run?.close()
    this.#run = this.#secret = undefined
  }
}
