/**
 * What a provider may use in one run. Two rules that are the provider's own and say different things (domain: training is on
 * sums, scoring is about one firm): whether firms without authorisation take part in training, and whether scores need one.
 * The list that both refer to is one for all providers of non-public data, and stands in the plan.
 */
import { authorisedOnly, type Column, type ScorecardUse } from '../../models/index.ts'
import type { Membership } from '../members.ts'
import type { ProviderData } from '../ports.ts'
import { type AuthorisationSource, type AuthorisedRows, noList } from './authorised-rows.ts'
import { authorisationErrors } from './errors.ts'
import type { ListIdentity } from './list.ts'

/** Whose rows train a provider's part of the model. */
export type TrainedOn = 'all' | 'authorised'

/** A provider's own rules, each with the legal basis that its people state for it. */
export interface AuthorisationRules {
  readonly training: {
    /** Firms without authorisation take part in training. */
    readonly allowed: boolean
    readonly legalBasis: string
  }
  readonly inference: {
    /** Points are given only for firms with authorisation; false leaves it to what the consortium needs. */
    readonly needed: boolean
    readonly legalBasis: string
  }
}

export interface ProviderAuthorisation extends AuthorisationRules {
  readonly source: AuthorisationSource
}

/** A provider that may use every row, for made-up data: no firm of them exists. */
export const MADE_UP_DATA: ProviderAuthorisation = {
  training: { allowed: true, legalBasis: 'made-up data: no firm exists' },
  inference: { needed: false, legalBasis: 'made-up data: no firm exists' },
  source: noList,
}

/** Public data need no authorisation. */
export const PUBLIC_DATA: ProviderAuthorisation = {
  training: { allowed: true, legalBasis: 'public data' },
  inference: { needed: false, legalBasis: 'public data' },
  source: noList,
}

const versionOf = (list: ListIdentity | null): string => (list ? `version ${list.version}` : 'no version')

/** Who must fetch what, where a provider and a run are about two lists. */
function mendOf(name: string, own: ListIdentity | null, run: ListIdentity): string {
  if (!own || own.version < run.version)
    return `${name} fetches version ${run.version} from the operator of the platform and names it in its configuration`
  if (own.version > run.version)
    return `the platform and the providers that still use version ${run.version} take version ${own.version}`
  return `there are two lists of version ${run.version}: the platform issues one of a higher version, and all parties take that`
}

/** The rows and columns of one provider in one run. */
export class DataUse {
  readonly trainedOn: TrainedOn
  readonly list: AuthorisedRows | null
  readonly #legalBasis: ScorecardUse['legalBasis'] | null

  private constructor(list: AuthorisedRows | null, rules: AuthorisationRules | null) {
    this.list = list
    this.trainedOn = list && rules && !rules.training.allowed ? 'authorised' : 'all'
    this.#legalBasis = rules && {
      training: rules.training.legalBasis,
      inference: rules.inference.legalBasis,
    }
  }

  /**
   * Settles what may be used in a run, before anything of it is.
   * @param opened the list that the run is about
   * @throws AuthorisationNeeded, AuthorisationDiffers, AuthorisationExpired, and whatever is wrong with the own list
   */
  static async settle(
    membership: Membership,
    { source, ...rules }: ProviderAuthorisation,
    opened: ListIdentity | null,
    now: Date,
  ): Promise<DataUse> {
    const { name } = membership
    if (membership.member(name).publicData) return new DataUse(null, null)
    if (!opened) {
      if (rules.inference.needed || !rules.training.allowed)
        throw new authorisationErrors.AuthorisationNeeded(name)
      return new DataUse(null, rules)
    }
    const list = await source.current()
    if (list?.digest !== opened.digest || list.version !== opened.version)
      throw new authorisationErrors.AuthorisationDiffers(
        name,
        `${versionOf(list)} of the authorisation list, the run is about ${versionOf(opened)}`,
        mendOf(name, list, opened),
      )
    list.checkTime(now)
    return new DataUse(list, rules)
  }

  /** @throws AuthorisationPurpose if the plan is for another purpose than the firms authorised */
  checkPurpose(purpose: string): void {
    if (this.list && this.list.purpose !== purpose)
      throw new authorisationErrors.AuthorisationPurpose(this.list.purpose, purpose)
  }

  /** What trains: without authorisation a row is no row, in cuts, counts and gradients. */
  training({ columns }: ProviderData): readonly Column[] {
    return this.list && this.trainedOn === 'authorised' ? authorisedOnly(columns, this.list.rows) : columns
  }

  /**
   * What points and exclusions are made of.
   * @throws AuthorisationExpired if the list has run out since the run began
   */
  inference({ columns, exclusions }: ProviderData, now: Date): ProviderData {
    if (!this.list) return { columns, exclusions }
    const { rows } = this.list
    this.list.checkTime(now)
    return {
      columns: authorisedOnly(columns, rows),
      exclusions: exclusions.map((fired, row) => (rows[row] === 1 ? fired : 0)),
    }
  }

  /** Null for public data. */
  get record(): ScorecardUse | null {
    if (!this.#legalBasis) return null
    const list = this.list && { version: this.list.version, digest: this.list.digest }
    return { list, trainedOn: this.trainedOn, legalBasis: this.#legalBasis }
  }
}

/** 1 for every row to which only public data contributed. */
export const publicOnlyRows = (list: AuthorisedRows | null, size: number): Uint8Array =>
  list ? list.rows.map((authorised) => 1 - authorised) : new Uint8Array(size)
