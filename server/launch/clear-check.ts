/**
 * What only the launcher of a benchmark can know, because it made or read all files anyway: exact AUC and KS of the joint
 * model, the best single provider, and a converged logistic regression on the same bins with all columns in one place.
 * Never part of a role.
 */
import { type RunPlan, rowsOfFolds } from '../../federation/index.ts'
import { auc, buildBasis, encodeBasis, fitLogistic, ks, logisticTotals, NO_BIN } from '../../models/index.ts'
import type { LaunchData } from './launch-data.ts'

export interface ClearCheck {
  readonly auc: { train: number; test: number }
  readonly ks: { test: number }
  readonly singleProvider: readonly { provider: string; aucTest: number }[]
  readonly pooled: { aucTest: number }
}

/** A code that adds nothing, outside every width. */
const NOWHERE = 65535

interface Outcomes {
  /** Rows with a label, by the run's folds. */
  readonly train: Int32Array
  readonly test: Int32Array
  readonly bad: Uint8Array
}

/** Labels of all holders together: labelled by any, bad if any says so. */
async function outcomesOf(data: LaunchData, trainFolds: readonly number[]): Promise<Outcomes> {
  const labelled = new Uint8Array(data.roster.size)
  const bad = new Uint8Array(data.roster.size)
  for (const holder of data.labelHolders) {
    const labels = await data.labels(holder)
    for (let row = 0; row < labelled.length; row++) {
      labelled[row] |= labels.labelled[row]
      bad[row] |= labels.bad[row]
    }
  }
  const known = (folds: readonly number[]) =>
    rowsOfFolds(data.roster.folds, folds).filter((row) => labelled[row] === 1)
  return { train: known(trainFolds), test: known([0]), bad }
}

const pick = <A extends Int32Array | Float64Array | Uint8Array>(values: A, rows: Int32Array): A => {
  const picked = new (values.constructor as new (length: number) => A)(rows.length)
  for (let i = 0; i < rows.length; i++) picked[i] = values[rows[i]]
  return picked
}

/** One provider's columns as codes of its own bins, for the labelled training and test rows. */
interface Coded {
  readonly width: number
  readonly train: Uint8Array[]
  readonly test: Uint8Array[]
}

/** Test AUC of a converged ridge-penalised logistic regression on the bins of some providers together. */
function logisticAuc(parts: readonly Coded[], outcomes: Outcomes, ridge: number): number {
  // Indices of several providers exceed a byte, so they are moved apart in 16 bits.
  const joined = (side: 'train' | 'test') => {
    let offset = 0
    return parts.flatMap((part) => {
      const first = offset
      offset += part.width
      return part[side].map((codes) =>
        Uint16Array.from(codes, (code) => (code === NO_BIN ? NOWHERE : first + code)),
      )
    })
  }
  const width = parts.reduce((sum, part) => sum + part.width, 0)
  const model = fitLogistic(joined('train'), width, pick(outcomes.bad, outcomes.train), { ridge })
  // Higher totals are worse for a logistic model; scores rise with quality.
  const scores = logisticTotals(joined('test'), model).map((total) => -total)
  return auc(scores, pick(outcomes.bad, outcomes.test))
}

/**
 * @param totals total points of the joint model per roster row
 * @param plan its bins, ridge and share of bads are used again: the ridge of the residual's scale, lambda, is lambda*p0*(1-p0)
 * on the scale of the log loss
 */
export async function checkInTheClear(
  data: LaunchData,
  plan: RunPlan,
  totals: Int32Array,
): Promise<ClearCheck> {
  const outcomes = await outcomesOf(data, plan.trainFolds)
  const rows = rowsOfFolds(data.roster.folds, plan.trainFolds)
  const { p0 } = plan.scale
  const ridge = plan.lambda * p0 * (1 - p0)
  const coded: Coded[] = []
  const singleProvider: { provider: string; aucTest: number }[] = []
  for (const provider of data.providers) {
    const columns = await data.columns(provider.name)
    const { bins } = plan.providers.find(({ name }) => name === provider.name)!
    const basis = buildBasis(columns, { bins, rows })
    const part = {
      width: basis.width,
      train: encodeBasis(basis, columns, outcomes.train),
      test: encodeBasis(basis, columns, outcomes.test),
    }
    coded.push(part)
    singleProvider.push({ provider: provider.name, aucTest: logisticAuc([part], outcomes, ridge) })
  }
  const test = pick(totals, outcomes.test)
  const testBad = pick(outcomes.bad, outcomes.test)
  return {
    auc: {
      train: auc(pick(totals, outcomes.train), pick(outcomes.bad, outcomes.train)),
      test: auc(test, testBad),
    },
    ks: { test: ks(test, testBad) },
    singleProvider,
    pooled: { aucTest: logisticAuc(coded, outcomes, ridge) },
  }
}
