/** What a party checks before it signs a plan: its own rules, not the platform's word. */
import { residualScale } from '../engine/index.ts'
import type { ListIdentity } from './authorisation/list.ts'
import { chargesOf } from './charges.ts'
import { federationErrors } from './errors.ts'
import type { LabelPeriod } from './label-period.ts'
import { checkBudget } from './ledger.ts'
import type { LedgerHead } from './ledger-entry.ts'
import type { Node } from './node.ts'
import { checkLimits, makePlan, planHashOf, type RunPlan, rowsOfFolds, trainFoldsOf } from './plan.ts'
import { parsePlan } from './plan-schema.ts'
import { type PartyPolicy, refusalsOf } from './policy.ts'
import type { Clock, RosterView } from './ports.ts'
import { snapshotOf } from './snapshot.ts'

export type { PartyPolicy } from './policy.ts'

/** What a party knows of the run that it was opened with. */
export interface OpenedRun {
  readonly run: string
  readonly snapshot: string
  readonly providers: readonly string[]
  readonly labelHolders: readonly string[]
  /** What each label holder says of its labels; together they name the snapshot. */
  readonly labelDigests: readonly string[]
  /** The label period of each, which its charges count against. */
  readonly labelPeriods: readonly LabelPeriod[]
  /** The platform's privacy ledger. */
  readonly ledger: LedgerHead
  /** The list of authorised firms that the run is about. */
  readonly authorisation: ListIdentity | null
  readonly production: boolean
  readonly labelSigma: number
  readonly flags: readonly string[]
}

/**
 * Checks an opened run against the member list and the party's own policy, before anything is shared.
 * @throws PlanRefused, TooFewProviders
 */
export function checkOpened(node: Node, policy: PartyPolicy, opened: OpenedRun): void {
  const { membership } = node
  const refuse = (why: string) => new federationErrors.PlanRefused(membership.name, why)
  // All label holders of the consortium take part, so that nobody can be left alone with its masks.
  if (opened.labelHolders.join('\n') !== membership.namesOf('label-holder').join('\n')) {
    throw refuse('its label holders are not those of the consortium')
  }
  const unique = new Set(opened.providers).size === opened.providers.length
  if (!unique || opened.providers.some((name) => membership.member(name).role !== 'provider')) {
    throw refuse('its providers are not providers of the consortium')
  }
  const counted = opened.providers.filter((name) => !membership.member(name).publicData).length
  if (counted < policy.leastProviders)
    throw new federationErrors.TooFewProviders(counted, policy.leastProviders)
  const { labelHolders, labelDigests, labelPeriods } = opened
  if (labelDigests.length !== labelHolders.length || labelPeriods.length !== labelHolders.length)
    throw refuse('it does not name the labels of every label holder')
  if (opened.snapshot !== snapshotOf(membership.suite, labelHolders, labelDigests, labelPeriods))
    throw refuse('its label snapshot is not named after its labels')
  if (opened.labelSigma < policy.leastSigma)
    throw refuse("the noise of its label sums is below this party's least")
}

/**
 * Checks a proposed plan against the node's own roster and policy and the run as it was opened. Everything
 * that follows from other fields is computed again: a platform cannot slip in a scale without noise or a group twice.
 * @throws PlanRefused, PlanLimit, TooFewProviders, BudgetExhausted
 */
export function checkApproval(
  node: Node,
  roster: RosterView,
  policy: PartyPolicy,
  clock: Clock,
  opened: OpenedRun,
  text: string,
): { planHash: string; plan: RunPlan } {
  const { membership } = node
  const refuse = (why: string) => new federationErrors.PlanRefused(membership.name, why)
  const plan = parsePlan(text)
  if (!plan) throw refuse('it is not a plan of this version')
  if (
    plan.consortium !== membership.consortium ||
    plan.run !== opened.run ||
    plan.snapshot !== opened.snapshot
  ) {
    throw refuse('another consortium, run or label snapshot')
  }
  if (plan.rosterDigest !== roster.digest || plan.rows !== roster.size) throw refuse('another roster')
  const broken = refusalsOf(plan, policy, membership.name, clock.now())
  if (broken.length > 0) throw refuse(broken.join('; '))
  if (plan.labelSigma !== opened.labelSigma) throw refuse('another noise of the label sums than was opened')
  if (plan.flags.join('\n') !== opened.flags.join('\n'))
    throw refuse('other flags than the run was opened with')
  const names = plan.providers.map(({ name }) => name)
  if (
    names.join('\n') !== opened.providers.join('\n') ||
    plan.labelHolders.join('\n') !== opened.labelHolders.join('\n')
  ) {
    throw refuse('it names other parties than the opened run')
  }
  if (plan.providers.some(({ name, publicData }) => membership.member(name).publicData !== publicData)) {
    throw refuse('it calls other providers public than the member list')
  }
  const [closed] = plan.providers.filter(({ publicData, grade }) => publicData && (grade ?? 'G1') !== 'G1')
  if (closed)
    throw refuse(`it calls ${closed.name} public, whose columns read fields of grade ${closed.grade}`)
  const { authorisation } = plan
  if (
    authorisation?.digest !== opened.authorisation?.digest ||
    authorisation?.version !== opened.authorisation?.version
  ) {
    throw refuse('another authorisation list than was opened')
  }
  if (plan.providers.some((of) => of.trainedOn === 'authorised' && (of.publicData || !authorisation)))
    throw refuse('it restricts the training of a provider that no list concerns')
  const audited = (name: string) => membership.member(name).auditedOccupancy ?? null
  if (plan.providers.some(({ name, auditedOccupancy }) => audited(name) !== auditedOccupancy)) {
    throw refuse('it counts another occupancy as audited than the member list')
  }
  if (plan.binned.join('\n') !== names.filter((name) => plan.binned.includes(name)).join('\n'))
    throw refuse('it opens fine bins of others than its providers')
  const trainFolds = trainFoldsOf(opened.production)
  const trainRows = rowsOfFolds(roster.folds, trainFolds).length
  if (plan.trainFolds.join() !== trainFolds.join() || plan.trainRows !== trainRows)
    throw refuse('other training rows')
  checkLimits(plan, policy.leastProviders)
  const again = makePlan({ ...plan, scale: residualScale(plan.bads / plan.labelled) })
  const derived = (of: RunPlan) =>
    JSON.stringify([of.version, of.kappa, of.packing, of.groups, of.binGroups, of.scale])
  if (derived(again) !== derived(plan))
    throw refuse('scale, step or key groups do not follow from its other numbers')
  const { entries, rhoCounted } = plan.ledger
  checkBudget(policy.mostEpsilon, plan.snapshot, entries, rhoCounted, chargesOf(plan))
  return { planHash: planHashOf(membership.suite, text), plan }
}
