/**
 * Openings of the training rows' totals (protocol.md sections 2 and 8), driven by the platform: over whole training folds of the
 * roster, so that nothing is said of who is labelled. From what was opened the platform alone computes the expansion that the
 * next rounds work around.
 */
import { addInto, lift, residueOf, unpackResidues } from '../../engine/index.ts'
import { expandAt, levelOf } from '../../models/index.ts'
import { trainingTotalsCharge } from '../charges.ts'
import { logisticScaleOf, openingRounds } from '../logistic-plan.ts'
import { KEY_HOLDER } from '../members.ts'
import type { PlatformRun } from '../roles/platform/run.ts'

/** D = m*(constant + curvatures*U) - S*y, as residues: what the platform alone knows of it. */
export interface QuadraticLoss {
  /** P_i - H_i*U0_i. */
  readonly constant: Float64Array
  /** H_i. */
  readonly curvatures: Float64Array
}

export class TrainingTotals {
  #run: PlatformRun
  #due: readonly number[]
  #opened = 0
  #level = 0
  #loss: QuadraticLoss | null = null

  constructor(run: PlatformRun) {
    this.#run = run
    this.#due = openingRounds(run.signedPlan)
  }

  /** What logistic rounds expand around; null in linear ones. */
  get loss(): QuadraticLoss | null {
    return this.#loss
  }

  /**
   * Opens what is due.
   * @param rounds training rounds that are over
   * @param exchange the last one, a challenge counted too
   */
  async reach(rounds: number, exchange: number): Promise<void> {
    if (this.#due[this.#opened] !== rounds) return
    const opening = ++this.#opened
    const { totals } = await this.#run.step(() => openTotals(this.#run, opening, exchange))
    const scale = logisticScaleOf(this.#run.signedPlan)
    // Later totals hold what the rounds learned of the level, so it is set once.
    if (opening === 1) this.#level = levelOf(totals, this.#run.signedPlan.scale.p0)
    const { probabilities, curvatures } = expandAt(totals, this.#level, scale)
    const constant = probabilities.map((p, row) => residueOf(p - curvatures[row] * totals[row]))
    this.#loss = { constant, curvatures }
  }
}

/** The totals of every training row at the look-ahead points, in units of 1/4096. */
async function openTotals(
  run: PlatformRun,
  opening: number,
  exchange: number,
): Promise<{ totals: Float64Array }> {
  const { node, mailbox, signedPlan: plan } = run
  const providers = plan.providers.map(({ name }) => name)
  for (const provider of providers) await node.post(provider, 'totals.request', { opening }, exchange)
  const sum = new Float64Array(plan.trainRows)
  for (const provider of providers) {
    const { body } = await mailbox.take('totals.share', provider, exchange, `${opening}`)
    addInto(sum, unpackResidues(body.totals, plan.trainRows))
  }
  await run.charge(trainingTotalsCharge(plan, opening))
  await node.post(KEY_HOLDER, 'totals.commit', { opening, providers }, exchange)
  const { body } = await mailbox.take('totals.masks', KEY_HOLDER, exchange, `${opening}`)
  addInto(sum, unpackResidues(body.totals, plan.trainRows))
  return { totals: sum.map(lift) }
}
