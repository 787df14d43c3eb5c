/** The member list of a consortium, a node's own identity, and the secrets that pairs of members share. */
import { type Suite, type SuiteName, suiteNamed } from '../engine/index.ts'
import { federationErrors } from './errors.ts'

export type RoleName = 'platform' | 'keyholder' | 'provider' | 'label-holder'

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
}

export interface MemberList {
  readonly consortium: string
  /** The algorithms of all its members. */
  readonly suite: SuiteName
  readonly members: readonly Member[]
}

/** The private half; stays in the node's own folder. */
export interface Identity {
  readonly name: string
  readonly signPrivate: string
  readonly agreePrivate: string
}

/** Both halves, as they are made. */
export interface Enrolled {
  readonly identity: Identity
  readonly member: Member
}

export const PLATFORM = 'platform'
export const KEY_HOLDER = 'keyholder'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

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

/** A node's view of its consortium: who is who, and the secrets with each of them. */
export class Membership {
  readonly suite: Suite
  readonly consortium: string
  readonly name: string
  #identity: Identity
  #members: Map<string, Member>
  #secrets = new Map<string, Uint8Array>()

  /** @throws SuiteUnknown, UnknownMember when the identity is not in the list */
  constructor(list: MemberList, identity: Identity) {
    this.suite = suiteNamed(list.suite)
    this.consortium = list.consortium
    this.name = identity.name
    this.#identity = identity
    this.#members = new Map(list.members.map((member) => [member.name, member]))
    this.member(identity.name)
  }

  /** @throws UnknownMember */
  member(name: string): Member {
    const member = this.#members.get(name)
    if (!member) throw new federationErrors.UnknownMember(name)
    return member
  }

  knows(name: string): boolean {
    return this.#members.has(name)
  }

  namesOf(role: RoleName): string[] {
    return [...this.#members.values()].filter((member) => member.role === role).map((member) => member.name)
  }

  sign(message: Uint8Array): Uint8Array {
    return this.suite.sign(fromHex(this.#identity.signPrivate), message)
  }

  verify(name: string, message: Uint8Array, signature: Uint8Array): boolean {
    return this.suite.verify(fromHex(this.member(name).signKey), message, signature)
  }

  /** The 32-byte secret shared with another member for one purpose; both sides derive the same. */
  pairSecret(other: string, purpose: string): Uint8Array {
    const key = `${purpose}\n${other}`
    let secret = this.#secrets.get(key)
    if (!secret) {
      const agreed = this.suite.agree(
        fromHex(this.#identity.agreePrivate),
        fromHex(this.member(other).agreeKey),
      )
      const pair = [this.name, other].sort().join('\n')
      secret = this.suite.derive(agreed, `yinxin ${purpose}\n${this.consortium}\n${pair}`)
      this.#secrets.set(key, secret)
    }
    return secret
  }

  /** The mask secrets of this sender among all senders of a run, in the order of the run (protocol.md section 5). */
  maskSecrets(senders: readonly string[]): {
    keyHolder: Uint8Array
    before: Uint8Array[]
    after: Uint8Array[]
  } {
    const at = senders.indexOf(this.name)
    const secret = (name: string) => this.pairSecret(name, 'mask')
    return {
      keyHolder: secret(KEY_HOLDER),
      before: senders.slice(0, at).map(secret),
      after: senders.slice(at + 1).map(secret),
    }
  }
}
