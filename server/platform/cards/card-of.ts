/** What the platform can say of the model of a run: how it was made and how good it is. No weight, no point per bin. */
import { ASSUMPTION, type RunResult, rowsOfFolds, WHO_LEARNS_WHAT } from '../../../federation/index.ts'
import {
  firmsBetween,
  type ModelCard,
  modelCard,
  populationStability,
  scoreDistribution,
} from '../../../models/index.ts'
import { LIMITS } from './limits.ts'

export interface CardCircumstances {
  readonly createdAt: Date
  /** By roster row. */
  readonly folds: Uint8Array
  /** Card of the model that is served now; null where there is none. */
  readonly former: unknown
}

export function cardOf(
  { plan, planHash, warnings, privacy, assessment }: RunResult,
  { createdAt, folds, former }: CardCircumstances,
): ModelCard {
  const { calibration, metrics, bands, countSd, grades, scores, publicOnly } = assessment
  const firms = scores.length
  const publicFirms = publicOnly.reduce((sum, one) => sum + one, 0)
  return modelCard({
    run: plan.run,
    planHash,
    createdAt: createdAt.toISOString(),
    purpose: plan.purpose,
    p0: plan.scale.p0,
    calibration,
    training: {
      rows: plan.trainRows,
      labelled: plan.labelled,
      bads: plan.bads,
      rounds: plan.rounds,
      depth: plan.booster?.depth ?? null,
      bins: plan.bins,
      lambda: plan.lambda,
      sigma: plan.sigma,
    },
    plan: {
      firms,
      trainFolds: plan.trainFolds,
      labelHolders: plan.labelHolders.length,
      challenges: plan.challenges,
      evaluations: plan.evaluations,
      authorisation: plan.authorisation && {
        version: plan.authorisation.version,
        publicOnly: publicFirms,
      },
      flags: plan.flags,
      warnings,
    },
    outcome: { accepted: assessment.accepted, refusal: assessment.refusal },
    providers: plan.providers.map((provider) => ({
      ...provider,
      firms: provider.publicData ? firms : firms - publicFirms,
    })),
    metrics,
    countSd,
    bands,
    grades,
    scores: scoreDistribution(scores),
    stability: stabilityOf(assessment, rowsOfFolds(folds, plan.trainFolds), folds, former),
    whitelist: assessment.whitelistSummary,
    privacy: { ...privacy },
    learned: [...WHO_LEARNS_WHAT, { party: 'assumption', learns: ASSUMPTION.en, learnsZh: ASSUMPTION.zh }],
    limits: LIMITS,
  })
}

function stabilityOf(
  { scores, grades }: RunResult['assessment'],
  trained: Int32Array,
  folds: Uint8Array,
  former: unknown,
): ModelCard['stability'] {
  const inTraining = new Uint8Array(folds.length)
  for (const row of trained) inTraining[row] = 1
  const { edges, firms } = scoreDistribution(trained.map((row) => scores[row])).tenths
  const rest = firmsBetween(
    scores.filter((_, row) => !inTraining[row]),
    edges,
  )
  const labelled = grades.map((grade) => grade.labelled)
  const last = former as Partial<ModelCard> | null
  return {
    restAgainstTraining: populationStability(firms, rest),
    labelledAgainstAll:
      labelled.reduce((sum, n) => sum + n, 0) > 0
        ? populationStability(
            grades.map((grade) => grade.firms),
            labelled,
          )
        : null,
    // A card of an earlier version of the product has no distribution.
    lastModel: last?.scores?.tenths
      ? {
          run: String(last.run),
          value: populationStability(
            last.scores.tenths.firms,
            firmsBetween(scores, last.scores.tenths.edges),
          ),
        }
      : null,
  }
}
