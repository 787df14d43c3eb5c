/** The model of a night: a plan that every party signed when it was trained. */
import { federationErrors } from '../errors.ts'
import type { Membership } from '../members.ts'
import { planHashOf, type RunPlan } from '../plan.ts'
import { parseKeptPlan } from '../plan-schema.ts'
import { nightErrors } from './errors.ts'

/**
 * The plan of a hash that the caller knows to have signed. Its providers are those of the day of training, as everybody signed
 * them: one that has left the consortium since is carried over, and the member list knows it no more.
 * @throws ModelUnknown where the text is another one's, TooFewProviders by the caller's own policy
 */
export function modelOf(
  membership: Membership,
  { planHash, plan: text }: { readonly planHash: string; readonly plan: string },
  leastProviders: number,
): RunPlan {
  const { name, suite, consortium } = membership
  const plan = parseKeptPlan(text)
  if (!plan || planHashOf(suite, text) !== planHash || plan.consortium !== consortium)
    throw new nightErrors.ModelUnknown(name, planHash)
  const counted = plan.providers.filter(({ publicData }) => !publicData).length
  if (counted < leastProviders) throw new federationErrors.TooFewProviders(counted, leastProviders)
  return plan
}

/** Whether a provider of a model brought data of public registers. */
export const isPublicIn =
  ({ providers }: RunPlan) =>
  (name: string): boolean =>
    providers.find((one) => one.name === name)?.publicData ?? false
