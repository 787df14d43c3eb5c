import { parseKeptPlan, type RunPlan } from '../../../federation/index.ts'
import type { RegisteredModel } from '../../store/index.ts'
import type { RunRequest } from '../control/run-report.ts'
import { keptOf } from './model-registry.ts'
import type { ServedModel } from './model-status.ts'

/** What production wants of non-public providers; a consortium that trained with fewer has agreed to that. */
const WANTED_PROVIDERS = 4
/** A production run keeps this fold for validation. */
const VALIDATION_FOLD = 1

/**
 * The champion, and the request that would train it again; numbers are advised anew then. Null for one of an older platform that kept
 * too little of it.
 */
export function servedModelOf(model: RegisteredModel): Omit<ServedModel, 'trained'> | null {
  const kept = keptOf(model)
  const plan = kept && parseKeptPlan(kept.plan)
  const { run, planHash } = model
  return kept && plan ? { run, planHash, request: requestOf(plan, kept.targetPd) } : null
}

function requestOf(plan: RunPlan, targetPd: number): RunRequest {
  const counted = plan.providers.filter(({ publicData }) => !publicData).length
  return {
    providers: plan.providers.map(({ name }) => name),
    labelHolders: plan.labelHolders,
    production: !plan.trainFolds.includes(VALIDATION_FOLD),
    settings: {
      megabits: plan.megabits,
      ...(plan.booster && { model: 'booster' as const, depth: plan.booster.depth }),
      ...(plan.logistic && { logisticRounds: plan.logistic.rounds }),
    },
    flags: plan.flags,
    leastProviders: Math.min(WANTED_PROVIDERS, counted),
    targetPd,
  }
}
