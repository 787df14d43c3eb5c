/** What a provider computes in one run: its basis, the training under a signed plan, masked points, its scorecard. */
import { freshNonzeroResidue } from '../../engine/index.ts'
import {
  type Basis,
  type ColumnRules,
  encodeBasis,
  pointsOfRows,
  pointsPerBin,
  pointTrees,
  providerScorecard,
} from '../../models/index.ts'
import type { OpenedRun } from '../approval.ts'
import type { DataUse } from '../authorisation/data-use.ts'
import { federationErrors } from '../errors.ts'
import { PLATFORM } from '../members.ts'
import type { Message } from '../messages/envelope.ts'
import type { Body } from '../messages/schema.ts'
import type { Node } from '../node.ts'
import { type RunPlan, rowsOfFolds, trainFoldsOf } from '../plan.ts'
import type { FineBinStore, NodeServices, ProviderData, RosterView } from '../ports.ts'
import { UNSTATED } from '../provenance.ts'
import type { RunSecret } from '../run-secret.ts'
import { OpeningGate } from './opening-gate.ts'
import { ProviderBins } from './provider-bins.ts'
import { ProviderColumns } from './provider-columns.ts'
import { type Masked, ProviderMasks } from './provider-masks.ts'
import { ProviderTraining, type TrainingState } from './provider-training.ts'

/** What is kept of a provider's run at the end of a step: what its steps made, not the data they were made of. */
export interface ProviderRunState {
  /** Null before a basis was asked for. */
  readonly basis: BasisState | null
  /** Null before a plan is signed. */
  readonly training: TrainingState | null
  readonly openings: readonly string[]
  readonly masked: Masked
}

interface BasisState {
  /** Bins a column that were asked for. */
  readonly bins: number
  readonly commitment: string
  /** Digest of all rows in their bins and of the exclusions. */
  readonly rows: string
}

export class ProviderRun {
  #node: Node
  #services: NodeServices
  #data: ProviderData
  #use: DataUse
  #snapshot: string
  #rows: Int32Array
  #allRows: Int32Array
  #secret: RunSecret
  #store: FineBinStore
  #rules: ColumnRules
  #masks: ProviderMasks
  #opening: OpeningGate
  #basis: BasisState | undefined
  #columns: ProviderColumns | undefined
  #bins: ProviderBins | undefined
  #training: ProviderTraining | undefined

  /**
   * @param rules what the provider's policy says of its own columns
   * @param from where the run is gone on with, by {@link restore}
   */
  constructor(
    node: Node,
    services: NodeServices,
    roster: RosterView,
    data: ProviderData,
    use: DataUse,
    opened: OpenedRun,
    secret: RunSecret,
    store: FineBinStore,
    rules: ColumnRules,
    from?: ProviderRunState,
  ) {
    this.#node = node
    this.#secret = secret
    this.#services = services
    this.#data = data
    this.#use = use
    this.#store = store
    this.#rules = rules
    this.#snapshot = opened.snapshot
    this.#masks = new ProviderMasks(node, opened, from?.masked)
    this.#opening = new OpeningGate(from?.openings)
    this.#rows = rowsOfFolds(roster.folds, trainFoldsOf(opened.production))
    this.#allRows = Int32Array.from({ length: roster.size }, (_, row) => row)
  }

  get state(): ProviderRunState {
    return {
      basis: this.#basis ?? null,
      training: this.#training?.state ?? null,
      openings: this.#opening.opened,
      masked: this.#masks.state,
    }
  }

  /**
   * Goes on from the end of a step: cuts and encodes the columns again.
   * @param plan the signed one, null before
   * @throws HoldingsChanged where the data give another basis, other rows in it or other exclusions
   */
  async restore({ basis, training }: ProviderRunState, plan: RunPlan | null): Promise<void> {
    if (!basis) return
    this.buildBasis(basis.bins)
    if (this.#basis?.commitment !== basis.commitment || this.#basis.rows !== basis.rows)
      throw new federationErrors.HoldingsChanged(
        this.#node.membership.name,
        this.#node.current.run,
        'other columns or exclusions',
      )
    if (plan && training) await this.#train(plan, training)
  }

  /** Cuts the columns into bins over the training rows of the roster and commits to them. */
  buildBasis(bins: number): Body<'basis.ready'> {
    const { suite } = this.#node.membership
    const { provenance = UNSTATED } = this.#data
    const { trainedOn } = this.#use
    const data = { columns: this.#use.training(this.#data), trainedOn, provenance }
    this.#columns = new ProviderColumns(suite, this.#secret, data, this.#rows, bins)
    const { basis, ready } = this.#columns
    this.#basis = { bins, commitment: ready.commitment, rows: this.#rowsDigest(basis) }
    return ready
  }

  /** Takes the signed plan: checks that it names this provider's own columns, encodes them. */
  async begin(plan: RunPlan): Promise<void> {
    const { name } = this.#node.membership
    if (!this.#columns?.areIn(plan.providers.find((provider) => provider.name === name)))
      throw new federationErrors.PlanRefused(name, "it does not describe this provider's own columns")
    this.#use.checkPurpose(plan.purpose)
    await this.#train(plan)
  }

  async #train(plan: RunPlan, from?: TrainingState): Promise<void> {
    const columns = this.#columns as ProviderColumns
    const digest = this.#basisDigest(columns.basis)
    this.#bins = await ProviderBins.open(this.#store, this.#snapshot, digest, from?.counts)
    this.#training = await ProviderTraining.open(
      {
        node: this.#node,
        services: this.#services,
        plan,
        columns,
        secret: this.#secret,
        masks: this.#masks,
        bins: this.#bins,
        trends: columns.basis.columns.map(({ source }) => this.#data.columns[source].trend),
        rules: this.#rules,
        all: () => encodeBasis(columns.basis, this.#use.training(this.#data), this.#allRows),
      },
      from,
    )
  }

  /** Fine bins and rounds. @throws MessageUnexpected before a plan is signed */
  get training(): ProviderTraining {
    if (!this.#training)
      throw new federationErrors.MessageUnexpected('a step of the plan', PLATFORM, 'no plan is signed')
    return this.#training
  }

  /** What logistic rounds work around: the totals of every training row, masked. */
  async shareTrainingTotals({ body, round }: Message<'totals.request'>): Promise<void> {
    this.#opening.admitTotals(body.opening, this.training.mayOpen(body.opening))
    await this.training.openTotals(body.opening, round)
  }

  /** Section 7: points of every row, masked; exclusions as 0 or a fresh nonzero residue, masked. */
  async sharePoints({ opening, slope, intercept, exclusions }: Body<'score.request'>): Promise<void> {
    const { training } = this
    const { basis } = this.#columns as ProviderColumns
    this.#opening.admit({ opening, slope, intercept, exclusions }, training.isOver)
    const data = this.#use.inference(this.#data, this.#services.clock.now())
    const codes = encodeBasis(basis, data.columns, this.#allRows)
    const { weights, trees } = training.fitted.part
    const totals =
      codes.length > 0
        ? pointsOfRows(codes, pointsPerBin(weights, slope), pointTrees(trees, slope))
        : new Int32Array(this.#allRows.length)
    const random = this.#secret.random('exclusions', opening)
    await this.#node.post(PLATFORM, 'score.share', {
      opening,
      points: this.#masks.words(opening, 'points', totals),
      exclusions: exclusions
        ? this.#masks.residues(
            opening,
            'exclusions',
            0,
            Float64Array.from(data.exclusions, (hit) => (hit ? freshNonzeroResidue(random) : 0)),
          )
        : new Uint8Array(0),
    })
  }

  /** The provider's own part of the scorecard; never leaves the house. */
  scorecard(calibration: { p0: number; intercept: number; slope: number }): object {
    const { basis } = this.#columns as ProviderColumns
    const { part, choice, pooled } = this.training.fitted
    return providerScorecard({
      provider: this.#node.membership.name,
      run: this.#node.current.run,
      planHash: this.#node.current.plan,
      basis,
      part,
      ...(choice && { choice }),
      pooled,
      slope: calibration.slope,
      counts: this.#bins?.knownOf(basis.width) ?? [],
      authorisation: this.#use.record,
    })
  }

  async close(): Promise<void> {
    await this.#training?.close()
  }

  /** What of the data the run depends on: every row in its bins, and every exclusion. */
  #rowsDigest(basis: Basis): string {
    const { columns, exclusions } = this.#data
    const { suite } = this.#node.membership
    const hashes = [...encodeBasis(basis, columns, this.#allRows), exclusions].map((part) => suite.hash(part))
    return Buffer.from(suite.hash(...hashes)).toString('hex')
  }

  /** Counts over the rows of one list are none of another's, even where the bins are the same. */
  #basisDigest(basis: Basis): string {
    const counted = this.#use.trainedOn === 'authorised' ? this.#use.list?.digest : ''
    const text = Buffer.from(`${JSON.stringify(basis)}${counted}`, 'utf8')
    return Buffer.from(this.#node.membership.suite.hash(text)).toString('hex')
  }
}
