/**
 * A consortium in one process, every party a node of its own that exchanges only envelopes: for tests, examples and
 * benchmarks. Production runs one process a party (server/).
 */
import type { SuiteName } from '../engine/index.ts'
import type { PartyPolicy } from './approval.ts'
import { type AuthorisationSource, noList } from './authorisation/authorised-rows.ts'
import { MADE_UP_DATA, type ProviderAuthorisation } from './authorisation/data-use.ts'
import { always } from './holdings.ts'
import type { LabelPeriod } from './label-period.ts'
import { Ledger } from './ledger.ts'
import { createIdentity, type Enrolled, KEY_HOLDER, Membership, PLATFORM, type RoleName } from './members.ts'
import { noJournals } from './memory-journals.ts'
import { memoryFineBins, memoryLedger, memoryOfHead, memoryOfPeers } from './memory-stores.ts'
import { MemoryTransport } from './memory-transport.ts'
import { NightParts, type OneProcessNights } from './night/one-process-nights.ts'
import type { PlatformNight } from './night/platform-night.ts'
import { withNights } from './night/with-nights.ts'
import { Node } from './node.ts'
import type { Life } from './peer-lives.ts'
import type {
  FineBinStore,
  LabelData,
  LedgerMemory,
  LedgerStore,
  NodeServices,
  ProviderData,
  RosterView,
  ScorecardSink,
} from './ports.ts'
import type { Role } from './role.ts'
import { KeyHolderRole } from './roles/keyholder/key-holder.ts'
import { LabelHolderRole } from './roles/label-holder.ts'
import { PlatformRole } from './roles/platform/platform.ts'
import { ProviderRole } from './roles/provider.ts'
import type { RunJournals } from './run-journal.ts'
import { keepTranscripts, type TranscriptSink } from './transcript.ts'

export interface OneProcessParties {
  readonly providers: Readonly<Record<string, ProviderData>>
  readonly labelHolders: Readonly<Record<string, LabelData>>
  /** Label periods, by name; the first one without an entry. */
  readonly periods?: Readonly<Record<string, LabelPeriod>>
  readonly roster: RosterView
  readonly policy: PartyPolicy
  readonly services: NodeServices
  /** Services of a party of its own, in place of those that all share. */
  readonly servicesOf?: (party: string) => NodeServices
  /** Where a provider's own scorecard goes. */
  readonly sink: (provider: string) => ScorecardSink
  /** Providers whose data are public. */
  readonly publicProviders?: readonly string[]
  /** Where a node keeps its journals; without them nothing can be replayed or gone on with. */
  readonly journals?: (node: string) => RunJournals
  /** Raised for a node that is started again. */
  readonly life?: (node: string) => Life
  /** Where platform and key holder keep what they received. */
  readonly transcripts?: (server: string) => TranscriptSink
  /** Identities of an earlier consortium, by name; fresh ones without. */
  readonly enrolled?: ReadonlyMap<string, Enrolled>
  /** Ledgers of the two servers and the label holders' memory of them; in memory without. */
  readonly ledgers?: { readonly platform: LedgerStore; readonly keyHolder: LedgerStore }
  readonly memories?: Readonly<Record<string, LedgerMemory>>
  /** Where providers keep their fine bins; in memory without. */
  readonly fineBins?: Readonly<Record<string, FineBinStore>>
  /** The algorithms of the consortium; international without it. */
  readonly suite?: SuiteName
  /** The platform's list of authorised firms; none without. */
  readonly authorisation?: AuthorisationSource
  /** Rules and lists of providers, by name; without an entry a provider may use every row. */
  readonly authorisations?: Readonly<Record<string, ProviderAuthorisation>>
  /** What nights are scored from, where that is not what the run was trained from. */
  readonly nights?: OneProcessNights
  /** Keep everything that goes over the wire. */
  readonly record?: boolean
}

export interface OneProcessConsortium {
  readonly platform: PlatformRole
  readonly nights: PlatformNight
  readonly transport: MemoryTransport
  readonly nodes: ReadonlyMap<string, Node>
  readonly enrolled: ReadonlyMap<string, Enrolled>
  /** Lets every party say hello and waits until the platform has heard all of them. */
  greet(): Promise<void>
  /** Ends the engine. */
  close(): Promise<void>
}

/** Gives every party an identity, a node and its role. */
export async function oneProcessConsortium(parties: OneProcessParties): Promise<OneProcessConsortium> {
  const { providers, labelHolders, roster, policy, services } = parties
  const servicesOf = parties.servicesOf ?? (() => services)
  const names: readonly (readonly [string, RoleName])[] = [
    [PLATFORM, 'platform'],
    [KEY_HOLDER, 'keyholder'],
    ...Object.keys(providers).map((name) => [name, 'provider'] as const),
    ...Object.keys(labelHolders).map((name) => [name, 'label-holder'] as const),
  ]
  const suite = parties.suite ?? 'international'
  const open = new Set(parties.publicProviders)
  const made = names.map(
    ([name, role]) =>
      parties.enrolled?.get(name) ?? createIdentity(name, role, { suite, publicData: open.has(name) }),
  )
  const list = {
    consortium: 'one process',
    suite,
    members: made.map(({ member }) => member),
  }
  const transport = new MemoryTransport({ record: parties.record ?? false })
  const nodes = new Map<string, Node>()
  for (const { identity } of made) {
    const { name } = identity
    const life = parties.life?.(name) ?? { session: `session of ${name}`, life: 1 }
    const node = new Node(new Membership(list, identity, parties.services.clock), transport, life, {
      journals: parties.journals?.(name) ?? noJournals,
      peers: memoryOfPeers(),
      clock: services.clock,
    })
    nodes.set(identity.name, node)
    transport.join(node)
  }
  const node = (name: string): Node => nodes.get(name) as Node
  const ledgerOf = (name: string, store: LedgerStore | undefined) =>
    Ledger.open(store ?? memoryLedger(), node(name).membership, policy.mostEpsilon)
  const { ledgers, memories, fineBins } = parties
  const authorisation = parties.authorisation ?? noList
  const parts = new NightParts({ nights: parties.nights ?? {}, roster, policy, servicesOf, authorisation })
  const ledger = await ledgerOf(PLATFORM, ledgers?.platform)
  const platform = new PlatformRole(
    node(PLATFORM),
    servicesOf(PLATFORM),
    always({ roster, authorisation }),
    ledger,
  )
  const nights = await parts.platform(node(PLATFORM), ledger)
  node(PLATFORM).attach(withNights(platform, nights))
  const others = new Map<string, Role & { hello(): Promise<void> }>()
  const second = await ledgerOf(KEY_HOLDER, ledgers?.keyHolder)
  others.set(
    KEY_HOLDER,
    new KeyHolderRole(node(KEY_HOLDER), servicesOf(KEY_HOLDER), always(roster), policy, second),
  )
  const nightly = new Map<string, Parameters<typeof withNights>[1]>()
  nightly.set(KEY_HOLDER, await parts.keyHolder(node(KEY_HOLDER), second))
  for (const [name, data] of Object.entries(providers)) {
    const bins = fineBins?.[name] ?? memoryFineBins()
    const rules = parties.authorisations?.[name] ?? MADE_UP_DATA
    const part = await parts.provider(node(name), { data, authorisation: rules }, parties.sink(name))
    nightly.set(name, part.nights)
    const source = always({ roster, data, authorisation: rules })
    others.set(name, new ProviderRole(node(name), servicesOf(name), source, policy, part.sink, bins))
  }
  for (const [name, labels] of Object.entries(labelHolders)) {
    const memory = memories?.[name] ?? memoryOfHead()
    const source = always({ roster, labels, period: parties.periods?.[name] ?? '' })
    others.set(name, new LabelHolderRole(node(name), servicesOf(name), source, policy, memory))
  }
  for (const [name, role] of others) {
    const part = nightly.get(name)
    node(name).attach(part ? withNights(role, part) : role)
  }
  for (const server of [PLATFORM, KEY_HOLDER]) {
    const sink = parties.transcripts?.(server)
    if (sink) keepTranscripts(node(server), sink)
  }
  return {
    platform,
    nights,
    transport,
    nodes,
    enrolled: new Map(made.map((one) => [one.identity.name, one])),
    async greet() {
      for (const role of others.values()) await role.hello()
      while (platform.missing([...others.keys()]).length > 0) await platform.nextArrival()
    },
    close: () => services.engine.close(),
  }
}
