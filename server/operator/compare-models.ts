/** Two registered models side by side: figures with their intervals, and whether they differ by more than their error. Pure. */
import { type Interval, interval95 } from '../../models/index.ts'
import type { ModelSummary, ModelWithCard } from '../platform/models/model-summary.ts'

/** A noisy figure; null where the model has none. */
export interface Figure {
  readonly value: number
  readonly se: number
  readonly interval: Interval
}

export interface ComparedFigure {
  readonly fold: string
  readonly figure: string
  readonly values: readonly [Figure | null, Figure | null]
  /** Second minus first, and its standard error as if the two were measured on different firms; null where either is not there. */
  readonly difference: number | null
  readonly se: number | null
  /** Whether 0 lies outside the 95 % interval of the difference; null where there is none. */
  readonly larger: boolean | null
}

export interface Comparison {
  readonly versions: readonly [number, number]
  readonly states: readonly [string, string]
  readonly sameLabels: boolean
  readonly sameRoster: boolean
  readonly figures: readonly ComparedFigure[]
  /** Epsilon of each run as committed and as a budget counts it; null without noise, or where it is not known. */
  readonly privacy: readonly {
    readonly figure: 'epsilon' | 'epsilonCounted'
    readonly values: readonly [number | null, number | null]
  }[]
  /** `provider: column` of those that one of them has alone. */
  readonly columns: {
    readonly onlyFirst: readonly string[]
    readonly onlySecond: readonly string[]
    readonly both: number
  }
}

/** Of a 95 % interval. */
const Z = 1.959964
const FOLDS = ['train', 'validation', 'test'] as const
const FIGURES = [
  ['auc', 'aucSe'],
  ['ks', 'ksSe'],
] as const
const EPSILONS = ['epsilon', 'epsilonCounted'] as const

const numberOf = (from: unknown, field: string): number | null => {
  const value = (from as Record<string, unknown> | null | undefined)?.[field]
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function figureOf(
  { metrics }: Pick<ModelSummary, 'metrics'>,
  fold: string,
  name: string,
  seName: string,
): Figure | null {
  const value = numberOf(metrics[fold], name)
  const se = numberOf(metrics[fold], seName)
  return value === null || se === null ? null : { value, se, interval: interval95(value, se) }
}

function compared(
  fold: string,
  figure: string,
  values: readonly [Figure | null, Figure | null],
): ComparedFigure {
  const [first, second] = values
  if (!first || !second) return { fold, figure, values, difference: null, se: null, larger: null }
  const difference = second.value - first.value
  const se = Math.hypot(first.se, second.se)
  return { fold, figure, values, difference, se, larger: Math.abs(difference) > Z * se }
}

/**
 * Two models of one consortium mostly share their test firms, so that their errors go together: the error of the difference is then
 * smaller than the one given here, and what is called larger than its error is so all the more.
 */
export function compareModels(first: ModelWithCard, second: ModelWithCard): Comparison {
  const figures = FOLDS.flatMap((fold) =>
    FIGURES.map(([name, se]) =>
      compared(fold, name, [figureOf(first, fold, name, se), figureOf(second, fold, name, se)]),
    ),
  )
  const [mine, other] = [columnsOf(first), columnsOf(second)]
  return {
    versions: [first.version, second.version],
    states: [first.state, second.state],
    sameLabels: first.labelSnapshot === second.labelSnapshot,
    sameRoster: first.rosterDigest === second.rosterDigest,
    figures: figures.filter(({ values }) => values[0] !== null || values[1] !== null),
    privacy: EPSILONS.map((figure) => ({
      figure,
      values: [numberOf(first.privacy, figure), numberOf(second.privacy, figure)],
    })),
    columns: {
      onlyFirst: [...mine].filter((name) => !other.has(name)),
      onlySecond: [...other].filter((name) => !mine.has(name)),
      both: [...mine].filter((name) => other.has(name)).length,
    },
  }
}

/** What a card says of the columns that a model reads. */
function columnsOf({ cardText }: ModelWithCard): ReadonlySet<string> {
  const { providers = [] } = JSON.parse(cardText) as {
    providers?: readonly { name: string; columns?: readonly { name: string }[] }[]
  }
  return new Set(
    providers.flatMap(({ name, columns = [] }) => columns.map((column) => `${name}: ${column.name}`)),
  )
}
