/** A kept scorecard at work: points of data of today, by the bins of the day it was made. */
import type { Basis, BasisColumn } from './basis.ts'
import type { ProviderScorecard } from './card.ts'
import type { Column } from './columns.ts'
import { encodeBasis } from './encode-basis.ts'
import { modelsErrors } from './errors.ts'
import { pointsOfRows } from './estimator.ts'

/**
 * Points of every row in hundredths, without the public offset. What training never saw goes where its bins say: a new
 * category to "other" (or it weighs nothing), a value beyond the outer cuts to the outer bins, "not held" to its own bin.
 *
 * @param columns at least those of the scorecard, in any order
 * @param rows number of roster rows
 * @throws ColumnChanged where a column of the scorecard is gone or of another kind
 */
export function pointsOfColumns(
  scorecard: Pick<ProviderScorecard, 'columns' | 'trees'>,
  columns: readonly Column[],
  rows: number,
): Int32Array {
  const basis = basisOf(scorecard, columns)
  if (basis.columns.length === 0) return new Int32Array(rows)
  const points = Int32Array.from(scorecard.columns.flatMap(({ bins }) => bins.map((bin) => bin.points)))
  const all = Int32Array.from({ length: rows }, (_, row) => row)
  return pointsOfRows(encodeBasis(basis, columns, all), points, scorecard.trees ?? [])
}

/** The bins of a kept scorecard over columns of today. @throws ColumnChanged */
export function basisOf(scorecard: Pick<ProviderScorecard, 'columns'>, columns: readonly Column[]): Basis {
  let width = 0
  const kept = scorecard.columns.map(({ name, kind, cuts, categories, other, bins }, index): BasisColumn => {
    const source = columns.findIndex((column) => column.name === name)
    if (source < 0) throw new modelsErrors.ColumnChanged(index, kind, name)
    const from = width
    width += bins.length
    return {
      name,
      kind: kind as BasisColumn['kind'],
      source,
      from,
      to: width,
      bins,
      ...(cuts && { cuts }),
      ...(categories && { categories, other: other ?? null }),
    }
  })
  return { bins: 0, requestedBins: 0, width, columns: kept, dropped: [] }
}
