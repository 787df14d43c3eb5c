/** A consortium in one process for lesson 3: every party a node of its own, everything that passes is an envelope. */
import { createHash } from 'node:crypto'
import {
  createEngine,
  createIdentity,
  KEY_HOLDER,
  KeyHolderRole,
  type LabelData,
  LabelHolderRole,
  type MemberList,
  Membership,
  MemoryTransport,
  Node,
  type NodeServices,
  type PartyPolicy,
  PLATFORM,
  PlatformRole,
  type ProviderData,
  ProviderRole,
  type Role,
  type RosterView,
  secureRandom,
} from '../../federation/index.ts'

export interface Parties {
  readonly departments: Readonly<Record<string, ProviderData>>
  readonly banks: Readonly<Record<string, LabelData>>
  /** Fold of each firm, 0 to 4. */
  readonly folds: Uint8Array
  readonly policy: PartyPolicy
}

/** Gives every party an identity, a node and its role, and waits until all have said hello to the platform. */
export async function oneProcessConsortium({ departments, banks, folds, policy }: Parties) {
  const made = [
    createIdentity(PLATFORM, 'platform'),
    createIdentity(KEY_HOLDER, 'keyholder'),
    ...Object.keys(departments).map((name) => createIdentity(name, 'provider')),
    ...Object.keys(banks).map((name) => createIdentity(name, 'label-holder')),
  ]
  // Everybody has the list of public keys; a private key stays with its owner.
  const members = made.map(({ member }) => member)
  const list: MemberList = { consortium: 'example', suite: 'international', members }
  const transport = new MemoryTransport()
  const nodes = new Map<string, Node>()
  for (const { identity } of made) {
    const session = `session of ${identity.name}`
    const node = new Node(new Membership(list, identity), transport, session)
    nodes.set(identity.name, node)
    transport.join(node)
  }
  const engine = createEngine(0)
  const services: NodeServices = { engine, random: secureRandom, clock: { now: () => new Date() } }
  const digest = createHash('sha256').update(folds).digest('hex')
  const roster: RosterView = { size: folds.length, digest, folds }

  const platform = new PlatformRole(nodes.get(PLATFORM)!, services, roster)
  nodes.get(PLATFORM)!.attach(platform)
  const join = async (name: string, make: (node: Node) => Role & { hello(): Promise<void> }) => {
    const role = make(nodes.get(name)!)
    nodes.get(name)!.attach(role)
    await role.hello()
  }
  await join(KEY_HOLDER, (node) => new KeyHolderRole(node, services, roster, policy))
  for (const [name, data] of Object.entries(departments)) {
    const sink = { keep: async () => console.log(`${name} keeps its own part of the scorecard`) }
    await join(name, (node) => new ProviderRole(node, services, roster, data, policy, sink))
  }
  for (const [name, labels] of Object.entries(banks)) {
    await join(name, (node) => new LabelHolderRole(node, services, roster, labels, policy))
  }
  const awaited = members.map(({ name }) => name).filter((name) => name !== PLATFORM)
  while (platform.missing(awaited).length > 0) await platform.nextArrival()
  return { platform, transport, close: () => engine.close() }
}
