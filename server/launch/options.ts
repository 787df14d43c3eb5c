/** What `yinxin start` was asked for, and what that switches off. */
import {
  federationErrors,
  MAX_LOGISTIC_ROUNDS,
  type ModelKind,
  type RunSettings,
  type SuiteName,
} from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'

export interface StartOptions {
  readonly data?: string
  readonly providers?: number
  readonly model?: ModelKind
  /** A whole number in writing. */
  readonly depth?: string
  readonly rounds?: number
  readonly logisticRounds?: number
  readonly challenges?: number
  readonly bins?: number
  readonly lambda?: number
  readonly noise?: number
  readonly bandwidth?: number
  readonly mostEpsilon?: number
  readonly targetPd: number
  readonly enterprises: number
  readonly seed: number
  readonly port?: number
  readonly suite?: SuiteName
  readonly allowTwo?: boolean
  readonly overrideLimits?: boolean
  /** File of the firms that authorised the use of their non-public data. */
  readonly authorised?: string
  readonly pooled: boolean
  readonly once?: boolean
  readonly report?: string
  readonly json?: boolean
}

/** Options that are settings of a plan. */
export type SettingName =
  | 'model'
  | 'depth'
  | 'rounds'
  | 'logisticRounds'
  | 'bins'
  | 'lambda'
  | 'noise'
  | 'challenges'
  | 'bandwidth'

/** Least providers in production; three by an explicit consortium setting, two in a benchmark only. */
const PRODUCTION_PROVIDERS = 4
const FEWEST_PROVIDERS = 3

/** Flags that the report repeats: everything that departs from production. */
export function flagsOf(
  options: Partial<
    Pick<
      StartOptions,
      | 'noise'
      | 'allowTwo'
      | 'overrideLimits'
      | 'providers'
      | 'depth'
      | 'rounds'
      | 'logisticRounds'
      | 'bins'
      | 'lambda'
      | 'challenges'
      | 'pooled'
    >
  >,
): string[] {
  const flags: string[] = []
  if (options.noise === 0) flags.push('noise 0')
  if (options.allowTwo) flags.push('allow-two')
  if (options.overrideLimits) flags.push('override-limits')
  if (options.providers !== undefined) flags.push(`providers ${options.providers}`)
  if (options.logisticRounds !== undefined) flags.push(`logistic-rounds ${options.logisticRounds}`)
  for (const name of ['depth', 'rounds', 'bins', 'lambda', 'challenges'] as const) {
    if (options[name] !== undefined) flags.push(`${name} ${options[name]}`)
  }
  if (options.pooled === false) flags.push('no-pooled')
  return flags
}

/** What the user fixed; the rest is advised. @throws ModelSettings, before anything is opened */
export function settingsOf({
  model,
  depth,
  rounds,
  logisticRounds,
  bins,
  lambda,
  noise,
  challenges,
  bandwidth,
}: Pick<StartOptions, SettingName>): RunSettings {
  const refuse = (option: string) => new serverErrors.ModelSettings(option, MAX_LOGISTIC_ROUNDS)
  if (depth !== undefined && model !== 'booster') throw refuse('--depth')
  if (logisticRounds && (model === 'booster' || logisticRounds > MAX_LOGISTIC_ROUNDS))
    throw refuse('--logistic-rounds')
  return {
    ...(model !== undefined && { model }),
    ...(depth !== undefined && { depth: Number(depth) }),
    ...(rounds !== undefined && { rounds }),
    ...(logisticRounds !== undefined && { logisticRounds }),
    ...(bins !== undefined && { bins }),
    ...(lambda !== undefined && { lambda }),
    ...(noise !== undefined && { sigma: noise }),
    ...(challenges !== undefined && { challenges }),
    ...(bandwidth !== undefined && { megabits: bandwidth }),
  }
}

/**
 * The least number of providers of this run, and a warning where it is below production.
 * @throws TooFewProviders
 */
export function providerRule(
  counted: number,
  options: Pick<StartOptions, 'allowTwo'>,
): { least: number; warning: string | null } {
  const least = options.allowTwo ? 2 : FEWEST_PROVIDERS
  if (counted < least) throw new federationErrors.TooFewProviders(counted, least)
  const warning =
    counted < PRODUCTION_PROVIDERS
      ? `only ${counted} providers: production wants at least ${PRODUCTION_PROVIDERS}, because fewer can subtract their own part of a total`
      : null
  return { least: Math.min(counted, PRODUCTION_PROVIDERS), warning }
}
