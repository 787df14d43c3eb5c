/**
 * A node's view of its consortium: who is who, and the secrets with each of them.
 *
 * A run keeps the member list that it was opened under. A newer list is accepted at any time and taken up when the next run
 * opens; what arrives in between from members that are ahead or behind is read with the keys of either list.
 */
import { type Suite, suiteNamed } from '../engine/index.ts'
import { federationErrors } from './errors.ts'
import {
  type Identity,
  KEY_HOLDER,
  type Member,
  type MemberList,
  type PreviousKeys,
  type PrivateKeys,
  type RoleName,
} from './member.ts'
import type { Clock } from './ports.ts'

export {
  createIdentity,
  type Enrolled,
  type Identity,
  KEY_HOLDER,
  type Member,
  type MemberList,
  PLATFORM,
  type PreviousKeys,
  type PrivateKeys,
  ROLE_NAMES,
  type RoleName,
} from './member.ts'

const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const PROBE = Buffer.from('yinxin own keys 1\n')

interface PublicKeys {
  readonly signKey: string
  readonly agreeKey: string
}

/** A list and the own private keys that it names. */
interface View {
  readonly version: number
  readonly members: ReadonlyMap<string, Member>
  readonly own: PrivateKeys
}

export class Membership {
  readonly suite: Suite
  readonly consortium: string
  readonly name: string
  /** Called when a list is taken up, with its version; what must survive a restart is kept before the promise is. */
  onTakenUp: (version: number) => Promise<void> = async () => {}
  /** Called where a run names a list that is not known here yet; it may be fetched and accepted before the promise is kept. */
  onBehind: (version: number) => Promise<void> = async () => {}
  /** Whether a member that was removed since takes part in the run for which an older list is in force. */
  isInRun: (name: string) => boolean = () => true
  #identity: Identity
  #clock: Clock | undefined
  /** Accepted lists by version, from the one in force to the newest. */
  #views = new Map<number, View>()
  #inForce: View
  #newest: View
  #secrets = new Map<string, Uint8Array>()

  /**
   * @param clock tells whether keys that were replaced may still be used; without one they may not
   * @throws SuiteUnknown, UnknownMember when the identity is not in the list
   */
  constructor(list: MemberList, identity: Identity, clock?: Clock) {
    this.suite = suiteNamed(list.suite)
    this.consortium = list.consortium
    this.name = identity.name
    this.#identity = identity
    this.#clock = clock
    this.#inForce = this.#viewOf(list)
    this.#newest = this.#inForce
    this.#views.set(this.#inForce.version, this.#inForce)
    this.member(identity.name)
  }

  /** Version of the list in force. */
  get version(): number {
    return this.#inForce.version
  }

  /** Version of the newest list accepted. */
  get newestVersion(): number {
    return this.#newest.version
  }

  /**
   * Accepts a newer list of the same consortium, whose signature has been proven: it is taken up with the next run.
   * @param identity the own keys, where they changed too
   */
  accept(list: MemberList, identity: Identity = this.#identity): void {
    this.#identity = identity
    const view = this.#viewOf(list)
    this.#views.set(view.version, view)
    if (view.version > this.#newest.version) this.#newest = view
  }

  /**
   * Puts an accepted list in force; between runs only.
   * @throws MemberListBehind for a version that this node does not have
   */
  async takeUp(version: number = this.#newest.version): Promise<void> {
    if (version === this.#inForce.version) return
    if (version > this.#newest.version) await this.onBehind(version)
    const view = this.#views.get(version)
    if (!view || version < this.#inForce.version)
      throw new federationErrors.MemberListBehind(version, [...this.#views.keys()].join(', '))
    await this.onTakenUp(version)
    this.#inForce = view
    this.#secrets.clear()
    for (const older of this.#views.keys()) if (older < version) this.#views.delete(older)
  }

  /** @throws UnknownMember */
  member(name: string): Member {
    const member = this.#inForce.members.get(name) ?? this.#newest.members.get(name)
    if (!member) throw new federationErrors.UnknownMember(name)
    return member
  }

  /** Whether a member is heard: a new one before a run takes its list up, a removed one in the run that it is part of alone. */
  knows(name: string): boolean {
    return this.#newest.members.has(name) || (this.#inForce.members.has(name) && this.isInRun(name))
  }

  /** Hashes of the transport keys that a member may show now; null where the office has not listed one. */
  tlsKeysOf(name: string): readonly string[] | null {
    const member = this.#newest.members.get(name) ?? this.member(name)
    if (member.tlsKey === undefined) return null
    const running = this.#running(member.previous)
    return [member.tlsKey, ...running.flatMap(({ tlsKey = [] }) => tlsKey)]
  }

  namesOf(role: RoleName): string[] {
    return [...this.#inForce.members.values()]
      .filter((member) => member.role === role)
      .map((member) => member.name)
  }

  sign(message: Uint8Array): Uint8Array {
    return this.suite.sign(fromHex(this.#ownNow().signPrivate), message)
  }

  /** Whether a member signed: with its newest keys, or with ones replaced not long ago. */
  verify(name: string, message: Uint8Array, signature: Uint8Array): boolean {
    return this.signerOf(name, message, signature) !== null
  }

  /** The key with which a member signed; null where none that it may use did. */
  signerOf(name: string, message: Uint8Array, signature: Uint8Array): string | null {
    const signs = ({ signKey }: PublicKeys) => this.suite.verify(fromHex(signKey), message, signature)
    return this.#keysOf(name).find(signs)?.signKey ?? null
  }

  /** Every signing key by which the lists from the one in force to the newest name a member, ended ones too. */
  signKeysOf(name: string): ReadonlySet<string> {
    const entries = [...this.#views.values()].flatMap(({ members }) => members.get(name) ?? [])
    return new Set(
      entries.flatMap(({ signKey, previous = [] }) => [signKey, ...previous.map((keys) => keys.signKey)]),
    )
  }

  /** The 32-byte secret shared with another member for one purpose; both sides derive the same under one list. */
  pairSecret(other: string, purpose: string): Uint8Array {
    return this.#secretOf(this.#inForce.own, this.member(other).agreeKey, other, purpose)
  }

  /** The same for what is sealed in an envelope, by the keys that sign it: a run's masks outlive keys that have ended. */
  sealSecret(other: string, purpose: string): Uint8Array {
    return this.#secretOf(this.#ownNow(), this.member(other).agreeKey, other, purpose)
  }

  /**
   * Opens what another member sealed under a secret of the pair: it may be a list ahead or behind, and either side may just have
   * replaced its keys.
   * @param open throws for a secret that does not fit
   * @throws what `open` throws for the likeliest secret, where none fits
   */
  openWith<V>(other: string, purpose: string, open: (secret: Uint8Array) => V): V {
    const theirs = new Set([
      this.member(other).agreeKey,
      ...this.#keysOf(other).map(({ agreeKey }) => agreeKey),
    ])
    const mine = new Set([
      this.#inForce.own,
      this.#newest.own,
      this.#identity,
      ...(this.#identity.others ?? []),
    ])
    const faults: unknown[] = []
    for (const own of mine) {
      for (const agreeKey of theirs) {
        try {
          return open(this.#secretOf(own, agreeKey, other, purpose))
        } catch (fault) {
          faults.push(fault)
        }
      }
    }
    throw faults[0]
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

  /** Public keys that a member may use now. */
  #keysOf(name: string): PublicKeys[] {
    // What the newest list says of a member is all: keys that it ended, or names no more, are refused even to a run opened with them.
    const newer = this.#newest === this.#inForce ? undefined : this.#newest.members.get(name)
    const member = newer ?? this.member(name)
    return [member, ...this.#running(member.previous)]
  }

  /** Keys that were replaced and may still be used. */
  #running(previous: readonly PreviousKeys[] = []): PreviousKeys[] {
    const now = this.#clock?.now().getTime() ?? Number.POSITIVE_INFINITY
    return previous.filter(({ until }) => Date.parse(until) > now)
  }

  /** The own keys in force; the newest where these have come to their end, between runs that are far apart. */
  #ownNow(): PrivateKeys {
    const inForce = this.#inForce.members.get(this.name)
    const mayUse = !inForce || this.#keysOf(this.name).some(({ signKey }) => signKey === inForce.signKey)
    return mayUse ? this.#inForce.own : this.#newest.own
  }

  #secretOf(own: PrivateKeys, agreeKey: string, other: string, purpose: string): Uint8Array {
    const key = `${own.agreePrivate}\n${agreeKey}\n${purpose}\n${other}`
    let secret = this.#secrets.get(key)
    if (!secret) {
      const agreed = this.suite.agree(fromHex(own.agreePrivate), fromHex(agreeKey))
      const pair = [this.name, other].sort().join('\n')
      secret = this.suite.derive(agreed, `yinxin ${purpose}\n${this.consortium}\n${pair}`)
      this.#secrets.set(key, secret)
    }
    return secret
  }

  #viewOf({ version = 0, members }: MemberList): View {
    const byName = new Map(members.map((member) => [member.name, member]))
    return { version, members: byName, own: this.#ownKeys(byName.get(this.name)) }
  }

  /** The own private keys that belong to the public ones of a list. */
  #ownKeys(entry: Member | undefined): PrivateKeys {
    const { others = [] } = this.#identity
    if (!entry || others.length === 0) return this.#identity
    const signKey = fromHex(entry.signKey)
    const named = [this.#identity, ...others].find(({ signPrivate }) =>
      this.suite.verify(signKey, PROBE, this.suite.sign(fromHex(signPrivate), PROBE)),
    )
    return named ?? this.#identity
  }
}
