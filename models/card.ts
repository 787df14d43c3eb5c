/** A provider's own part of a published model, its scorecard, which never leaves its house. */
import type { Basis, SpecialBin } from './basis.ts'
import type { ColumnChoice } from './column-choice.ts'
import type { Selected } from './column-selection.ts'
import { type FittedPart, type PointTree, pointTrees } from './estimator.ts'
import { type MergedColumn, mergedColumn } from './merged-card.ts'
import { pointsPerBin } from './scorecard.ts'
import { requireLength } from './settings.ts'
import { type BinCount, woeTable } from './woe.ts'

/** Whose rows a scorecard was made from and may be used for, and by which right; null for public data. */
export interface ScorecardUse {
  /** The list of authorised firms that the run was about. */
  readonly list: { readonly version: number; readonly digest: string } | null
  readonly trainedOn: 'all' | 'authorised'
  readonly legalBasis: { readonly training: string; readonly inference: string }
}

export interface ProviderScorecardInput {
  readonly provider: string
  readonly run: string
  readonly planHash: string
  readonly basis: Basis
  readonly part: FittedPart
  /** Slope of the calibration, folded into the points. */
  readonly slope: number
  /** Noisy counts per basis index; empty where they were not opened. */
  readonly counts: readonly BinCount[]
  /** What was decided on the columns, and which of them the sign check changed; without it no bin was merged. */
  readonly choice?: ColumnChoice
  readonly pooled?: readonly boolean[]
  readonly authorisation: ScorecardUse | null
}

export interface ScorecardBin {
  readonly label: string
  readonly special?: SpecialBin
  /** Training rows of the roster. */
  readonly rows: number
  /** In hundredths of a score point. */
  readonly points: number
  /** Noisy counts; null where withheld or not opened. */
  readonly labelled: number | null
  readonly bads: number | null
  readonly woe: number | null
  /** Label of the bin whose counts stand for this one. */
  readonly mergedInto: string | null
}

export interface ProviderScorecard {
  readonly format: 'yinxin/provider-scorecard/1'
  readonly provider: string
  readonly run: string
  readonly planHash: string
  readonly columns: readonly {
    readonly name: string
    readonly kind: string
    readonly iv: number | null
    /** AUC of the column alone, withheld bins estimated; null where nothing can be said. Above 0.9 only if it was approved by name. */
    readonly auc?: number | null
    /** Numeric: ascending; ordinary bin b is (cuts[b-1], cuts[b]]. */
    readonly cuts?: readonly number[]
    /** Categorical: ordinary bin b is categories[b]. */
    readonly categories?: readonly string[]
    /** Categorical: ordinary bin of every other category, or null. */
    readonly other?: number | null
    readonly bins: readonly ScorecardBin[]
    /** Bins that carry one weight together, of a column whose trend is stated. */
    readonly merged?: MergedColumn
    /** Figures by which the column was kept, or left out with the reasons; absent where columns are not selected. */
    readonly selected?: Selected
  }[]
  /** Their points come on top of those of the bins; a scorecard has none. */
  readonly trees: readonly PointTree[]
  readonly dropped: Basis['dropped']
  readonly authorisation: ScorecardUse | null
}

/**
 * Points, weight of evidence and information value of every bin of one provider.
 *
 * @throws ColumnLength if weights or counts do not fit the basis
 */
export function providerScorecard(input: ProviderScorecardInput): ProviderScorecard {
  const { basis, slope, counts } = input
  const { weights } = input.part
  requireLength('Weights', weights.length, basis.width)
  if (counts.length > 0) requireLength('Counts', counts.length, basis.width)
  const points = pointsPerBin(weights, slope)
  const columns = basis.columns.map((column, at) => {
    const { name, kind, from, to, bins, cuts, categories, other } = column
    const own: BinCount[] = bins.map((_, b) => counts[from + b] ?? { n: 0, bad: 0, open: false })
    const chosen = input.choice?.[at]
    const merged =
      chosen && mergedColumn(column, chosen, own, points.subarray(from, to), input.pooled?.[at] ?? false)
    const table = woeTable(own, bins.filter(({ special }) => special === undefined).length)
    return {
      name,
      kind,
      iv: table.iv,
      ...(chosen && { auc: chosen.auc }),
      // What data of later days are cut by.
      ...(cuts && { cuts }),
      ...(categories && { categories, other: other ?? null }),
      bins: bins.map((bin, b) => {
        const neighbour = table.mergedInto[b]
        return {
          ...bin,
          points: points[from + b],
          labelled: own[b].open ? own[b].n : null,
          bads: own[b].open ? own[b].bad : null,
          woe: table.woe[b],
          mergedInto: neighbour === null ? null : bins[neighbour].label,
        }
      }),
      ...(merged && { merged }),
      ...(chosen?.selected && { selected: chosen.selected }),
    }
  })
  const { provider, run, planHash, authorisation } = input
  const { dropped } = basis
  return {
    format: 'yinxin/provider-scorecard/1',
    ...{
      provider,
      run,
      planHash,
      columns,
      trees: pointTrees(input.part.trees, slope),
      dropped,
      authorisation,
    },
  }
}
