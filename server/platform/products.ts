/** What may leave the platform, field by field. Whatever is not named here stays inside. */
import type { Scope } from '../plugins/api-key.ts'

/** `true`: a scalar; `[rule]`: an array; an object: its fields. */
export type AllowList = true | readonly [AllowList] | { readonly [field: string]: AllowList }

export interface Product {
  readonly scope: Scope
  readonly fields: { readonly [field: string]: AllowList }
}

const pdBand = { from: true, to: true } as const
const provenance = {
  model_version: true,
  snapshot: true,
  as_of: true,
  reference_only: true,
  stale_since: true,
} as const

const metrics = {
  auc: true,
  aucSe: true,
  gini: true,
  ks: true,
  ksSe: true,
  lift10: true,
  capture10: true,
} as const

/**
 * How a model was made and how good it is. Weights, points and bin edges are not among the names and never will be; the
 * label holders, the share of bads and every count of them, curves of counts too, stay with those who signed the plan.
 */
const modelCard = {
  format: true,
  model: true,
  purpose: true,
  run: true,
  createdAt: true,
  outcome: { accepted: true },
  scale: { base: true, goodBadOdds: true, pointsToDouble: true, least: true, most: true },
  grades: [{ grade: true, from: true }],
  calibration: { intercept: true, slope: true, calibrated: true },
  training: { rows: true, rounds: true, depth: true, bins: true, lambda: true, sigma: true },
  plan: { firms: true, trainFolds: [true], challenges: true, evaluations: true, flags: [true] },
  providers: [
    {
      name: true,
      publicData: true,
      bins: true,
      width: true,
      firms: true,
      columns: [{ name: true, kind: true, bins: true }],
    },
  ],
  privacy: { epsilon: true, epsilonCounted: true, delta: true },
  countSd: true,
  metrics: { train: metrics, validation: metrics, test: metrics },
  scores: { step: true, firms: [true], mean: true, tenths: { edges: [true], firms: [true] } },
  stability: { restAgainstTraining: true, lastModel: { run: true, value: true } },
  whitelist: { listed: true, cut: true },
  learned: [{ party: true, learns: true, learnsZh: true }],
  limits: [{ en: true, zh: true }],
} as const

export const products = {
  score: {
    scope: 'scores:read',
    fields: {
      subject: true,
      score: true,
      grade: true,
      pd_band: pdBand,
      coverage: true,
      public_data_only: true,
      ...provenance,
    },
  },
  whitelist: {
    scope: 'whitelist:read',
    fields: {
      data: [
        {
          position: true,
          subject: true,
          score: true,
          grade: true,
          pd_band: pdBand,
          reason: true,
          model_version: true,
        },
      ],
      next_cursor: true,
      ...provenance,
    },
  },
  snapshot: {
    scope: 'snapshots:read',
    fields: {
      ...provenance,
      challenger_version: true,
      carried_over: [true],
      created_at: true,
      plan_hash: true,
      id_scheme: true,
      subjects: true,
      listed: true,
      grades: [{ grade: true, pd_from: true, pd_to: true, score_from: true, subjects: true }],
      monitoring: true,
      model_card: modelCard,
    },
  },
  model_card: { scope: 'snapshots:read', fields: modelCard },
} as const satisfies Record<string, Product>

export type ProductName = keyof typeof products
