/** The parts that the parties of one process play in nights; see one-process.ts. */
import type { PartyPolicy } from '../approval.ts'
import type { AuthorisationSource } from '../authorisation/authorised-rows.ts'
import type { ProviderAuthorisation } from '../authorisation/data-use.ts'
import type { Ledger } from '../ledger.ts'
import { KEY_HOLDER, PLATFORM } from '../members.ts'
import type { Node } from '../node.ts'
import type { NodeServices, ProviderData, RosterView, ScorecardSink } from '../ports.ts'
import { memoryNightFiles, type NightFiles } from './files.ts'
import { KeyHolderMemory } from './key-holder-memory.ts'
import { KeyHolderNight } from './key-holder-night.ts'
import type { PlatformNightData } from './night-context.ts'
import { PlatformMemory } from './platform-memory.ts'
import { PlatformNight } from './platform-night.ts'
import { NIGHT_POLICY, type NightPolicy } from './policy.ts'
import { ProviderMemory } from './provider-memory.ts'
import {
  ProviderNight,
  type ProviderNightData,
  type ProviderScorecard,
  type ScorecardStore,
} from './provider-night.ts'
import { unchangedRoster } from './row-map.ts'
import { keepingPoints } from './with-nights.ts'

/** Each port is asked at every night, so that data and roster may change between two; without it they stay as they are. */
export interface OneProcessNights {
  readonly provider?: (name: string) => Promise<Partial<ProviderNightData>>
  readonly server?: (name: string) => Promise<Partial<PlatformNightData>>
  /** Where a party keeps what it must not forget of nights. */
  readonly files?: (party: string) => NightFiles
  readonly policy?: (party: string) => Partial<NightPolicy>
  /** In place of the least providers of the policy that all share. */
  readonly leastProviders?: (party: string) => number
  /** A provider's scorecards of earlier runs. */
  readonly scorecards?: (provider: string) => ScorecardStore
}

export interface NightParties {
  readonly nights: OneProcessNights
  readonly roster: RosterView
  readonly policy: PartyPolicy
  readonly servicesOf: (party: string) => NodeServices
  readonly authorisation: AuthorisationSource
}

export class NightParts {
  #parties: NightParties

  constructor(parties: NightParties) {
    this.#parties = parties
  }

  async platform(node: Node, ledger: Ledger): Promise<PlatformNight> {
    const { policy, servicesOf } = this.#parties
    const memory = await PlatformMemory.open(this.#files(PLATFORM), node.membership.suite)
    const services = servicesOf(PLATFORM)
    const { leastProviders } = policy
    const context = { node, services, ledger, memory, leastProviders, policy: this.#policy(PLATFORM) }
    const nights = new PlatformNight(context, this.#server(PLATFORM))
    const failRun = node.onFault
    node.onFault = (from, fault, failed) => {
      nights.broken(from, fault)
      failRun(from, fault, failed)
    }
    return nights
  }

  async keyHolder(node: Node, ledger: Ledger): Promise<KeyHolderNight> {
    const { policy, servicesOf } = this.#parties
    const memory = await KeyHolderMemory.open(this.#files(KEY_HOLDER))
    const leastProviders = this.#parties.nights.leastProviders?.(KEY_HOLDER) ?? policy.leastProviders
    const rules = { ...policy, leastProviders, night: this.#policy(KEY_HOLDER) }
    const services = servicesOf(KEY_HOLDER)
    return new KeyHolderNight(node, services, this.#server(KEY_HOLDER), ledger, memory, rules)
  }

  /** @returns its part, and the sink of a training run that keeps what nights need */
  async provider(
    node: Node,
    still: { readonly data: ProviderData; readonly authorisation: ProviderAuthorisation },
    sink: ScorecardSink,
  ): Promise<{ nights: ProviderNight; sink: ScorecardSink }> {
    const { nights, policy, servicesOf, roster } = this.#parties
    const { name, suite } = node.membership
    const services = servicesOf(name)
    const memory = await ProviderMemory.open(this.#files(name), suite, services.random)
    const kept = new Map<string, ProviderScorecard>()
    const source = async () => {
      const now = await nights.provider?.(name)
      return { roster, lineage: unchangedRoster(now?.roster ?? roster), ...still, ...now }
    }
    const earlier = nights.scorecards?.(name)
    const scorecards: ScorecardStore = {
      load: async (planHash) => kept.get(planHash) ?? (await earlier?.load(planHash)) ?? null,
    }
    const rules = { ...policy, night: this.#policy(name) }
    const part = new ProviderNight(node, services, source, scorecards, memory, rules)
    const keeping: ScorecardSink = {
      async keep(scorecard) {
        const own = scorecard as ProviderScorecard
        kept.set(own.planHash, own)
        await sink.keep(scorecard)
      },
    }
    return { nights: part, sink: keepingPoints(keeping, part) }
  }

  #server(name: string): () => Promise<PlatformNightData> {
    const { nights, roster, authorisation } = this.#parties
    return async () => {
      const now = await nights.server?.(name)
      return { roster, lineage: unchangedRoster(now?.roster ?? roster), authorisation, ...now }
    }
  }

  #files(party: string): NightFiles {
    return this.#parties.nights.files?.(party) ?? memoryNightFiles()
  }

  #policy(party: string): NightPolicy {
    return { ...NIGHT_POLICY, ...this.#parties.nights.policy?.(party) }
  }
}
