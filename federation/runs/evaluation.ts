/** Section 6, driven by the platform: noisy counts per score band, and one rank sum for a sharper AUC. */
import {
  addInto,
  columnCount,
  freshResidues,
  innerProducts,
  type PackedColumns,
  packingFor,
  packResidues,
  residueOf,
  splitCounts,
  subtractInto,
} from '../../engine/index.ts'
import { bandsCharge, rankSumCharge } from '../charges.ts'
import { KEY_HOLDER } from '../members.ts'
import { rowsOfFolds } from '../plan.ts'
import type { PlatformRun } from '../roles/platform/run.ts'
import { hashOfQuery } from './cross-answer.ts'
import { type EvaluationVector, evaluationNoise, evaluationShare } from './evaluation-vector.ts'

/** Memory for encoded indicator columns; used once, so none is kept. */
const NO_BUDGET = 0

export interface BandCount {
  readonly n: number
  readonly bad: number
}

/**
 * Opens labelled and bads per band over the rows of some folds.
 * @param band band index per row of those folds, in roster order
 */
export async function openBands(
  run: PlatformRun,
  evaluation: number,
  folds: readonly number[],
  band: Uint8Array,
  bands: number,
): Promise<BandCount[]> {
  // A roster so small that a fold is empty has nothing to open.
  if (band.length === 0) return Array.from({ length: bands }, () => ({ n: 0, bad: 0 }))
  const columns = { rows: band.length, width: bands, codes: [band] }
  await run.charge(bandsCharge(run.signedPlan, evaluation, bands))
  const values = await openColumns(run, evaluation, folds, columns, 'counts')
  return values.map(splitCounts)
}

/** Opens sum(y*rank) over the rows of some folds; |rank| <= 128. */
export async function openRankSum(
  run: PlatformRun,
  evaluation: number,
  folds: readonly number[],
  rank: Int16Array,
): Promise<number> {
  if (rank.length === 0) return 0
  const columns = { rows: rank.length, width: 0, codes: [], dense: [rank] }
  await run.charge(rankSumCharge(run.signedPlan, evaluation))
  const [sum] = await openColumns(run, evaluation, folds, columns, 'bads')
  return sum
}

async function openColumns(
  run: PlatformRun,
  evaluation: number,
  folds: readonly number[],
  columns: PackedColumns,
  vector: EvaluationVector,
): Promise<number[]> {
  const { node, services, mailbox, roster, signedPlan } = run
  const count = columnCount(columns)
  const detail = `evaluation ${evaluation} ${vector}`
  await node.post(KEY_HOLDER, 'evaluation.start', { evaluation, folds: [...folds], columns: count, vector })
  const { body: query } = await mailbox.take('evaluation.query', KEY_HOLDER, 0, detail)
  const responder = await services.engine.linearResponder(
    packingFor(columns.rows, [count]),
    columns,
    NO_BUDGET,
  )
  const seen = hashOfQuery(run, query.publicKey, query.blocks)
  const masks = freshResidues(run.secret.random('evaluation mask', detail, seen), count)
  const seed = run.secret.seed('evaluation answer', detail, seen)
  const { bytes } = await responder.answer(query, 0, count, masks, seed).finally(() => responder.close())
  // The platform's own share needs no encryption; its part takes the masks off again at the key holder.
  const own = innerProducts(columns, evaluationShare(run, rowsOfFolds(roster.folds, folds), vector))
  subtractInto(own, masks)
  const random = run.random.random('evaluation noise', detail, seen)
  addInto(own, evaluationNoise(random, signedPlan.sigma, vector, count).map(residueOf))
  await node.post(KEY_HOLDER, 'evaluation.answer', { evaluation, answer: bytes, own: packResidues(own) })
  const { body } = await mailbox.take('evaluation.opened', KEY_HOLDER, 0, detail)
  return body.values
}
