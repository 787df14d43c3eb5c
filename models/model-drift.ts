/** Whether a published model still fits: its scores of a later day, and what a later run saw of the outcomes. */
import { firmsBetween } from './metrics/score-distribution.ts'
import { type DriftState, populationStability, stabilityState } from './metrics/stability.ts'
import type { ModelCard } from './model-card.ts'

/** Tenths of the population that scores are compared with. */
export type Tenths = ModelCard['scores']['tenths']

export interface ScoreDrift {
  readonly index: number
  readonly state: DriftState
  /** Firms of today in the tenths of the reference. */
  readonly firms: readonly number[]
}

/** @param scores of today, of firms that have one */
export function scoreDrift({ edges, firms: reference }: Tenths, scores: ArrayLike<number>): ScoreDrift {
  const firms = firmsBetween(scores, edges)
  const index = scores.length > 0 ? populationStability(reference, firms) : 0
  return { index, state: stabilityState(index), firms }
}

/** A drop of KS by more than this from development freezes a model. */
export const KS_LIMIT = 0.1
/** One-sided 95 %: a drop that noise alone would give once in twenty is not acted on. */
const SURE = 1.644854

type Outcomes = Pick<ModelCard, 'metrics' | 'countSd'>

export interface OutcomeDrift {
  /** KS of the model in service on its test fold, less that of the later run on newer labels. */
  readonly ksDrop: number
  /** Standard error of it: sampling and noise of both. */
  readonly ksDropSe: number
  readonly ks: DriftState
  /** Share of bads among labelled test firms, then and now. */
  readonly badRate: { readonly before: number; readonly now: number }
  readonly calibration: DriftState
}

/**
 * The model in service against a run on newer labels. A run evaluates its own model, so this tells how well outcomes can be told apart
 * by then, and how often firms default; it is no second evaluation of the old weights. `act`: KS has dropped by more than 0.10 and
 * the noise does not explain it; `watch`: it has dropped so far, but it may be noise. The share of bads is watched
 * where the change is more than two standard errors, counts' noise included, and more than a quarter of what it was.
 */
export function outcomeDrift(before: Outcomes, now: Outcomes): OutcomeDrift {
  const [then, later] = [before.metrics.test, now.metrics.test]
  const ksDrop = then.ks - later.ks
  const ksDropSe = Math.hypot(then.ksSe, later.ksSe)
  const sure = ksDrop > SURE * ksDropSe
  const variance = ({ badRate, labelled }: typeof then, countSd: number, bands: number) =>
    labelled > 0
      ? (badRate * (1 - badRate)) / labelled + (bands * countSd ** 2 * (1 + badRate ** 2)) / labelled ** 2
      : 1
  // Each share is of a sum over bands, every one with its noise; 20 is the most there are.
  const se = Math.sqrt(variance(then, before.countSd, 20) + variance(later, now.countSd, 20))
  const change = Math.abs(later.badRate - then.badRate)
  return {
    ...{ ksDrop, ksDropSe },
    ks: ksDrop > KS_LIMIT ? (sure ? 'act' : 'watch') : 'ok',
    badRate: { before: then.badRate, now: later.badRate },
    calibration: change > 2 * se && change > 0.25 * then.badRate ? 'watch' : 'ok',
  }
}
