/**
 * What a party works on, and how a role asks for it. The roster has new versions while processes run: what is held is taken
 * when a run opens and kept to its end, so a run is about one roster whatever comes meanwhile.
 */
import type { AuthorisationSource } from './authorisation/authorised-rows.ts'
import type { ProviderAuthorisation } from './authorisation/data-use.ts'
import type { LabelPeriod } from './label-period.ts'
import type { LabelData, ProviderData, RosterView } from './ports.ts'

/** Something that may be replaced by a newer one at any moment; who needs the same one twice keeps it. */
export interface Current<V> {
  current(run?: string): V
}

/** A provider's columns, laid along a roster, and its list along the same. */
export interface ProviderHoldings {
  readonly roster: RosterView
  readonly data: ProviderData
  readonly authorisation: ProviderAuthorisation
}

/** A label holder's labels, laid along a roster. */
export interface LabelHoldings {
  readonly roster: RosterView
  readonly labels: LabelData
  /** The period that they are counted to. */
  readonly period: LabelPeriod
}

/** What the platform needs beside the roster. */
export interface PlatformHoldings {
  readonly roster: RosterView
  readonly authorisation: AuthorisationSource
}

/** For what is never replaced. */
export const always = <V>(value: V): Current<V> => ({ current: () => value })
