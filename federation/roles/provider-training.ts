/** A provider's part of fine bins and rounds: masked products, local steps, opened masks of challenges. */
import { type LinearResponderHandle, packResidues, TOTAL_BOUND } from '../../engine/index.ts'
import type { CheckedWeights, ColumnChoice, ColumnRules, Trend } from '../../models/index.ts'
import { federationErrors } from '../errors.ts'
import { openingRounds, stepScaleOf } from '../logistic-plan.ts'
import { KEY_HOLDER, PLATFORM } from '../members.ts'
import type { Message } from '../messages/envelope.ts'
import type { Node } from '../node.ts'
import { exchangesOf, type RunPlan } from '../plan.ts'
import type { FineBin, NodeServices } from '../ports.ts'
import type { RunSecret } from '../run-secret.ts'
import { TOTALS_OPENING } from '../runs/openings.ts'
import { type ExchangeKind, MaskedExchange } from './masked-exchange.ts'
import type { ProviderBins } from './provider-bins.ts'
import type { ProviderColumns } from './provider-columns.ts'
import { type FitState, ProviderFit } from './provider-fit.ts'
import type { ProviderMasks } from './provider-masks.ts'

/** Share of rows that a provider may clip before it stops the run. */
const MOST_CLIPPED = 0.01
/** Memory for encoded columns, 16 bytes a row and column: a million rows of 28 columns fit. */
const ENCODED_BUDGET = 512 * 1024 * 1024

/** What is kept of the training at the end of a step. */
export interface TrainingState {
  readonly fit: FitState
  readonly counts: readonly FineBin[]
  readonly shared: number
  readonly rounds: number
  readonly challenges: number
  /** Exchanges that are over. */
  readonly exchanges: readonly string[]
}

/** What a provider trains with. */
export interface TrainingParts {
  readonly node: Node
  readonly services: NodeServices
  readonly plan: RunPlan
  readonly columns: ProviderColumns
  readonly secret: RunSecret
  readonly masks: ProviderMasks
  readonly bins: ProviderBins
  /** Stated trend of each basis column. */
  readonly trends: readonly (Trend | undefined)[]
  /** What the provider's policy says of its own columns. */
  readonly rules: Partial<ColumnRules>
}

export class ProviderTraining {
  #parts: TrainingParts
  #responder: LinearResponderHandle | undefined
  #fit: ProviderFit
  #exchange: MaskedExchange
  /** Exchanges whose totals were shared; rounds whose step was taken and challenges that were opened since. */
  #shared: number
  #rounds: number
  #challenges: number
  #plannedRounds: number
  #plannedExchanges: number

  private constructor(parts: TrainingParts, responder: LinearResponderHandle, from?: TrainingState) {
    const { node, plan, columns, secret } = parts
    const { basis, order } = columns
    const { name, suite } = node.membership
    this.#parts = parts
    this.#responder = responder
    this.#plannedRounds = basis.width > 0 ? plan.rounds : 0
    this.#plannedExchanges = exchangesOf(plan)
    this.#fit = new ProviderFit(parts, from?.fit)
    this.#exchange = new MaskedExchange(name, plan, order, responder, suite, secret, from?.exchanges)
    this.#shared = from?.shared ?? 0
    this.#rounds = from?.rounds ?? 0
    this.#challenges = from?.challenges ?? 0
  }

  /**
   * Encodes the columns for the encryption.
   * @param from where the rounds are gone on with; from the beginning without it
   */
  static async open(parts: TrainingParts, from?: TrainingState): Promise<ProviderTraining> {
    const { services, plan, columns } = parts
    const packed = columns.packed(plan.trainRows)
    const responder = await services.engine.linearResponder(plan.packing, packed, ENCODED_BUDGET)
    return new ProviderTraining(parts, responder, from)
  }

  get state(): TrainingState {
    return {
      fit: this.#fit.state,
      counts: this.#parts.bins.counted,
      shared: this.#shared,
      rounds: this.#rounds,
      challenges: this.#challenges,
      exchanges: this.#exchange.over,
    }
  }

  /** All rounds of the plan are over. */
  get isOver(): boolean {
    return this.#rounds === this.#plannedRounds
  }

  /** Weights after the sign check. */
  get checked(): CheckedWeights {
    return this.#fit.checked
  }

  /** What was decided on the columns; null before the first round. */
  get choice(): ColumnChoice | null {
    return this.#fit.choice
  }

  /** C1: the clipped totals of every training row at the look-ahead point, masked. */
  async shareTotals(round: number): Promise<void> {
    const { node, masks } = this.#parts
    if (round !== this.#shared + 1 || this.#concluded < this.#shared || round > this.#plannedExchanges) {
      throw new federationErrors.MessageUnexpected('round.start', PLATFORM, 'rounds come in order, each once')
    }
    this.#shared = round
    const totals = this.#totals(round)
    await node.post(
      PLATFORM,
      'round.share',
      { totals: masks.residues('training', 'totals', round, totals) },
      round,
    )
  }

  /** True where the plan has an opening of the totals now: between two exchanges, after the rounds that it names. */
  mayOpen(opening: number): boolean {
    const { plan } = this.#parts
    const due = openingRounds(plan)[opening - 1]
    if (due === undefined || this.#concluded < this.#shared) return false
    if (this.#plannedRounds > 0) return this.#rounds === due
    // Without columns it is not told which exchanges were challenges.
    return this.#shared >= due && this.#shared <= due + this.#plannedExchanges - plan.rounds
  }

  /** The clipped totals at the look-ahead point, under masks of their own. */
  async openTotals(opening: number, exchange: number): Promise<void> {
    const { node, masks } = this.#parts
    const totals = masks.residues(TOTALS_OPENING, 'totals', opening, this.#totals(exchange))
    await node.post(PLATFORM, 'totals.share', { opening, totals }, exchange)
  }

  /** B and C5: answers a server's encrypted vector; both answers leave once both queries are known. */
  async answerQuery(
    kind: ExchangeKind,
    message: Message<'bins.query'> | Message<'round.query'>,
  ): Promise<void> {
    const { from, round, body } = message
    const server = from === PLATFORM ? 'platform' : 'keyHolder'
    const ready = await this.#exchange.answer(kind, round, body.group, server, body)
    for (const { to, from: first, end, group, bytes, seenPlatform, seenKeyHolder } of ready) {
      const answer = { group, from: first, to: end, answer: bytes, seenPlatform, seenKeyHolder }
      const receiver = to === 'platform' ? PLATFORM : KEY_HOLDER
      await this.#parts.node.post(receiver, `${kind}.answer`, answer, round)
    }
  }

  /** Noisy counts of a range of bins, from the key holder's gate. */
  async takeCounts(message: Message<'bins.counts'>): Promise<void> {
    const { node, bins } = this.#parts
    if (await bins.take(message, this.#exchange.order)) await node.post(PLATFORM, 'bins.done', {})
  }

  /** C6 and C7: one server's part of the gradient; with both the local step is taken. */
  async takeGradient(message: Message<'round.gradient'>): Promise<void> {
    const server = message.from === PLATFORM ? 'platform' : 'keyHolder'
    const gradient = this.#exchange.gradient(message.round, server, message.body)
    if (!gradient) return
    if (this.isOver) {
      throw new federationErrors.MessageUnexpected(
        message.type,
        message.from,
        'more rounds than the plan has',
      )
    }
    this.#fit.advance(gradient, stepScaleOf(this.#parts.plan, this.#rounds + 1))
    this.#rounds++
    await this.#parts.node.post(PLATFORM, 'round.done', {}, message.round)
  }

  /** One server says that a round was a challenge; with both the masks' sums go to the key holder. */
  async openMasks(message: Message<'challenge.declare'>): Promise<void> {
    const server = message.from === PLATFORM ? 'platform' : 'keyHolder'
    const { group } = message.body
    const opened = this.#exchange.challenge(message.round, server, group)
    if (!opened) return
    if (this.#challenges === this.#plannedExchanges - this.#plannedRounds) {
      throw new federationErrors.MessageUnexpected(
        message.type,
        message.from,
        'more challenges than the plan has',
      )
    }
    this.#challenges++
    const { from, to, sums } = opened
    await this.#parts.node.post(
      KEY_HOLDER,
      'challenge.masks',
      { group, from, to, sums: packResidues(sums) },
      message.round,
    )
  }

  async close(): Promise<void> {
    await this.#responder?.close()
    this.#responder = undefined
  }

  /** Exchanges whose outcome is known; a provider without columns is told none. */
  get #concluded(): number {
    return this.#plannedRounds === 0 ? this.#shared : this.#rounds + this.#challenges
  }

  /**
   * Clipped totals at the look-ahead point; a provider without a usable column contributes zeros.
   * @throws Clipping
   */
  #totals(exchange: number): Float64Array {
    const { columns, plan, node } = this.#parts
    const { codes } = columns
    if (codes.length === 0) return new Float64Array(plan.trainRows)
    const { totals, clipped } = this.#fit.totals(TOTAL_BOUND)
    if (clipped > MOST_CLIPPED * plan.trainRows)
      throw new federationErrors.Clipping(node.membership.name, exchange)
    return totals
  }
}
