/** A party's own rules for taking part, and what of a plan breaks them. */
import type { ColumnRules } from '../models/index.ts'
import { labelSumsCharge } from './charges.ts'
import { OVERRIDE_LIMITS, type RunPlan } from './plan.ts'

/** Every rule but the first four may be left out, and then allows what the protocol allows. */
export interface PartyPolicy {
  /** 4 in production, 3 by an explicit consortium setting, 2 in a benchmark only. */
  readonly leastProviders: number
  /** Least noise per server, in units of one row's residual; 0 only in a benchmark. */
  readonly leastSigma: number
  /** Accept plans beyond the limits of protocol.md section 8; a benchmark only. */
  readonly overrideLimits: boolean
  /** Highest epsilon of a label holder's period over all runs, unaudited providers counted in full; null for no budget. */
  readonly mostEpsilon: number | null
  /** Purposes that a run may have. */
  readonly purposes?: readonly string[]
  readonly mostRounds?: number
  readonly mostEvaluations?: number
  readonly leastLabelHolders?: number
  /** Providers and label holders by name: nobody else takes part, and these do. */
  readonly parties?: { readonly allowed?: readonly string[]; readonly required?: readonly string[] }
  /** Flags that a plan may carry. */
  readonly flags?: readonly string[]
  /** One run a label period: labels that have paid for more than the sums of this run are refused. */
  readonly labelPeriodsOnce?: boolean
  /** Most days from now to the expiry of a plan. */
  readonly mostDays?: number
  /**
   * Columns that may take part, whole names or beginnings that end in `*`: of a provider its own, of any other party those of all
   * providers.
   */
  readonly columns?: readonly string[]
  /** Of a provider: how it bins and selects its own columns. Nothing of it is in a plan, and nobody else hears of it. */
  readonly scorecard?: ColumnRules
}

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * Every rule of a policy that a plan breaks, in words that may leave the house; empty for a plan that keeps all of them.
 * @param party whose policy it is
 */
export function refusalsOf(plan: RunPlan, policy: PartyPolicy, party: string, now: Date): string[] {
  return [
    ...noiseRefusals(plan, policy),
    ...sizeRefusals(plan, policy),
    ...partyRefusals(plan, policy),
    ...columnRefusals(plan, policy, party),
    ...timeRefusals(plan, policy, now),
  ]
}

const unless = (kept: boolean, refusal: string): string[] => (kept ? [] : [refusal])
const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '))

function noiseRefusals({ sigma, labelSigma }: RunPlan, { leastSigma }: PartyPolicy): string[] {
  return [
    ...unless(sigma >= leastSigma, `noise ${sigma} is below this party's least ${leastSigma}`),
    ...unless(
      labelSigma >= leastSigma,
      `noise ${labelSigma} of the label sums is below this party's least ${leastSigma}`,
    ),
  ]
}

function sizeRefusals(plan: RunPlan, policy: PartyPolicy): string[] {
  const { mostRounds = Infinity, mostEvaluations = Infinity, labelPeriodsOnce = false } = policy
  const paid = labelSumsCharge(plan.labelHolders.length, plan.labelSigma).rho
  // Without noise nothing tells whether the labels were used before.
  const first = paid !== null && plan.ledger.rho === paid
  return [
    ...unless(plan.rounds <= mostRounds, `${plan.rounds} rounds, more than this party's ${mostRounds}`),
    ...unless(
      plan.evaluations <= mostEvaluations,
      `${plan.evaluations} evaluations, more than this party's ${mostEvaluations}`,
    ),
    ...unless(!labelPeriodsOnce || first, 'its label period was used before'),
  ]
}

function partyRefusals(plan: RunPlan, policy: PartyPolicy): string[] {
  const { purposes, leastLabelHolders = 0, parties = {}, flags, overrideLimits } = policy
  const names = [...plan.providers.map(({ name }) => name), ...plan.labelHolders]
  const { allowed = names, required = [] } = parties
  const strangers = names.filter((name) => !allowed.includes(name))
  const absent = required.filter((name) => !names.includes(name))
  const raised = plan.flags.filter((flag) => flags && !flags.includes(flag))
  return [
    ...unless(
      purposes === undefined || purposes.includes(plan.purpose),
      `purpose "${plan.purpose}" is none of this party's (${list(purposes ?? [])})`,
    ),
    ...unless(
      plan.labelHolders.length >= leastLabelHolders,
      `${plan.labelHolders.length} label holders, fewer than this party's ${leastLabelHolders}`,
    ),
    ...unless(strangers.length === 0, `${list(strangers)} may not take part`),
    ...unless(absent.length === 0, `${list(absent)} must take part`),
    ...unless(raised.length === 0, `flags ${list(raised)} are none of this party's (${list(flags ?? [])})`),
    ...unless(overrideLimits || !plan.flags.includes(OVERRIDE_LIMITS), 'it overrides the limits'),
  ]
}

function columnRefusals(plan: RunPlan, { columns }: PartyPolicy, party: string): string[] {
  if (columns === undefined) return []
  const own = plan.providers.filter(({ name }) => name === party)
  const concerned = own.length > 0 ? own : plan.providers
  const fits = (name: string) =>
    columns.some((rule) => (rule.endsWith('*') ? name.startsWith(rule.slice(0, -1)) : name === rule))
  const others = concerned.flatMap((of) => of.columns.map(({ name }) => name)).filter((name) => !fits(name))
  return unless(others.length === 0, `columns ${list(others)} may not take part`)
}

function timeRefusals({ expires }: RunPlan, { mostDays = Infinity }: PartyPolicy, now: Date): string[] {
  const left = Date.parse(expires) - now.getTime()
  return [
    ...unless(left > 0, 'it has expired'),
    ...unless(!(left > mostDays * DAY_MS), `it expires in more than this party's ${mostDays} days`),
  ]
}
