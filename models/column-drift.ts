/** How the columns of a provider have moved since its scorecard was made, by stability indices over its bins. */
import type { ProviderScorecard } from './card.ts'
import type { Column } from './columns.ts'
import { encodeBasis } from './encode-basis.ts'
import { type DriftState, populationStability, stabilityState } from './metrics/stability.ts'
import { basisOf } from './score-columns.ts'

export interface ColumnDrift {
  readonly column: string
  /** Index over the ordinary bins, of rows that have a value: where few firms have one, it would drown among the others. */
  readonly values: number
  /** Index of having a value or not. */
  readonly held: number
  /** By the larger of the two. */
  readonly state: DriftState
  /** Share of each bin in training and today, in the order of the scorecard. */
  readonly bins: readonly { readonly label: string; readonly trained: number; readonly today: number }[]
}

const total = (rows: readonly number[]): number => rows.reduce((sum, value) => sum + value, 0)

/** Nothing to compare with: a column that nobody has today has not moved, it is not there, and the other index says so. */
const indexOf = (before: readonly number[], now: readonly number[]): number =>
  total(before) > 0 && total(now) > 0 ? populationStability(before, now) : 0

/**
 * Rows of training by bin against those of today. Rows that contribute nothing, such as those of firms that have not authorised the
 * use, are in neither.
 *
 * @param columns at least those of the scorecard, in any order
 * @param rows number of roster rows
 * @throws ColumnChanged where a column of the scorecard is gone or of another kind
 */
export function columnDrift(
  scorecard: Pick<ProviderScorecard, 'columns'>,
  columns: readonly Column[],
  rows: number,
): ColumnDrift[] {
  const basis = basisOf(scorecard, columns)
  if (basis.columns.length === 0) return []
  const codes = encodeBasis(
    basis,
    columns,
    Int32Array.from({ length: rows }, (_, row) => row),
  )
  return basis.columns.map(({ name, from, bins }, at) => {
    const now = new Array<number>(bins.length).fill(0)
    for (const code of codes[at]) if (code >= from && code - from < bins.length) now[code - from]++
    const before = scorecard.columns[at].bins.map((bin) => bin.rows)
    const ordinary = (values: readonly number[]) => values.filter((_, bin) => bins[bin].special === undefined)
    const presence = (values: readonly number[]) => {
      const held = total(ordinary(values))
      return [held, total(values) - held]
    }
    const values = indexOf(ordinary(before), ordinary(now))
    const held = indexOf(presence(before), presence(now))
    const [allBefore, allNow] = [Math.max(1, total(before)), Math.max(1, total(now))]
    return {
      ...{ column: name, values, held, state: stabilityState(Math.max(values, held)) },
      bins: bins.map(({ label }, bin) => ({
        ...{ label, trained: before[bin] / allBefore, today: now[bin] / allNow },
      })),
    }
  })
}
