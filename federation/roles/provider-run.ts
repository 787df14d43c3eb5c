/** What a provider computes in one run: basis, masked products, local steps, masked points. */
import {
  freshNonzeroResidue,
  LabelGuard,
  type LinearResponderHandle,
  maskResidues,
  maskWords,
  packResidues,
  TOTAL_BOUND,
} from '../../engine/index.ts'
import {
  additivePoints,
  additiveTotals,
  encodeBasis,
  LocalStep,
  pointsPerBin,
  providerScorecard,
} from '../../models/index.ts'
import type { OpenedRun } from '../approval.ts'
import type { DataUse } from '../authorisation/data-use.ts'
import { federationErrors } from '../errors.ts'
import { KEY_HOLDER, PLATFORM } from '../members.ts'
import type { Message } from '../messages/envelope.ts'
import type { Body } from '../messages/schema.ts'
import type { Node } from '../node.ts'
import { exchangesOf, type RunPlan, rowsOfFolds, trainFoldsOf } from '../plan.ts'
import type { FineBin, FineBinStore, NodeServices, ProviderData, RosterView } from '../ports.ts'
import { UNSTATED } from '../provenance.ts'
import type { RunSecret } from '../run-secret.ts'
import { streamLabel } from '../runs/stream-label.ts'
import { bytesOfWords, wordsOfBytes } from '../runs/words.ts'
import { type ExchangeKind, MaskedExchange } from './masked-exchange.ts'
import { OpeningGate } from './opening-gate.ts'
import { ProviderColumns } from './provider-columns.ts'

/** Share of rows that a provider may clip before it stops the run. */
const MOST_CLIPPED = 0.01
/** Memory for encoded columns, 16 bytes a row and column: a million rows of 28 columns fit. */
const ENCODED_BUDGET = 512 * 1024 * 1024

export class ProviderRun {
  #node: Node
  #services: NodeServices
  #data: ProviderData
  #use: DataUse
  #snapshot: string
  #providers: readonly string[]
  #rows: Int32Array
  #allRows: Int32Array
  #guard = new LabelGuard()
  #secret: RunSecret
  #columns: ProviderColumns | undefined
  #responder: LinearResponderHandle | undefined
  #step: LocalStep | undefined
  #exchange: MaskedExchange | undefined
  /** Exchanges whose totals were shared; rounds whose step was taken and challenges that were opened since. */
  #shared = 0
  #rounds = 0
  #challenges = 0
  #plannedRounds = Number.POSITIVE_INFINITY
  #plannedExchanges = Number.POSITIVE_INFINITY
  #opening = new OpeningGate()
  #fineBins: FineBinStore
  #counts: FineBin[] = []
  /** Fine bins of an earlier run on the same labels and basis. */
  #kept: readonly FineBin[] = []

  constructor(
    node: Node,
    services: NodeServices,
    roster: RosterView,
    data: ProviderData,
    use: DataUse,
    opened: OpenedRun,
    secret: RunSecret,
    fineBins: FineBinStore,
  ) {
    this.#node = node
    this.#secret = secret
    this.#services = services
    this.#data = data
    this.#use = use
    this.#fineBins = fineBins
    this.#snapshot = opened.snapshot
    this.#providers = opened.providers
    this.#rows = rowsOfFolds(roster.folds, trainFoldsOf(opened.production))
    this.#allRows = Int32Array.from({ length: roster.size }, (_, row) => row)
  }

  /** Cuts the columns into bins over the training rows of the roster and commits to them. */
  buildBasis(bins: number): Body<'basis.ready'> {
    const { suite } = this.#node.membership
    this.#columns = new ProviderColumns(suite, this.#secret, this.#trainingData(), this.#rows, bins)
    return this.#columns.ready
  }

  /** Takes the signed plan: checks that it names this provider's own columns, encodes them. */
  async begin(plan: RunPlan): Promise<void> {
    const { name, suite } = this.#node.membership
    const columns = this.#columns
    if (!columns?.areIn(plan.providers.find((provider) => provider.name === name)))
      throw new federationErrors.PlanRefused(name, "it does not describe this provider's own columns")
    this.#use.checkPurpose(plan.purpose)
    this.#kept = (await this.#fineBins.load(this.#snapshot, this.#basisDigest())) ?? []
    const { basis, codes, order, rowsPerBin } = columns
    this.#plannedRounds = basis.width > 0 ? plan.rounds : 0
    this.#plannedExchanges = exchangesOf(plan)
    const packed = columns.packed(this.#rows.length)
    this.#responder = await this.#services.engine.linearResponder(plan.packing, packed, ENCODED_BUDGET)
    this.#step = new LocalStep({
      codes,
      width: basis.width,
      ranges: basis.columns.map(({ from, to }) => ({ from, to })),
      rowsPerBin,
      c: plan.labelled / plan.trainRows,
      lambda: plan.lambda,
      kappa: plan.kappa,
    })
    this.#exchange = new MaskedExchange(name, plan, order, this.#responder, suite, this.#secret)
  }

  /** C1: the clipped totals of every training row at the look-ahead point, masked. */
  async shareTotals(round: number): Promise<void> {
    const concluded = this.#plannedRounds === 0 ? this.#shared : this.#rounds + this.#challenges
    if (round !== this.#shared + 1 || concluded < this.#shared || round > this.#plannedExchanges) {
      throw new federationErrors.MessageUnexpected('round.start', PLATFORM, 'rounds come in order, each once')
    }
    this.#shared = round
    const { totals, clipped } = this.#totals()
    if (clipped > MOST_CLIPPED * this.#rows.length) {
      throw new federationErrors.Clipping(this.#node.membership.name, round)
    }
    const label = this.#label('training', 'totals', round)
    const digest = this.#node.membership.suite.hash(new Uint8Array(totals.buffer))
    this.#guard.claim(label, Buffer.from(digest).toString('hex'))
    const masked = maskResidues(this.#node.membership.suite, this.#secrets(), label, totals)
    await this.#node.post(PLATFORM, 'round.share', { totals: packResidues(masked) }, round)
  }

  /** B and C5: answers a server's encrypted vector; both answers leave once both queries are known. */
  async answerQuery(
    kind: ExchangeKind,
    message: Message<'bins.query'> | Message<'round.query'>,
  ): Promise<void> {
    const { from, round, body } = message
    const server = from === PLATFORM ? 'platform' : 'keyHolder'
    const ready = await this.#exchangeOrFail().answer(kind, round, body.group, server, body)
    for (const { to, from: first, end, group, bytes, seenPlatform, seenKeyHolder } of ready) {
      const answer = { group, from: first, to: end, answer: bytes, seenPlatform, seenKeyHolder }
      await this.#node.post(to === 'platform' ? PLATFORM : KEY_HOLDER, `${kind}.answer`, answer, round)
    }
  }

  /** Noisy counts of a range of bins, from the key holder's gate. */
  async takeCounts(message: Message<'bins.counts'>): Promise<void> {
    const { from, to, counts, open } = message.body
    if (message.from !== KEY_HOLDER || open.length !== to - from) {
      throw new federationErrors.MessageUnexpected(message.type, message.from, 'counts of other columns')
    }
    const words = new Int32Array(wordsOfBytes(counts, 2 * (to - from)).buffer)
    const { order } = this.#exchangeOrFail()
    for (let j = from; j < to; j++) {
      const at = 2 * (j - from)
      this.#counts[order[j]] = { n: words[at], bad: words[at + 1], open: open[j - from] === 1 }
    }
    const width = this.#columns?.basis.width ?? 0
    if (this.#counts.filter(Boolean).length < width) return
    // They are not given a second time, so they are on disk before the run goes on.
    await this.#fineBins.keep(this.#snapshot, this.#basisDigest(), this.#counts)
    await this.#node.post(PLATFORM, 'bins.done', {})
  }

  /** C6 and C7: one server's part of the gradient; with both the local step is taken. */
  async takeGradient(message: Message<'round.gradient'>): Promise<void> {
    const server = message.from === PLATFORM ? 'platform' : 'keyHolder'
    const gradient = this.#exchangeOrFail().gradient(message.round, server, message.body)
    if (!gradient) return
    if (this.#rounds === this.#plannedRounds) {
      throw new federationErrors.MessageUnexpected(
        message.type,
        message.from,
        'more rounds than the plan has',
      )
    }
    this.#stepOrFail().advance(gradient)
    this.#rounds++
    await this.#node.post(PLATFORM, 'round.done', {}, message.round)
  }

  /** One server says that a round was a challenge; with both the masks' sums go to the key holder. */
  async openMasks(message: Message<'challenge.declare'>): Promise<void> {
    const server = message.from === PLATFORM ? 'platform' : 'keyHolder'
    const { group } = message.body
    const opened = this.#exchangeOrFail().challenge(message.round, server, group)
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
    await this.#node.post(
      KEY_HOLDER,
      'challenge.masks',
      { group, from, to, sums: packResidues(sums) },
      message.round,
    )
  }

  /** Section 7: points of every row, masked; exclusions as 0 or a fresh nonzero residue, masked. */
  async sharePoints(body: Body<'score.request'>): Promise<void> {
    this.#opening.admit(body, this.#rounds === this.#plannedRounds)
    const basis = this.#columns?.basis
    if (!basis) throw new federationErrors.MessageUnexpected('score.request', PLATFORM, 'no basis yet')
    const { suite } = this.#node.membership
    const points = pointsPerBin(this.#stepOrFail().weights, body.slope)
    const data = this.#use.inference(this.#data, this.#services.clock.now())
    const codes = encodeBasis(basis, data.columns, this.#allRows)
    const totals = codes.length > 0 ? additivePoints(codes, points) : new Int32Array(this.#allRows.length)
    const label = this.#label(body.opening, 'points')
    this.#guard.claim(label, Buffer.from(suite.hash(new Uint8Array(totals.buffer))).toString('hex'))
    const words = maskWords(suite, this.#secrets(), label, totals)
    let exclusions: Uint8Array = new Uint8Array(0)
    if (body.exclusions) {
      const random = this.#secret.random('exclusions', body.opening)
      const flags = Float64Array.from(data.exclusions, (hit) => (hit ? freshNonzeroResidue(random) : 0))
      exclusions = packResidues(
        maskResidues(suite, this.#secrets(), this.#label(body.opening, 'exclusions'), flags),
      )
    }
    await this.#node.post(PLATFORM, 'score.share', {
      opening: body.opening,
      points: bytesOfWords(words),
      exclusions,
    })
  }

  /** The provider's own part of the scorecard; never leaves the house. */
  scorecard(calibration: { p0: number; intercept: number; slope: number }): object {
    return providerScorecard({
      provider: this.#node.membership.name,
      run: this.#node.current.run,
      planHash: this.#node.current.plan,
      basis: this.#columns!.basis,
      weights: this.#stepOrFail().weights,
      slope: calibration.slope,
      counts: this.#counts.length > 0 ? this.#counts : this.#kept,
      authorisation: this.#use.record,
    })
  }

  #trainingData() {
    const { provenance = UNSTATED } = this.#data
    return { columns: this.#use.training(this.#data), trainedOn: this.#use.trainedOn, provenance }
  }

  /** Counts over the rows of one list are none of another's, even where the bins are the same. */
  #basisDigest(): string {
    const counted = this.#use.trainedOn === 'authorised' ? this.#use.list?.digest : ''
    const text = Buffer.from(`${JSON.stringify(this.#columns?.basis)}${counted}`, 'utf8')
    return Buffer.from(this.#node.membership.suite.hash(text)).toString('hex')
  }

  async close(): Promise<void> {
    await this.#responder?.close()
    this.#responder = undefined
  }

  /** Clipped totals at the look-ahead point; a provider without a usable column contributes zeros. */
  #totals(): { totals: Float64Array; clipped: number } {
    const codes = this.#columns?.codes ?? []
    if (codes.length === 0) return { totals: new Float64Array(this.#rows.length), clipped: 0 }
    return additiveTotals(codes, this.#stepOrFail().lookAhead, TOTAL_BOUND)
  }

  #label(opening: string, phase: string, round = 0) {
    const { consortium } = this.#node.membership
    return streamLabel(consortium, {
      snapshot: this.#snapshot,
      run: this.#node.current.run,
      opening,
      phase,
      round,
    })
  }

  #secrets() {
    return this.#node.membership.maskSecrets(this.#providers)
  }

  #stepOrFail(): LocalStep {
    if (!this.#step)
      throw new federationErrors.MessageUnexpected('a training step', PLATFORM, 'no plan is signed')
    return this.#step
  }

  #exchangeOrFail(): MaskedExchange {
    if (!this.#exchange)
      throw new federationErrors.MessageUnexpected('a query', PLATFORM, 'no plan is signed')
    return this.#exchange
  }
}
