/**
 * The run plan that every party signs: what is computed, over which roster and columns, with which noise and limits.
 * The advisor proposes the numbers from the noisy counts of labelled rows and bads; nobody picks them by trial on labels.
 */
import { assertInRange, type Packing, packingFor, type ResidualScale, type Suite } from '../engine/index.ts'
import type { TrainedOn } from './authorisation/data-use.ts'
import type { ListIdentity } from './authorisation/list.ts'
import { federationErrors } from './errors.ts'
import type { LedgerHead, Spent } from './ledger-entry.ts'
import { checkLogistic, type LogisticPlan } from './logistic-plan.ts'
import type { Extractor, Grade } from './provenance.ts'

export const MAX_ROUNDS = 15
/** Most basis columns of one provider, and most released columns under one key of a training round. */
export const MAX_COLUMNS = 128
/** Most released columns under one key of the fine bins. */
const MAX_BIN_COLUMNS = 96
export const MAX_EVALUATIONS = 3
const MAX_CHALLENGES = 15
/** The flag of a plan that goes beyond the limits. */
export const OVERRIDE_LIMITS = 'override-limits'
/** Noise is drawn with a whole standard deviation, and counts can be split from their bads only up to this one. */
const MAX_SIGMA = 100
/** Failure probability of the privacy statement. */
export const DELTA = 1e-6
export const ROWS_PER_COLUMN_AND_ROUND = 10
/** Fewer rounds than this do not train a model worth its privacy. */
const LEAST_ROUNDS = 2

/** What a user or a consortium may fix; everything left out is advised. */
export interface RunSettings {
  /** Bandwidth of the slowest provider's link, in megabits a second. */
  readonly megabits?: number
  readonly rounds?: number
  /** After the linear rounds; none by default. */
  readonly logisticRounds?: number
  readonly bins?: number
  readonly lambda?: number
  readonly sigma?: number
  readonly challenges?: number
}

export interface Advice {
  readonly bins: number
  readonly lambda: number
  /** All rounds, and those of them that are logistic ones. */
  readonly rounds: number
  readonly logisticRounds: number
  readonly sigma: number
  readonly warnings: readonly string[]
}

export interface PlanProvider {
  readonly name: string
  readonly publicData: boolean
  readonly width: number
  /** Basis columns that one row occupies. */
  readonly occupancy: number
  /** The most that an auditor has confirmed, as in the member list; null where none has. */
  readonly auditedOccupancy: number | null
  /** Whose rows its columns are cut, counted and trained on. */
  readonly trainedOn: TrainedOn
  readonly bins: number
  /** Merkle root over the columns (column-commitment.ts), and hash of the secret that the run's masks are drawn from. */
  readonly commitment: string
  readonly runSecret: string
  readonly columns: readonly { name: string; kind: string; bins: number }[]
  /** What made the columns, in the one order of provenance.ts, and the highest grade of the fields that it reads. */
  readonly extractors: readonly Extractor[]
  readonly grade: Grade | null
}

/** Providers (or parts of one) whose columns are released under one key. */
export interface KeyGroup {
  readonly members: readonly { provider: string; from: number; to: number }[]
}

export interface RunPlan {
  readonly version: 1
  readonly consortium: string
  readonly run: string
  readonly snapshot: string
  readonly purpose: string
  readonly rosterDigest: string
  readonly rows: number
  /** Firms whose non-public data may be used, one list for all providers; null where every firm's may. */
  readonly authorisation: ListIdentity | null
  readonly trainFolds: readonly number[]
  readonly trainRows: number
  readonly providers: readonly PlanProvider[]
  readonly labelHolders: readonly string[]
  /** Providers whose fine bins this run opens: those that have none of this snapshot yet. */
  readonly binned: readonly string[]
  readonly bins: number
  readonly rounds: number
  /** Of the rounds the last ones; null where all are linear. */
  readonly logistic: LogisticPlan | null
  /** Hidden challenges among the rounds, beside the one that sets them up; 0 for none at all. */
  readonly challenges: number
  /** Most evaluations: openings of noisy counts of score bands. */
  readonly evaluations: number
  readonly lambda: number
  readonly kappa: number
  readonly sigma: number
  readonly labelSigma: number
  /** As opened with noise: labelled and bad rows of the training folds. */
  readonly labelled: number
  readonly bads: number
  /** The same for labelled rows of the whole roster. */
  readonly labelledAll: number
  readonly scale: ResidualScale
  /** Bandwidth that the packing was chosen for, in megabits a second. */
  readonly megabits: number
  readonly packing: Packing
  readonly groups: readonly KeyGroup[]
  readonly binGroups: readonly KeyGroup[]
  /** The privacy ledger as both servers hold it: its head, and what the snapshot has cost so far. */
  readonly ledger: LedgerHead & Spent
  readonly flags: readonly string[]
  readonly expires: string
}

/** Exchanges of the training phase: rounds, challenges, and the set-up of these. Limits and ledger count rounds only. */
export const exchangesOf = ({ rounds, challenges }: Pick<RunPlan, 'rounds' | 'challenges'>): number =>
  rounds + (challenges > 0 ? challenges + 1 : 0)

/** Folds that train: 2-4 where a validation fold is kept, 1-4 in a benchmark; fold 0 always tests (protocol.md 6). */
export const trainFoldsOf = (production: boolean): number[] => (production ? [2, 3, 4] : [1, 2, 3, 4])

/** Roster rows of the given folds, ascending. */
export function rowsOfFolds(folds: Uint8Array, chosen: readonly number[]): Int32Array {
  const rows = new Int32Array(folds.length)
  let count = 0
  for (let row = 0; row < folds.length; row++) if (chosen.includes(folds[row])) rows[count++] = row
  return rows.slice(0, count)
}

/**
 * Rounds, bins, ridge and noise for a label snapshot (protocol.md section 2).
 * @param bads noisy number of bads in the training folds
 */
export function advise(bads: number, providers: number, settings: RunSettings): Advice {
  const warnings: string[] = []
  if (bads < 150) {
    warnings.push(
      `about ${Math.max(0, Math.round(bads))} defaults to learn from: no small epsilon and good model go together below 150`,
    )
  }
  const rich = bads >= 2000
  const advice = rich
    ? { bins: 10, lambda: 100, rounds: providers >= 10 ? 12 : 8, sigma: 10 }
    : { bins: 5, lambda: 400, rounds: 4, sigma: 4 }
  const logisticRounds = settings.logisticRounds ?? 0
  const linear = settings.rounds ?? Math.min(advice.rounds, MAX_ROUNDS - logisticRounds)
  return {
    bins: settings.bins ?? advice.bins,
    lambda: settings.lambda ?? advice.lambda,
    rounds: linear + logisticRounds,
    logisticRounds,
    sigma: settings.sigma ?? advice.sigma,
    warnings,
  }
}

/**
 * The advised rounds, cut down to what the labelled rows allow; a number that the user fixed is left to {@link checkLimits}.
 */
export function roundsFor(advised: number, labelled: number, widest: number): number {
  const most = Math.floor(labelled / (ROWS_PER_COLUMN_AND_ROUND * Math.max(1, widest)))
  return Math.max(LEAST_ROUNDS, Math.min(advised, most))
}

/** First-fit of column ranges into groups of at most `limit` columns; ranges start at multiples of the stride. */
function groupColumns(providers: readonly PlanProvider[], limit: number, split: boolean): KeyGroup[] {
  const groups: { members: { provider: string; from: number; to: number }[]; room: number }[] = []
  for (const { name, width } of providers) {
    const step = split ? limit : MAX_COLUMNS
    for (let from = 0; from < width; from += step) {
      const to = Math.min(width, from + step)
      let group = groups.find(({ room }) => room >= to - from)
      if (!group) {
        group = { members: [], room: limit }
        groups.push(group)
      }
      group.members.push({ provider: name, from, to })
      group.room -= to - from
    }
  }
  return groups.map(({ members }) => ({ members }))
}

/** Completes a plan from what the parties reported. */
export function makePlan(
  parts: Omit<RunPlan, 'version' | 'kappa' | 'packing' | 'groups' | 'binGroups'>,
): RunPlan {
  const groups = groupColumns(parts.providers, MAX_COLUMNS, false)
  const widths = parts.providers.map(({ width }) => width)
  return {
    version: 1,
    ...parts,
    kappa: 1 / parts.providers.length,
    packing: packingFor(parts.trainRows, widths, { megabits: parts.megabits, keyGroups: groups.length }),
    groups,
    binGroups: groupColumns(
      parts.providers.filter(({ name }) => parts.binned.includes(name)),
      MAX_BIN_COLUMNS,
      true,
    ),
  }
}

/**
 * The limits of protocol.md section 8, checked by the platform and by every party before it signs.
 * @throws PlanLimit, TooFewProviders, OutOfRange
 */
export function checkLimits(plan: RunPlan, leastProviders: number): void {
  const names = new Set(plan.providers.map(({ name }) => name))
  const counted = plan.providers.filter(({ publicData }) => !publicData).length
  if (names.size !== plan.providers.length || counted < leastProviders) {
    throw new federationErrors.TooFewProviders(counted, leastProviders)
  }
  const whole = [plan.sigma, plan.labelSigma].every(
    (sd) => Number.isInteger(sd) && sd >= 0 && sd <= MAX_SIGMA,
  )
  if (!whole) {
    throw new federationErrors.PlanLimit(
      `noise ${plan.sigma} and ${plan.labelSigma}`,
      `whole numbers from 0 to ${MAX_SIGMA}`,
    )
  }
  const positive = [plan.rounds, plan.bins, plan.lambda, plan.labelled]
  if (!positive.every((value) => Number.isFinite(value) && value > 0) || !(plan.sigma >= 0)) {
    throw new federationErrors.PlanLimit(
      'a number is not positive and finite',
      'rounds, bins, ridge and labels are positive, noise is not negative',
    )
  }
  if (!(plan.challenges >= 0 && plan.challenges <= MAX_CHALLENGES)) {
    throw new federationErrors.PlanLimit(`${plan.challenges} challenges`, `at most ${MAX_CHALLENGES}`)
  }
  if (!(plan.evaluations >= 1 && plan.evaluations <= MAX_EVALUATIONS)) {
    throw new federationErrors.PlanLimit(`${plan.evaluations} evaluations`, `1 to ${MAX_EVALUATIONS}`)
  }
  const widest = Math.max(...plan.providers.map(({ width }) => width))
  if (widest > MAX_COLUMNS) {
    throw new federationErrors.PlanLimit(`a provider has ${widest} basis columns`, `at most ${MAX_COLUMNS}`)
  }
  assertInRange(plan.scale, {
    providers: plan.providers.length,
    labels: plan.labelled,
    bads: plan.bads,
    noiseSd: plan.sigma * plan.scale.c,
  })
  checkLogistic(plan)
  if (plan.flags.includes(OVERRIDE_LIMITS)) return
  if (plan.rounds > MAX_ROUNDS) {
    throw new federationErrors.PlanLimit(
      `${plan.rounds} rounds`,
      `at most ${MAX_ROUNDS} rounds of a scorecard`,
    )
  }
  const needed = ROWS_PER_COLUMN_AND_ROUND * plan.rounds * widest
  if (plan.labelled < needed) {
    throw new federationErrors.PlanLimit(
      `about ${Math.round(plan.labelled)} labelled rows for ${plan.rounds} rounds of ${widest} columns`,
      `at least 10 * rounds * columns = ${needed}`,
    )
  }
}

/** The text that is signed, and its hash. */
export const planText = (plan: RunPlan): string => JSON.stringify(plan)
export const planHashOf = (suite: Suite, text: string): string =>
  Buffer.from(suite.hash(Buffer.from('yinxin plan 1\n'), Buffer.from(text, 'utf8'))).toString('hex')
