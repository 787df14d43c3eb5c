/** The signatures under a plan: collected by the platform, verified by every party before anything of the plan is released. */
import { federationErrors } from './errors.ts'
import { KEY_HOLDER, type Membership } from './members.ts'
import type { Body } from './messages/schema.ts'
import type { RunPlan } from './plan.ts'

type Approvals = Body<'plan.signed'>['approvals']

/** Everybody who signs a plan, in the order of the signatures. */
export const signersOf = ({
  labelHolders,
  providers,
}: Pick<RunPlan, 'labelHolders' | 'providers'>): string[] => [
  ...labelHolders,
  ...providers.map(({ name }) => name),
  KEY_HOLDER,
]

/**
 * The approvals as they are shown to every party.
 * @param answers one of each party, in the order of the signers
 * @throws PlanChanged
 */
export function signaturesOf(
  membership: Membership,
  planHash: string,
  answers: readonly { readonly from: string; readonly body: Body<'plan.approve'> }[],
): Approvals {
  return answers.map(({ from, body }) => {
    if (body.planHash !== planHash) throw new federationErrors.PlanChanged(from, 'it approved another text')
    const signature = Buffer.from(body.signature).toString('hex')
    checkSignature(membership, planHash, { party: from, signature })
    return { party: from, signature }
  })
}

/**
 * Refuses a plan that not every party has signed.
 * @throws PlanUnsigned, PlanChanged
 */
export function checkSignatures(
  membership: Membership,
  plan: RunPlan,
  planHash: string,
  approvals: Approvals,
): void {
  const signers = signersOf(plan)
  const absent = signers.filter((name) => !approvals.some(({ party }) => party === name))
  if (absent.length > 0) throw new federationErrors.PlanUnsigned(`no signature of ${absent.join(', ')}`)
  if (approvals.map(({ party }) => party).join('\n') !== signers.join('\n'))
    throw new federationErrors.PlanUnsigned(
      'the signatures are not one of each party in the order of the plan',
    )
  for (const approval of approvals) checkSignature(membership, planHash, approval)
}

/** @throws PlanChanged */
function checkSignature(
  membership: Membership,
  planHash: string,
  { party, signature }: Approvals[number],
): void {
  if (!membership.verify(party, Buffer.from(planHash, 'hex'), Buffer.from(signature, 'hex')))
    throw new federationErrors.PlanChanged(
      membership.name,
      `the signature in the name of ${party} is not under this text`,
    )
}
