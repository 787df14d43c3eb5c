/** Steps C1 to C3 of a training exchange at the platform: its share of the residual, of a linear or a logistic round. */
import {
  addInto,
  addMultipleInto,
  addProductInto,
  type CrossQuery,
  T,
  unpackResidues,
} from '../../engine/index.ts'
import { logisticScaleOf } from '../logistic-plan.ts'
import { KEY_HOLDER } from '../members.ts'
import type { PlatformRun } from '../roles/platform/run.ts'
import { answerKeyHolder } from './cross-answer.ts'
import type { QuadraticLoss } from './training-totals.ts'

/** The platform's shares of m and y on the training rows. */
export interface TrainingLabels {
  readonly labelled: Float64Array
  readonly bad: Float64Array
}

/** C1 to C3: the platform's share of the residual. */
export async function shareResidual(
  run: PlatformRun,
  round: number,
  labels: TrainingLabels,
  loss: QuadraticLoss | null,
): Promise<Float64Array> {
  const { node, mailbox, signedPlan: plan } = run
  const providers = plan.providers.map(({ name }) => name)
  for (const party of [KEY_HOLDER, ...providers]) await node.post(party, 'round.start', {}, round)

  // C1: the platform's share of u is the sum of what the providers sent.
  const totals = new Float64Array(plan.trainRows)
  for (const { body } of await mailbox.takeAll('round.share', providers, round)) {
    addInto(totals, unpackResidues(body.totals, plan.trainRows))
  }
  // C2, C3: the cross terms of m*u.
  const { body: query } = await mailbox.take('round.cross', KEY_HOLDER, round)
  const { third, ...two } = query
  const share = loss
    ? await logisticShare(run, round, { ...two, third }, totals, labels, loss)
    : await linearShare(run, round, two, totals, labels)
  await node.post(KEY_HOLDER, 'round.crossed', { answer: share.answer }, round)
  return share.residual
}

interface ResidualShare {
  readonly answer: Uint8Array
  readonly residual: Float64Array
}

/** D = m*(A + u) - C*y: [D]_P = A*m + m*u + rho - C*y of the platform's shares. */
async function linearShare(
  run: PlatformRun,
  round: number,
  query: CrossQuery,
  totals: Float64Array,
  { labelled, bad }: TrainingLabels,
): Promise<ResidualShare> {
  const { scale } = run.signedPlan
  const { answer, rho: residual } = await answerKeyHolder(run, `round ${round}`, query, [labelled, totals])
  addMultipleInto(residual, labelled, scale.a)
  addProductInto(residual, labelled, totals)
  addMultipleInto(residual, bad, T - scale.c)
  return { answer, residual }
}

/**
 * D = m*(q + h*u) - S*y with q = p - h*u0 and h known to the platform alone, who multiplies what the key holder encrypted with
 * them: [D]_P = m*(q + h*u) + rho - S*y of the platform's shares.
 */
async function logisticShare(
  run: PlatformRun,
  round: number,
  query: CrossQuery,
  totals: Float64Array,
  { labelled, bad }: TrainingLabels,
  { constant, curvatures }: QuadraticLoss,
): Promise<ResidualShare> {
  const point = constant.slice()
  addProductInto(point, curvatures, totals)
  const weighted = new Float64Array(totals.length)
  addProductInto(weighted, curvatures, labelled)
  const factors = [weighted, point, curvatures] as const
  const { answer, rho: residual } = await answerKeyHolder(run, `round ${round}`, query, factors)
  addProductInto(residual, labelled, point)
  addMultipleInto(residual, bad, T - logisticScaleOf(run.signedPlan).unit)
  return { answer, residual }
}
