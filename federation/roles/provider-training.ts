/** A provider's part of fine bins and rounds: masked products, local steps, opened masks of challenges. */
import { type LinearResponderHandle, packResidues, TOTAL_BOUND } from '../../engine/index.ts'
import { federationErrors } from '../errors.ts'
import { exchangesOf, levelsOf } from '../exchanges.ts'
import { openingRounds, stepScaleOf } from '../logistic-plan.ts'
import { KEY_HOLDER, PLATFORM } from '../members.ts'
import type { Message } from '../messages/envelope.ts'
import type { Node } from '../node.ts'
import { groupsOf, type RunPlan } from '../plan.ts'
import type { FineBin, NodeServices } from '../ports.ts'
import type { RunSecret } from '../run-secret.ts'
import { TOTALS_OPENING } from '../runs/openings.ts'
import { type ExchangeKind, MaskedExchange } from './masked-exchange.ts'
import type { ProviderBins } from './provider-bins.ts'
import type { ProviderColumns } from './provider-columns.ts'
import { type FitParts, type FitState, ProviderFit, type ProviderPart } from './provider-fit.ts'
import type { ProviderMasks } from './provider-masks.ts'

/** Share of rows that a provider may clip before it stops the run. */
const MOST_CLIPPED = 0.01
/** Memory for encoded columns, 16 bytes a row and column: a million rows of 28 columns fit. */
const ENCODED_BUDGET = 512 * 1024 * 1024

/** What is kept of the training at the end of a step. */
export interface TrainingState {
  readonly fit: FitState
  readonly counts: readonly FineBin[]
  readonly exchange: number
  readonly gradients: number
  readonly challenges: number
  /** Exchanges that are over. */
  readonly exchanges: readonly string[]
}

/** What a provider trains with. */
export interface TrainingParts extends FitParts {
  readonly node: Node
  readonly services: NodeServices
  readonly plan: RunPlan
  readonly columns: ProviderColumns
  readonly secret: RunSecret
  readonly masks: ProviderMasks
  readonly bins: ProviderBins
}

export class ProviderTraining {
  #parts: TrainingParts
  /** Of the committed columns; of the columns that a deeper level of the trees asks for, one a list. */
  #responders: LinearResponderHandle[]
  #deeper: LinearResponderHandle[] = []
  #fit: ProviderFit
  #masked: MaskedExchange
  /** The last exchange that began; gradients that were taken and challenges that were opened. */
  #exchange: number
  #gradients: number
  #challenges: number
  #plannedGradients: number

  private constructor(parts: TrainingParts, responder: LinearResponderHandle, from?: TrainingState) {
    const { node, plan, columns, secret } = parts
    const { name, suite } = node.membership
    this.#parts = parts
    this.#responders = [responder]
    this.#plannedGradients = columns.basis.width > 0 ? plan.rounds * levelsOf(plan) : 0
    this.#fit = new ProviderFit(parts, from?.fit)
    const { order } = columns
    const layout = { groups: plan.binGroups, responders: this.#responders }
    this.#masked = new MaskedExchange({ name, order, suite, secret, bins: layout }, from?.exchanges)
    this.#exchange = from?.exchange ?? 0
    this.#gradients = from?.gradients ?? 0
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
      exchange: this.#exchange,
      gradients: this.#gradients,
      challenges: this.#challenges,
      exchanges: this.#masked.over,
    }
  }

  /** All rounds of the plan are over. */
  get isOver(): boolean {
    return this.#gradients === this.#plannedGradients
  }

  get fitted(): ProviderPart {
    return this.#fit.fitted
  }

  /** C1: the clipped totals of every training row at the point that the residual is about, masked. */
  async shareTotals(round: number): Promise<void> {
    const { node, plan, masks } = this.#parts
    // A provider without a column is asked for nothing, and hears only of the exchanges that begin with totals.
    const asked = this.#isAsked
    const inOrder = asked ? round === this.#exchange + 1 && this.#isConcluded : round > this.#exchange
    if (!inOrder || this.#fit.level > 0 || round > exchangesOf(plan)) {
      throw new federationErrors.MessageUnexpected('round.start', PLATFORM, 'rounds come in order, each once')
    }
    this.#exchange = round
    if (asked) this.#masked.begin(round, { groups: plan.groups, responders: this.#responders })
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
    if (due === undefined || !this.#isConcluded) return false
    if (this.#isAsked) return this.#gradients === due
    // Without columns it is not told which exchanges were challenges.
    return this.#exchange >= due && this.#exchange <= due + exchangesOf(plan) - plan.rounds
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
    const ready = await this.#masked.answer(kind, round, body.group, server, body)
    for (const { to, from: first, end, group, bytes, seenPlatform, seenKeyHolder } of ready) {
      const answer = { group, from: first, to: end, answer: bytes, seenPlatform, seenKeyHolder }
      const receiver = to === 'platform' ? PLATFORM : KEY_HOLDER
      await this.#parts.node.post(receiver, `${kind}.answer`, answer, round)
    }
  }

  /** Noisy counts of a range of bins, from the key holder's gate. */
  async takeCounts(message: Message<'bins.counts'>): Promise<void> {
    const { node, bins, columns } = this.#parts
    if (await bins.take(message, columns.order)) await node.post(PLATFORM, 'bins.done', {})
  }

  /** C6 and C7: one server's part of the gradient; with both of all columns the local step is taken. */
  async takeGradient(message: Message<'round.gradient'>): Promise<void> {
    const server = message.from === PLATFORM ? 'platform' : 'keyHolder'
    const gradient = this.#masked.gradient(message.round, server, message.body)
    if (!gradient) return
    if (this.isOver) {
      throw new federationErrors.MessageUnexpected(
        message.type,
        message.from,
        'more rounds than the plan has',
      )
    }
    this.#fit.advance(gradient, stepScaleOf(this.#parts.plan, this.#gradients + 1))
    this.#gradients++
    // Before the platform hears that this level is done: the next one's queries follow at once.
    await this.#openLevel()
    await this.#parts.node.post(PLATFORM, 'round.done', {}, message.round)
  }

  /** One server says that a round was a challenge; with both the masks' sums go to the key holder. */
  async openMasks(message: Message<'challenge.declare'>): Promise<void> {
    const server = message.from === PLATFORM ? 'platform' : 'keyHolder'
    const { group } = message.body
    const { plan } = this.#parts
    const refuse = (why: string) => new federationErrors.MessageUnexpected(message.type, message.from, why)
    if (this.#fit.level > 0) throw refuse('a tree is growing: its columns are not the committed ones')
    const opened = this.#masked.challenge(message.round, server, group)
    if (!opened) return
    if (this.#challenges === exchangesOf(plan) - this.#plannedGradients)
      throw refuse('more challenges than the plan has')
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
    for (const responder of [...this.#deeper, ...this.#responders]) await responder.close()
    this.#deeper = this.#responders = []
  }

  /** Encodes the columns that the next level of a tree asks for; nothing where the next exchange begins with totals. */
  async #openLevel(): Promise<void> {
    const { services, plan, columns } = this.#parts
    for (const responder of this.#deeper.splice(0)) await responder.close()
    const { level, asked } = this.#fit
    if (level === 0) return
    for (const codes of asked) {
      const packed = columns.packed(plan.trainRows, codes)
      this.#deeper.push(await services.engine.linearResponder(plan.packing, packed, ENCODED_BUDGET))
    }
    this.#exchange++
    this.#masked.begin(this.#exchange, { groups: groupsOf(plan, level), responders: this.#deeper })
  }

  get #isAsked(): boolean {
    return this.#parts.columns.basis.width > 0
  }

  /** The outcome of the last exchange is known; a provider without columns is told none. */
  get #isConcluded(): boolean {
    return !this.#isAsked || this.#gradients + this.#challenges === this.#exchange
  }

  /**
   * Clipped totals; a provider without a usable column contributes zeros.
   * @throws Clipping
   */
  #totals(exchange: number): Float64Array {
    const { columns, plan, node } = this.#parts
    if (columns.codes.length === 0) return new Float64Array(plan.trainRows)
    const { totals, clipped } = this.#fit.totals(TOTAL_BOUND)
    if (clipped > MOST_CLIPPED * plan.trainRows)
      throw new federationErrors.Clipping(node.membership.name, exchange)
    return totals
  }
}
