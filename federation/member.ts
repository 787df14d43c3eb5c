/** Who the members of a consortium are, and a node's own identity among them. */
import { type SuiteName, suiteNamed } from '../engine/index.ts'

export type RoleName = 'platform' | 'keyholder' | 'provider' | 'label-holder'
export const ROLE_NAMES: readonly RoleName[] = ['platform', 'keyholder', 'provider', 'label-holder']

/** Keys that a member has replaced; both old and new ones are believed until the end. */
export interface PreviousKeys {
  readonly signKey: string
  readonly agreeKey: string
  readonly tlsKey?: string
  /** Instant as `Date.toISOString` writes it; from then on the keys are refused. */
  readonly until: string
}

export interface Member {
  readonly name: string
  readonly role: RoleName
  /** Hex of the signing and the agreement public key. */
  readonly signKey: string
  readonly agreeKey: string
  /** Collected from public registers: does not count towards the least number of providers. */
  readonly publicData: boolean
  /** Most basis columns of this provider that one row occupies, as an auditor confirmed it at its site. */
  readonly auditedOccupancy?: number
  /** Hex sha256 of the public key (SubjectPublicKeyInfo) of its transport certificate. */
  readonly tlsKey?: string
  /** The newest first. */
  readonly previous?: readonly PreviousKeys[]
}

export interface MemberList {
  readonly consortium: string
  /** The algorithms of all its members. */
  readonly suite: SuiteName
  /** Rises with every change; 0 for a list that was put together for one process. */
  readonly version?: number
  readonly members: readonly Member[]
}

/** Private keys of one member, in hex. */
export interface PrivateKeys {
  readonly signPrivate: string
  readonly agreePrivate: string
}

/** The private half; stays in the node's own folder. */
export interface Identity extends PrivateKeys {
  readonly name: string
  /** Keys that are to come or have been replaced: a list names the ones that are in force under it. */
  readonly others?: readonly PrivateKeys[]
}

/** Both halves, as they are made. */
export interface Enrolled {
  readonly identity: Identity
  readonly member: Member
}

export const PLATFORM = 'platform'
export const KEY_HOLDER = 'keyholder'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Makes a fresh identity and its public entry, with keys of the consortium's suite. */
export function createIdentity(
  name: string,
  role: RoleName,
  options: { suite?: SuiteName; publicData?: boolean } = {},
): Enrolled {
  const suite = suiteNamed(options.suite ?? 'international')
  const signing = suite.createSigningKeys()
  const agreement = suite.createAgreementKeys()
  const publicData = options.publicData ?? false
  return {
    identity: { name, signPrivate: hex(signing.privateKey), agreePrivate: hex(agreement.privateKey) },
    member: { name, role, signKey: hex(signing.publicKey), agreeKey: hex(agreement.publicKey), publicData },
  }
}
