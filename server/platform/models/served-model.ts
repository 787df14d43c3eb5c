import type { RunReport, RunRequest } from '../control/run-report.ts'
import type { ServedModel } from './model-status.ts'

/** What production wants of non-public providers; a consortium that trained with fewer has agreed to that. */
const WANTED_PROVIDERS = 4
/** A production run keeps this fold for validation. */
const VALIDATION_FOLD = 1

/** The model of a published run, and the request that would train it again; numbers are advised anew then. */
export function servedModelOf({
  run,
  planHash,
  plan,
  whitelist,
}: Pick<RunReport, 'run' | 'planHash' | 'plan' | 'whitelist'>): Omit<ServedModel, 'trained'> {
  const counted = plan.providers.filter(({ publicData }) => !publicData).length
  const request: RunRequest = {
    providers: plan.providers.map(({ name }) => name),
    labelHolders: plan.labelHolders,
    production: !plan.trainFolds.includes(VALIDATION_FOLD),
    settings: { megabits: plan.megabits },
    flags: plan.flags,
    leastProviders: Math.min(WANTED_PROVIDERS, counted),
    targetPd: whitelist.targetPd,
  }
  return { run, planHash, request }
}
