import { type Approver, byPolicy, type Membership } from '../../federation/index.ts'
import { personApprover } from './person-approver.ts'
import { PlanFolder } from './plan-folder.ts'

/**
 * Who decides at a node, as its configuration says.
 * @param state its state folder
 */
export function approverOf(
  { approval = 'policy' }: { readonly approval?: 'policy' | 'person' },
  state: string,
  membership: Membership,
  note: (text: string) => void,
): Approver {
  if (approval === 'policy') return byPolicy
  return personApprover(new PlanFolder(state, membership), { clock: { now: () => new Date() }, note })
}
