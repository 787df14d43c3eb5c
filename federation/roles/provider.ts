/**
 * A department: keeps its columns and weights, sends shares and sanitised products, learns its own noisy gradients.
 * Each step of a run is one message; what they compute stands in provider-run.ts.
 */

import type { PartyPolicy } from '../approval.ts'
import { DataUse } from '../authorisation/data-use.ts'
import { federationErrors } from '../errors.ts'
import type { Current, ProviderHoldings } from '../holdings.ts'
import { KEY_HOLDER, PLATFORM } from '../members.ts'
import type { AnyMessage } from '../messages/envelope.ts'
import { type Node, type Role, unexpected } from '../node.ts'
import type { FineBinStore, NodeServices, ScorecardSink } from '../ports.ts'
import type { RunJournals } from '../run-journal.ts'
import { RUN_SECRET_BYTES, RunSecret } from '../run-secret.ts'
import { ProviderRun } from './provider-run.ts'
import { RunGate } from './run-gate.ts'
import { RunRecorder } from './run-recorder.ts'

export class ProviderRole implements Role {
  #node: Node
  #services: NodeServices
  #source: Current<ProviderHoldings>
  #gate: RunGate
  #sink: ScorecardSink
  #journals: RunJournals
  #fineBins: FineBinStore
  #run: ProviderRun | undefined
  #recorder: RunRecorder | undefined

  constructor(
    node: Node,
    services: NodeServices,
    source: Current<ProviderHoldings>,
    policy: PartyPolicy,
    sink: ScorecardSink,
    journals: RunJournals,
    fineBins: FineBinStore,
  ) {
    this.#node = node
    this.#journals = journals
    this.#services = services
    this.#source = source
    this.#gate = new RunGate(node, policy, services)
    this.#sink = sink
    this.#fineBins = fineBins
    node.onPosted = async (message) => {
      if (this.#recorder && message.run === node.current.run) await this.#recorder.sending(message)
    }
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
    })
  }

  async handle(message: AnyMessage, envelope: Uint8Array): Promise<void> {
    const fromServer = message.from === PLATFORM || message.from === KEY_HOLDER
    if (!fromServer) unexpected(message, 'providers are spoken to by platform and key holder only')
    if (message.type === 'run.open') return this.#open(message, envelope)
    if (this.#gate.admits(message)) this.#recorder?.received(envelope)
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
        return run.answerQuery('bins', message)
      case 'bins.counts':
        return run.takeCounts(message)
      case 'round.start':
        return run.shareTotals(message.round)
      case 'round.query':
        return run.answerQuery('round', message)
      case 'round.gradient':
        return run.takeGradient(message)
      case 'challenge.declare':
        return run.openMasks(message)
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

  async #open(message: AnyMessage & { type: 'run.open' }, envelope: Uint8Array): Promise<void> {
    await this.#close()
    const { roster, data, authorisation } = this.#source.current()
    const opened = this.#gate.open(message, roster)
    if (!opened.providers.includes(this.#node.membership.name)) {
      throw new federationErrors.UnknownMember(this.#node.membership.name)
    }
    const { membership } = this.#node
    const { suite } = membership
    const { random, clock } = this.#services
    const use = await DataUse.settle(membership, authorisation, opened.authorisation, clock.now())
    const journal = await this.#journals.begin(opened.run)
    const bytes = random(RUN_SECRET_BYTES)
    this.#recorder = new RunRecorder(journal, suite, clock, bytes)
    this.#recorder.received(envelope)
    const secret = new RunSecret(suite, bytes)
    this.#run = new ProviderRun(this.#node, this.#services, roster, data, use, opened, secret, this.#fineBins)
  }

  async #close(): Promise<void> {
    this.#gate.close()
    await this.#run?.close()
    await this.#recorder?.close()
    this.#run = this.#recorder = undefined
  }
}
