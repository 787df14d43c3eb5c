/** What a run would cost and what its noise would leave to see, before anything is opened: the numbers behind `yinxin plan`. */
import { DEFAULT_MEGABITS, residualScale } from '../engine/index.ts'
import { advise, roundsFor } from './advisor.ts'
import { chargesOf, labelSumsCharge } from './charges.ts'
import { spentOn } from './ledger.ts'
import { logisticPlan } from './logistic-plan.ts'
import {
  checkLimits,
  DELTA,
  MAX_EVALUATIONS,
  makePlan,
  type PlanProvider,
  type RunPlan,
  type RunSettings,
  rowsNeeded,
} from './plan.ts'
import { type Cost, costOf } from './privacy-account.ts'
import { UNSTATED } from './provenance.ts'

/** A bin counts as worth seeing if its bad rate is this many times the mean. */
const WORTH_SEEING = 1.5

export interface OutlookInput {
  readonly providers: readonly Pick<
    PlanProvider,
    'name' | 'publicData' | 'width' | 'occupancy' | 'auditedOccupancy'
  >[]
  readonly labelHolders: number
  /** Labelled and bad rows of the training folds, a firm once for each label holder that knows it. */
  readonly labelled: number
  readonly bads: number
  readonly settings: RunSettings
  readonly leastProviders: number
}

/** One bin of a provider, on average over its columns; counts are of firms. */
export interface ProviderOutlook {
  readonly provider: string
  readonly columns: number
  readonly bins: number
  readonly labelledPerBin: number
  readonly badsPerBin: number
  /** sd of a bin's bads by chance alone, and of the noise that both servers add to them. */
  readonly samplingSd: number
  readonly noiseSd: number
  /** Bads more than the mean in a bin with 1.5 times the mean bad rate, and how many noise sd that is (null without noise). */
  readonly shift: number
  readonly shiftToNoise: number | null
}

export interface Outlook {
  /** Challenges and bandwidth are not among them: they cost time, not privacy. */
  readonly settings: Required<Omit<RunSettings, 'challenges' | 'megabits' | 'depth'>> &
    Pick<RunPlan, 'booster'>
  readonly labelled: number
  readonly bads: number
  /** Labelled rows that the limits ask for: 10 for each bin that the widest provider is asked for in all rounds. */
  readonly rowsNeeded: number
  /** Why the limits refuse such a plan, or null. */
  readonly refusal: string | null
  readonly privacy: Cost & { readonly delta: number }
  readonly providers: readonly ProviderOutlook[]
  readonly warnings: readonly string[]
}

/** Bins a column: fixed, or advised from the bads of the training folds. */
export const advisedBins = (bads: number, providers: number, settings: RunSettings): number =>
  advise(bads, providers, settings).bins

export function outlookOf(input: OutlookInput): Outlook {
  const { labelled, bads } = input
  const advice = advise(bads, input.providers.length, input.settings)
  const { bins, lambda, sigma } = advice
  const widest = Math.max(1, ...input.providers.map(({ width }) => width))
  const rounds =
    input.settings.rounds === undefined ? roundsFor(advice.rounds, labelled, widest, advice) : advice.rounds
  const logistic = logisticPlan(advice.logisticRounds, rounds)
  const plan = makePlan({
    ...{ consortium: '', run: '', snapshot: '', purpose: '', rosterDigest: '', expires: '' },
    ...{ rows: labelled, trainFolds: [], trainRows: labelled, labelledAll: labelled, flags: [] },
    authorisation: null,
    ...{
      bins,
      lambda,
      rounds,
      logistic,
      challenges: 0,
      evaluations: MAX_EVALUATIONS,
      booster: advice.booster,
      megabits: DEFAULT_MEGABITS,
      sigma,
      labelSigma: sigma,
      labelled,
      bads,
    },
    providers: input.providers.map((provider) => ({
      ...provider,
      ...{ bins, trainedOn: 'all' as const, commitment: '', runSecret: '', columns: [], ...UNSTATED },
    })),
    labelHolders: Array.from({ length: input.labelHolders }, (_, index) => `${index}`),
    binned: input.providers.map(({ name }) => name),
    scale: residualScale(bads / labelled),
    ledger: { entries: 0, hash: '', rho: 0, rhoCounted: 0 },
  })
  const cost = costOf(spentOn([labelSumsCharge(input.labelHolders, sigma), ...chargesOf(plan)]))
  const providers = input.providers
    .filter(({ width }) => width > 0)
    .map((provider) => providerOutlook(provider, labelled, bads, sigma))
  const warnings = [...advice.warnings]
  if (rounds < advice.rounds)
    warnings.push(
      `${rounds} instead of ${advice.rounds} rounds, because ${Math.round(labelled)} labelled rows allow no more`,
    )
  for (const { provider, shift, noiseSd } of providers) {
    if (shift < noiseSd)
      warnings.push(
        `${provider}: too few bads for this noise: a bin with ${WORTH_SEEING} times the mean bad rate shows ${shift.toFixed(1)} bads more, the noise has sd ${noiseSd.toFixed(1)}`,
      )
  }
  return {
    settings: {
      model: input.settings.model ?? 'scorecard',
      bins,
      lambda,
      rounds: rounds - (logistic?.rounds ?? 0),
      logisticRounds: logistic?.rounds ?? 0,
      sigma,
      booster: advice.booster,
    },
    labelled,
    bads,
    rowsNeeded: rowsNeeded(plan, widest),
    refusal: refusalOf(() => checkLimits(plan, input.leastProviders)),
    privacy: { ...cost, delta: DELTA },
    providers,
    warnings,
  }
}

function providerOutlook(
  { name, width, occupancy }: OutlookInput['providers'][number],
  labelled: number,
  bads: number,
  sigma: number,
): ProviderOutlook {
  const share = occupancy / width
  const labelledPerBin = labelled * share
  const badsPerBin = bads * share
  const noiseSd = sigma * Math.SQRT2
  const shift = (WORTH_SEEING - 1) * badsPerBin
  return {
    provider: name,
    columns: occupancy,
    bins: width,
    labelledPerBin,
    badsPerBin,
    samplingSd: Math.sqrt(badsPerBin * (1 - bads / labelled)),
    noiseSd,
    shift,
    shiftToNoise: noiseSd > 0 ? shift / noiseSd : null,
  }
}

function refusalOf(check: () => void): string | null {
  try {
    check()
    return null
  } catch (fault) {
    return (fault as Error).message
  }
}
