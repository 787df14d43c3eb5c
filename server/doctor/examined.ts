import type { MemberListIdentity, Membership } from '../../federation/index.ts'
import type { Patient } from './patient.ts'
import type { PlatformAnswer } from './platform-answer.ts'
import type { Surroundings } from './surroundings.ts'

/** What checks know of a node. */
export interface Examined {
  readonly patient: Patient
  readonly surroundings: Surroundings
  /** Null where identity and list do not fit; another finding says why. */
  readonly membership: Membership | null
  /** Whether the identity's keys are those of the member list. */
  readonly ownKeys: boolean
  /** The newest member list that the node has; null with the membership. */
  readonly members: MemberListIdentity | null
  /** Rows and digest of the roster, or why it cannot be read. */
  readonly roster: { readonly size: number; readonly digest: string } | Error
  readonly platform: PlatformAnswer
}
