/**
 * What each release of a run costs (protocol.md section 8), from the plan alone, so that platform, key holder and everybody
 * who signs count the same. Every charge comes twice: `rho` for providers that answer from their committed columns, and
 * `rhoCounted` with 128 occupied columns for each provider whose occupancy no auditor has confirmed.
 */
import { chargeOf, type Suite } from '../engine/index.ts'
import { levelsOf, listsOfLevel } from './exchanges.ts'
import type { Charge, LedgerEntry } from './ledger-entry.ts'
import { openingRounds } from './logistic-plan.ts'
import { carried, type NightSet, setDigest, sharing } from './night/set.ts'
import { MAX_COLUMNS, type PlanProvider, type RunPlan } from './plan.ts'
import { OPENINGS, TOTALS_OPENING } from './runs/openings.ts'

/** A band of a partition, and the rank sum that sharpens the same evaluation: one row takes part in both. */
const UNITS_OF_AN_EVALUATION = 2
const LABEL_SUMS_RELEASED = 5

/** The occupancy that the budget is held against. A provider without columns is sent nothing. */
function countedOccupancy({ width, occupancy, auditedOccupancy }: PlanProvider): number {
  if (width === 0) return 0
  return auditedOccupancy !== null && auditedOccupancy >= occupancy ? auditedOccupancy : MAX_COLUMNS
}

const finite = (rho: number): number | null => (rho === Number.POSITIVE_INFINITY ? null : rho)

function noisy(
  what: string,
  released: number,
  sigma: number,
  overlap: number,
  units: { planned: number; counted: number },
): Charge {
  return {
    what,
    released,
    sigma,
    rho: finite(chargeOf(units.planned, sigma, overlap)),
    rhoCounted: finite(chargeOf(units.counted, sigma, overlap)),
  }
}

/** The sums of m, y, m^2 and y^2 behind the plan. */
export function labelSumsCharge(overlap: number, labelSigma: number): Charge {
  // The sum of y has sensitivity J for a whole firm, the sum of y^2 has J^2; the charge multiplies by J^2 itself.
  const units = 1 + overlap ** 2
  return noisy('label sums', LABEL_SUMS_RELEASED, labelSigma, overlap, { planned: units, counted: units })
}

/** The name of a provider's fine bins in the ledger, where they stand once a snapshot. */
export const fineBinsOf = (provider: string): string => `fine bins of ${provider}`

/** Fine bins of one provider, over all its columns. */
export function fineBinsCharge(plan: RunPlan, provider: PlanProvider): Charge {
  const units = { planned: provider.occupancy, counted: countedOccupancy(provider) }
  return noisy(fineBinsOf(provider.name), provider.width, plan.sigma, plan.labelHolders.length, units)
}

/**
 * The gradients of all providers in one round, or in one level of its trees: they feed back through the totals, so they add up.
 * A row is in one node of a level, so it occupies no more columns there than in the whole.
 */
export function gradientsCharge(plan: RunPlan, { round, level }: { round: number; level: number }): Charge {
  const total = (of: (provider: PlanProvider) => number) =>
    plan.providers.reduce((sum, provider) => sum + of(provider), 0)
  const units = { planned: total(({ occupancy }) => occupancy), counted: total(countedOccupancy) }
  const released = listsOfLevel(level) * total(({ width }) => width)
  const what = plan.booster
    ? `gradients of round ${round}, level ${level + 1}`
    : `gradients of round ${round}`
  return noisy(what, released, plan.sigma, plan.labelHolders.length, units)
}

/** Score bands of an evaluation; its rank sum is paid for with them. */
export function bandsCharge(plan: RunPlan, evaluation: number, bands: number): Charge {
  const units = { planned: UNITS_OF_AN_EVALUATION, counted: UNITS_OF_AN_EVALUATION }
  return noisy(`bands of evaluation ${evaluation}`, bands, plan.sigma, plan.labelHolders.length, units)
}

/** One number more of an evaluation; see {@link bandsCharge}. */
export const rankSumCharge = (plan: RunPlan, evaluation: number): Charge => ({
  what: `rank sum of evaluation ${evaluation}`,
  released: 1,
  sigma: plan.sigma,
  rho: 0,
  rhoCounted: 0,
})

/** Totals carry no noise: exact for features, nothing new of labels. */
export const totalsCharge = (opening: string, rows: number): Charge => ({
  what: `totals of opening "${opening}"`,
  released: rows,
  sigma: null,
  rho: 0,
  rhoCounted: 0,
})

/** The same for the totals of the training rows, once an opening of a plan with logistic rounds. */
export const trainingTotalsCharge = (plan: RunPlan, opening: number): Charge =>
  totalsCharge(`${TOTALS_OPENING} ${opening}`, plan.trainRows)

/** Nights open no labels, so they are charged to no label snapshot. */
const NIGHTS = 'nights'

/** The opening of one night: model, roster, versions, set and who is carried over are what the digest is of. */
export function nightCharge(
  suite: Suite,
  consortium: string,
  set: NightSet,
  rows: number,
): { snapshot: string; charge: Charge } {
  const counts = `${sharing(set).length} share, ${carried(set).length} carried over`
  const what = `totals of ${set.night}: ${counts}, set ${setDigest(suite, consortium, set)}`
  return { snapshot: NIGHTS, charge: { what, released: rows, sigma: null, rho: 0, rhoCounted: 0 } }
}

/** True for the opening of a night of this model; its run is the name of the night. */
export const isNightOf = (planHash: string, entry: LedgerEntry): boolean =>
  entry.snapshot === NIGHTS && entry.planHash === planHash

/** Providers whose fine bins a run opens. */
export const binnedProviders = (plan: RunPlan): PlanProvider[] =>
  plan.providers.filter(({ name }) => plan.binned.includes(name))

/** Everything that a complete run under a plan releases after the label sums, about in the order of the ledger. */
export function* chargesOf(plan: RunPlan): Generator<Charge> {
  for (const provider of binnedProviders(plan)) yield fineBinsCharge(plan, provider)
  const due = openingRounds(plan)
  for (let round = 1; round <= plan.rounds; round++) {
    for (let level = 0; level < levelsOf(plan); level++) yield gradientsCharge(plan, { round, level })
    if (due.includes(round)) yield trainingTotalsCharge(plan, due.indexOf(round) + 1)
  }
  for (const opening of OPENINGS) yield totalsCharge(opening, plan.rows)
  for (let evaluation = 0; evaluation < plan.evaluations; evaluation++) yield bandsCharge(plan, evaluation, 0)
}
