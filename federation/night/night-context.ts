/** What the parts of a night at the platform share, and what comes out of it. */
import type { AuthorisationSource } from '../authorisation/authorised-rows.ts'
import type { Ledger } from '../ledger.ts'
import type { Node } from '../node.ts'
import type { NodeServices, RosterView } from '../ports.ts'
import type { PartOf, PlatformMemory } from './platform-memory.ts'
import type { NightPolicy } from './policy.ts'
import type { RosterLineage } from './row-map.ts'

/** What the platform brings to a night, read anew for each. */
export interface PlatformNightData {
  readonly roster: RosterView
  readonly lineage: RosterLineage
  readonly authorisation: AuthorisationSource
}

/** A model as the platform keeps it. */
export interface NightModel {
  readonly planHash: string
  /** The text of its signed plan. */
  readonly plan: string
  readonly purpose: string
  /** ISO 8601 instant of its training. */
  readonly trainedAt: string
}

export interface NightContext {
  readonly node: Node
  readonly services: NodeServices
  readonly ledger: Ledger
  readonly memory: PlatformMemory
  readonly policy: NightPolicy
  readonly leastProviders: number
}

/** What the platform knows after a night; vectors follow the roster. */
export interface NightTotals {
  readonly night: string
  readonly planHash: string
  readonly rosterDigest: string
  /** ISO 8601 instant. */
  readonly at: string
  /** Total points in hundredths, the public offset not yet added; 0 in rows without a rating. */
  readonly totals: Int32Array
  /** 1 where any exclusion rule of any provider fired. */
  readonly excluded: Uint8Array
  /** 1 for rows that wait: a vector that is carried over lacks them, or was made under another list. */
  readonly unrated: Uint8Array
  /** 1 where only public data contributed. */
  readonly publicOnly: Uint8Array
  readonly parts: readonly PartOf[]
  /** Since when the oldest version is kept in place of a newer one; null where all are of tonight. */
  readonly staleSince: string | null
}
