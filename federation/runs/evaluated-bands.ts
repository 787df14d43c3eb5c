/** The bands of an evaluation as people read them: on the published scale, with the default probability that it gives them. */
import { bandOf, type EvaluatedBand } from '../../models/index.ts'
import type { BandCount } from './evaluation.ts'

export interface BandsOpened {
  /** Roster rows of the evaluation. */
  readonly rows: Int32Array
  /** By roster row: what the bands were cut from, and the edges in the same unit. */
  readonly totals: Int32Array
  readonly edges: readonly number[]
  /** As opened, worst band first. */
  readonly counts: readonly BandCount[]
}

export function evaluatedBands(
  { rows, totals, edges, counts }: BandsOpened,
  { scores, pds }: { readonly scores: Int32Array; readonly pds: Float64Array },
): EvaluatedBand[] {
  const band = bandOf(
    rows.map((row) => totals[row]),
    edges,
  )
  const bands = counts.map(({ n, bad }) => ({
    ...{ n, bad, firms: 0, sum: 0 },
    from: null as number | null,
    to: null as number | null,
  }))
  rows.forEach((row, at) => {
    const one = bands[band[at]]
    one.firms++
    one.sum += pds[row]
    one.from = Math.min(one.from ?? scores[row], scores[row])
    one.to = Math.max(one.to ?? scores[row], scores[row])
  })
  return bands.map(({ from, to, firms, n, bad, sum }) => ({
    ...{ from, to, firms, n, bad },
    expected: firms > 0 ? sum / firms : 0,
  }))
}
