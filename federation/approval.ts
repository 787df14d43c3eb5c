/** What a party checks before it signs a plan: its own rules, not the platform's word. */
import { federationErrors } from './errors.ts'
import type { Node } from './node.ts'
import { checkLimits, OVERRIDE_LIMITS, planHashOf, type RunPlan } from './plan.ts'
import type { Clock, RosterView } from './ports.ts'

/** A party's own rules for taking part. */
export interface PartyPolicy {
  /** 4 in production, 3 by an explicit consortium setting, 2 in a benchmark only. */
  readonly leastProviders: number
  /** Least noise per server, in units of one row's residual; 0 only in a benchmark. */
  readonly leastSigma: number
  /** Accept plans beyond the limits of protocol.md section 8; a benchmark only. */
  readonly overrideLimits: boolean
}

/**
 * Checks a proposed plan against the node's own roster and policy and signs it.
 * @throws PlanRefused, PlanLimit, TooFewProviders
 */
export function checkApproval(
  node: Node,
  roster: RosterView,
  policy: PartyPolicy,
  clock: Clock,
  text: string,
): { planHash: string; signature: Uint8Array; plan: RunPlan } {
  const { membership } = node
  const plan = JSON.parse(text) as RunPlan
  const refuse = (why: string) => new federationErrors.PlanRefused(membership.name, why)
  if (plan.version !== 1) throw refuse(`plan version ${plan.version}`)
  if (plan.consortium !== membership.consortium || plan.run !== node.current.run)
    throw refuse('another consortium or run')
  if (plan.rosterDigest !== roster.digest || plan.rows !== roster.size) throw refuse('another roster')
  if (!(Date.parse(plan.expires) > clock.now().getTime())) throw refuse('it has expired')
  if (plan.sigma < policy.leastSigma || plan.labelSigma < policy.leastSigma) {
    throw refuse(`noise ${plan.sigma} is below this party's least ${policy.leastSigma}`)
  }
  if (plan.flags.includes(OVERRIDE_LIMITS) && !policy.overrideLimits) throw refuse('it overrides the limits')
  checkLimits(plan, policy.leastProviders)
  const planHash = planHashOf(membership.suite, text)
  return { planHash, signature: membership.sign(Buffer.from(planHash, 'hex')), plan }
}
