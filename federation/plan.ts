/**
 * The run plan that every party signs: what is computed, over which roster and columns, with which noise and limits.
 * The advisor (advisor.ts) proposes the numbers.
 */
import { assertInRange, type Packing, packingFor, type ResidualScale, type Suite } from '../engine/index.ts'
import type { TrainedOn } from './authorisation/data-use.ts'
import type { ListIdentity } from './authorisation/list.ts'
import { federationErrors } from './errors.ts'
import { listsOfLevel, listsOfRound } from './exchanges.ts'
import type { LedgerHead, Spent } from './ledger-entry.ts'
import { checkLogistic, type LogisticPlan } from './logistic-plan.ts'
import type { Extractor, Grade } from './provenance.ts'

export const MAX_ROUNDS = 15
export const MAX_BOOSTER_ROUNDS = 40
export const MAX_DEPTH = 4
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
  /** The scorecard without it. */
  readonly model?: ModelKind
  /** Levels of a booster's trees. */
  readonly depth?: number
}

export const MODEL_KINDS = ['scorecard', 'booster'] as const
export type ModelKind = (typeof MODEL_KINDS)[number]

/** How the trees of a booster grow; the same at every provider. */
export interface BoosterPlan {
  /** Levels of splits; every level is an exchange with keys, noise and a ledger entry of its own. */
  readonly depth: number
  /** What of the best value of a leaf is taken. */
  readonly shrinkage: number
  /** Least training rows of the roster in a leaf. */
  readonly leastRows: number
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
  /** Null for a scorecard. */
  readonly booster: BoosterPlan | null
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

/** Folds that train: 2-4 where a validation fold is kept, 1-4 in a benchmark; fold 0 always tests (protocol.md 6). */
export const trainFoldsOf = (production: boolean): number[] => (production ? [2, 3, 4] : [1, 2, 3, 4])

/** Roster rows of the given folds, ascending. */
export function rowsOfFolds(folds: Uint8Array, chosen: readonly number[]): Int32Array {
  const rows = new Int32Array(folds.length)
  let count = 0
  for (let row = 0; row < folds.length; row++) if (chosen.includes(folds[row])) rows[count++] = row
  return rows.slice(0, count)
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

/** Labelled rows that the limits ask for: 10 for every number that the widest provider is given in all rounds. */
export const rowsNeeded = (plan: Pick<RunPlan, 'rounds' | 'booster'>, widest: number): number =>
  ROWS_PER_COLUMN_AND_ROUND * plan.rounds * widest * listsOfRound(plan)

/**
 * Key groups of the exchange that is about a level of the trees; level 0 asks for the committed columns, as a scorecard does. A
 * deeper level asks a provider for `width` columns of every left child, one range each, and for no two under one key.
 */
export function groupsOf(plan: Pick<RunPlan, 'groups' | 'providers'>, level: number): readonly KeyGroup[] {
  const lists = listsOfLevel(level)
  if (lists === 1) return plan.groups
  return Array.from({ length: lists }, (_, list) =>
    plan.groups.map(({ members }) => ({
      members: members.map(({ provider, from, to }) => {
        const first = list * (plan.providers.find(({ name }) => name === provider)?.width ?? 0)
        return { provider, from: first + from, to: first + to }
      }),
    })),
  ).flat()
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
  if (plan.booster) checkBooster(plan.booster)
  assertInRange(plan.scale, {
    providers: plan.providers.length,
    labels: plan.labelled,
    bads: plan.bads,
    noiseSd: plan.sigma * plan.scale.c,
  })
  if (plan.booster && plan.logistic)
    throw new federationErrors.PlanLimit('logistic rounds of a booster', 'logistic rounds are for scorecards')
  // Opened totals are exact: of a firm that authorised nothing they would show more than its public points.
  const unrestricted = plan.providers.some(({ publicData, trainedOn }) => !publicData && trainedOn === 'all')
  if (plan.logistic && plan.authorisation && unrestricted)
    throw new federationErrors.PlanLimit(
      'logistic rounds over firms that authorised nothing',
      'with a list of authorised firms they take providers that train on those alone',
    )
  checkLogistic(plan)
  if (plan.flags.includes(OVERRIDE_LIMITS)) return
  const [most, ofWhat] = plan.booster ? [MAX_BOOSTER_ROUNDS, 'a booster'] : [MAX_ROUNDS, 'a scorecard']
  if (plan.rounds > most) {
    throw new federationErrors.PlanLimit(`${plan.rounds} rounds`, `at most ${most} rounds of ${ofWhat}`)
  }
  const asked = widest * listsOfRound(plan)
  const needed = rowsNeeded(plan, widest)
  if (plan.labelled < needed) {
    throw new federationErrors.PlanLimit(
      `about ${Math.round(plan.labelled)} labelled rows for ${plan.rounds} rounds of ${asked} columns`,
      `at least 10 * rounds * columns = ${needed}`,
    )
  }
}

function checkBooster({ depth, shrinkage, leastRows }: BoosterPlan): void {
  const fits = depth >= 1 && depth <= MAX_DEPTH && shrinkage > 0 && shrinkage <= 1 && leastRows >= 1
  if (fits) return
  throw new federationErrors.PlanLimit(
    `trees of depth ${depth}, shrinkage ${shrinkage}, at least ${leastRows} rows a leaf`,
    `depth 1 to ${MAX_DEPTH}, shrinkage above 0 and at most 1, at least one row`,
  )
}

/** The text that is signed, and its hash. */
export const planText = (plan: RunPlan): string => JSON.stringify(plan)
export const planHashOf = (suite: Suite, text: string): string =>
  Buffer.from(suite.hash(Buffer.from('yinxin plan 1\n'), Buffer.from(text, 'utf8'))).toString('hex')
