/**
 * The card of a published model, which the platform keeps: how the model was made, how good it is and what is known of it, all from
 * noisy counts and published scores. There is no weight, no point of a bin and no information value in it, because the platform
 * never has one.
 */
import { isotonic } from './calibration.ts'
import { bandCurve, type CurvePoint } from './metrics/band-curve.ts'
import type { BandMetrics } from './metrics/band-metrics.ts'
import { type BandRate, bandRate } from './metrics/band-rate.ts'
import type { ScoreDistribution } from './metrics/score-distribution.ts'
import { type Calibration, GRADES, SCALE } from './scorecard.ts'

/** A provider's columns as the signed plan names them. */
export interface CardProvider {
  readonly name: string
  readonly publicData: boolean
  readonly bins: number
  readonly width: number
  /** Firms whose scores it takes part in, of all firms; who holds a firm is nobody else's to know. */
  readonly firms: number
  /** Most bins that one firm occupies, and as an auditor confirmed it; null where none has. */
  readonly occupancy: number
  readonly auditedOccupancy: number | null
  readonly trainedOn: string
  /** Highest grade of the fields that its columns were made of; null where it says none. */
  readonly grade: string | null
  readonly columns: readonly { readonly name: string; readonly kind: string; readonly bins: number }[]
}

/** A band of an evaluation as opened: counts are noisy. */
export interface EvaluatedBand {
  /** Lowest and highest published score of its firms; null where it has none. */
  readonly from: number | null
  readonly to: number | null
  readonly firms: number
  readonly n: number
  readonly bad: number
  /** Mean default probability that the scale gives its firms. */
  readonly expected: number
}

export interface CardBand extends Omit<EvaluatedBand, 'n' | 'bad'> {
  readonly labelled: number
  readonly bads: number
  readonly observed: BandRate
  /** Observed rates with neighbours pooled until none falls from a better band to a worse one. */
  readonly isotonic: number
}

export interface CardGrade {
  readonly grade: string
  readonly from: number
  readonly to: number
  readonly firms: number
  readonly labelled: number
  readonly bads: number
  readonly expectedRate: number
}

interface PerFold<V> {
  readonly train: V
  readonly validation: V | null
  readonly test: V
}

/** Parts of the card that are the same in its input. */
interface CardFacts {
  readonly run: string
  readonly planHash: string
  /** ISO 8601 instant. */
  readonly createdAt: string
  readonly purpose: string
  readonly p0: number
  readonly calibration: Calibration & { readonly calibrated: boolean }
  readonly training: {
    readonly rows: number
    /** Noisy sums. */
    readonly labelled: number
    readonly bads: number
    readonly rounds: number
    /** Levels of the trees of a booster; null for a scorecard. */
    readonly depth: number | null
    readonly bins: number
    readonly lambda: number
    readonly sigma: number
  }
  /** The rest of the signed plan that a reader of the card needs. */
  readonly plan: {
    readonly firms: number
    readonly trainFolds: readonly number[]
    readonly labelHolders: number
    readonly challenges: number
    readonly evaluations: number
    /** Version of the list of authorised firms, and the firms rated on public data only; null where no list was used. */
    readonly authorisation: { readonly version: number; readonly publicOnly: number } | null
    /** Everything that departs from production. */
    readonly flags: readonly string[]
    readonly warnings: readonly string[]
  }
  readonly outcome: { readonly accepted: boolean; readonly refusal: string | null }
  readonly metrics: PerFold<BandMetrics>
  readonly scores: ScoreDistribution
  /** Population stability indices (models/metrics/stability.ts) of the published scores. */
  readonly stability: {
    /** The firms that did not train against those that did, in tenths of the latter. */
    readonly restAgainstTraining: number
    /** Labelled firms, noisy, against all firms, by grade; null where noise leaves none. */
    readonly labelledAgainstAll: number | null
    /** All firms against the same with the model before; null without one. */
    readonly lastModel: { readonly run: string; readonly value: number } | null
  }
  readonly whitelist: {
    readonly listed: number
    readonly cut: number
    readonly meanPd: number
    readonly excluded: number
    readonly targetPd: number
  }
  /** As the ledger has it when the card is made (federation/privacy-account.ts). */
  readonly privacy: Readonly<Record<string, unknown>> & {
    readonly epsilon: number | null
    readonly epsilonCounted: number | null
    readonly delta: number
  }
  readonly learned: readonly { readonly party: string; readonly learns: string; readonly learnsZh: string }[]
  readonly limits: readonly { readonly en: string; readonly zh: string }[]
}

export interface ModelCardInput extends CardFacts {
  readonly providers: readonly CardProvider[]
  /** Standard deviation of the noise of one count, both servers together. */
  readonly countSd: number
  readonly bands: PerFold<readonly EvaluatedBand[]>
  readonly grades: readonly CardGrade[]
}

export interface ModelCard extends CardFacts {
  readonly format: 'yinxin/model-card/1'
  readonly model: string
  readonly scale: typeof SCALE
  readonly grades: typeof GRADES
  readonly providers: readonly CardProvider[]
  readonly countSd: number
  /** Worst band first. */
  readonly bands: PerFold<readonly CardBand[]>
  /** Of the test bands. */
  readonly curve: readonly CurvePoint[]
  /** Best grade first. */
  readonly observed: readonly (CardGrade & { readonly observed: BandRate })[]
}

function cardBands(bands: readonly EvaluatedBand[], countSd: number): CardBand[] {
  const pooled = isotonic([...bands].reverse()).reverse()
  return bands.map(({ from, to, firms, n, bad, expected }, band) => ({
    ...{ from, to, firms, labelled: n, bads: bad, expected },
    observed: bandRate({ n, bad }, countSd),
    isotonic: pooled[band],
  }))
}

const providerOf = (provider: CardProvider): CardProvider => ({
  name: provider.name,
  publicData: provider.publicData,
  bins: provider.bins,
  width: provider.width,
  firms: provider.firms,
  occupancy: provider.occupancy,
  auditedOccupancy: provider.auditedOccupancy,
  trainedOn: provider.trainedOn,
  grade: provider.grade,
  columns: provider.columns.map(({ name, kind, bins }) => ({ name, kind, bins })),
})

/** Builds the card field by field where its input comes from others: what else that may carry, a weight say, stays out. */
export function modelCard(input: ModelCardInput): ModelCard {
  const { calibration, training, bands, countSd } = input
  return {
    format: 'yinxin/model-card/1',
    model:
      training.depth === null
        ? 'additive scorecard: one weight a bin, each known to one provider alone'
        : 'boosted trees: each grown on the columns of one provider and known to it alone',
    run: input.run,
    planHash: input.planHash,
    createdAt: input.createdAt,
    purpose: input.purpose,
    outcome: input.outcome,
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
      depth: training.depth,
      bins: training.bins,
      lambda: training.lambda,
      sigma: training.sigma,
    },
    plan: input.plan,
    providers: input.providers.map(providerOf),
    metrics: input.metrics,
    countSd,
    bands: {
      train: cardBands(bands.train, countSd),
      validation: bands.validation && cardBands(bands.validation, countSd),
      test: cardBands(bands.test, countSd),
    },
    curve: bandCurve(bands.test, countSd),
    observed: input.grades.map(({ grade, from, to, firms, labelled, bads, expectedRate }) => ({
      ...{ grade, from, to, firms, labelled, bads, expectedRate },
      observed: bandRate({ n: labelled, bad: bads }, countSd),
    })),
    scores: input.scores,
    stability: input.stability,
    whitelist: input.whitelist,
    privacy: input.privacy,
    learned: input.learned,
    limits: input.limits,
  }
}
