/**
 * The two halves of a published model: the card, which the platform keeps and anyone may read, without a weight in it; and
 * a provider's own scorecard, which never leaves its house.
 */
import type { Basis, SpecialBin } from './basis.ts'
import type { ColumnChoice } from './column-choice.ts'
import { type MergedColumn, mergedColumn } from './merged-card.ts'
import { type Calibration, GRADES, pointsPerBin, SCALE } from './scorecard.ts'
import { requireLength } from './settings.ts'
import { type BinCount, woeTable } from './woe.ts'

/** A provider's columns as the signed plan names them. */
export interface CardProvider {
  readonly name: string
  readonly bins: number
  readonly width: number
  readonly columns: readonly { readonly name: string; readonly kind: string; readonly bins: number }[]
}

export interface ModelCardInput {
  readonly run: string
  readonly planHash: string
  /** ISO 8601 instant. */
  readonly createdAt: string
  readonly p0: number
  readonly calibration: Calibration & { readonly calibrated: boolean }
  readonly training: {
    readonly rows: number
    /** Noisy sums. */
    readonly labelled: number
    readonly bads: number
    readonly rounds: number
    readonly bins: number
    readonly lambda: number
    readonly sigma: number
  }
  readonly providers: readonly CardProvider[]
  /** Noisy figures of the evaluation by name, each with its standard error where it has one. */
  readonly evaluation: Readonly<Record<string, { readonly value: number; readonly se?: number }>>
}

export interface ModelCard extends ModelCardInput {
  readonly format: 'yinxin/model-card/1'
  readonly model: string
  readonly scale: typeof SCALE
  readonly grades: typeof GRADES
}

/** Builds the card field by field: what else its input may carry, a weight say, stays out. */
export function modelCard(input: ModelCardInput): ModelCard {
  const { calibration, training } = input
  return {
    format: 'yinxin/model-card/1',
    model: 'additive scorecard: one weight a bin, each known to one provider alone',
    run: input.run,
    planHash: input.planHash,
    createdAt: input.createdAt,
    scale: SCALE,
    grades: GRADES,
    p0: input.p0,
    calibration: {
      intercept: calibration.intercept,
      slope: calibration.slope,
      calibrated: calibration.calibrated,
    },
    training: {
      rows: training.rows,
      labelled: training.labelled,
      bads: training.bads,
      rounds: training.rounds,
      bins: training.bins,
      lambda: training.lambda,
      sigma: training.sigma,
    },
    providers: input.providers.map(({ name, bins, width, columns }) => ({
      name,
      bins,
      width,
      columns: columns.map((column) => ({ name: column.name, kind: column.kind, bins: column.bins })),
    })),
    evaluation: Object.fromEntries(
      Object.entries(input.evaluation).map(([name, { value, se }]) => [
        name,
        se === undefined ? { value } : { value, se },
      ]),
    ),
  }
}

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
  readonly weights: Float64Array
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
    /** Numeric: ascending; ordinary bin b is (cuts[b-1], cuts[b]]. */
    readonly cuts?: readonly number[]
    /** Categorical: ordinary bin b is categories[b]. */
    readonly categories?: readonly string[]
    /** Categorical: ordinary bin of every other category, or null. */
    readonly other?: number | null
    readonly bins: readonly ScorecardBin[]
    /** Bins that carry one weight together, of a column whose trend is stated. */
    readonly merged?: MergedColumn
  }[]
  readonly dropped: Basis['dropped']
  readonly authorisation: ScorecardUse | null
}

/**
 * Points, weight of evidence and information value of every bin of one provider.
 *
 * @throws ColumnLength if weights or counts do not fit the basis
 */
export function providerScorecard(input: ProviderScorecardInput): ProviderScorecard {
  const { basis, weights, slope, counts } = input
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
    }
  })
  const { provider, run, planHash, authorisation } = input
  const { dropped } = basis
  return {
    format: 'yinxin/provider-scorecard/1',
    ...{ provider, run, planHash, columns, dropped, authorisation },
  }
}
