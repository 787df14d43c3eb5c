/** Test AUC of linear and of logistic rounds by the plaintext reference, beside a converged logistic regression of all columns. */
import { auc, encodeBasis, fitLogistic, logisticTotals, NO_BIN } from '../../models/index.ts'
import { type ReferenceInput, type ReferenceModel, referenceModel } from '../reference/reference.ts'
import type { StrongSet } from './strong-signal.ts'

export interface Comparison {
  readonly p0: number
  /** As many rounds as the other, all of them linear. */
  readonly linear: number
  readonly logistic: number
  /** On the same bins, ridge lambda*p0*(1-p0). */
  readonly pooled: number
}

export function compareRounds({ input, bad }: StrongSet, rounds: number, logisticRounds: number): Comparison {
  const all = Int32Array.from(bad, (_, row) => row)
  const test = all.filter((row) => row % 5 === 0)
  const outcomes = Uint8Array.from(test, (row) => bad[row])
  const codesOf = (model: ReferenceModel) =>
    model.bases.map((basis, k) => encodeBasis(basis, input.providers[k].columns, all))
  const aucOf = (totals: Float64Array) =>
    auc(
      Float64Array.from(test, (row) => -totals[row]),
      outcomes,
    )
  const joint = (settings: Pick<ReferenceInput, 'rounds' | 'logisticRounds'>) => {
    const model = referenceModel({ ...input, ...settings })
    const totals = new Float64Array(bad.length)
    codesOf(model).forEach((codes, k) => {
      for (const column of codes) {
        column.forEach((code, row) => {
          if (code !== NO_BIN) totals[row] += model.weights[k][code]
        })
      }
    })
    return { model, auc: aucOf(totals) }
  }
  const linear = joint({ rounds: rounds + logisticRounds })
  const logistic = joint({ rounds, logisticRounds })
  const { p0, bases } = linear.model
  let width = 0
  const codes = codesOf(linear.model).flatMap((columns, k) => {
    const from = width
    width += bases[k].width
    return columns.map((column) =>
      Uint16Array.from(column, (code) => (code === NO_BIN ? 65535 : from + code)),
    )
  })
  const mask = input.labelHolders[0].labelled.map((known, row) => (row % 5 === 0 ? 0 : known))
  const fit = fitLogistic(codes, width, bad, { ridge: input.lambda * p0 * (1 - p0), mask })
  return { p0, linear: linear.auc, logistic: logistic.auc, pooled: aucOf(logisticTotals(codes, fit)) }
}
