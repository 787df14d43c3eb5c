/** Signed lists for test consortia: the firm of roster row 7 has the code "firm 000007". */
import {
  type AuthorisationSource,
  createIdentity,
  createList,
  type Enrolled,
  KEY_HOLDER,
  listSource,
  Membership,
  memoryOfList,
  PLATFORM,
  type ProviderAuthorisation,
  type SuiteName,
  secureRandom,
  type TrainedOn,
} from '../../federation/index.ts'

const codeOf = (row: number): string => `firm ${String(row).padStart(6, '0')}`
const rosterOf = (size: number) => ({ size, index: (code: string) => Number(code.slice(5)) })

export interface ListedParties {
  readonly providers: readonly { readonly name: string; readonly trainedOn?: TrainedOn }[]
  readonly labelHolders: readonly string[]
  readonly publicProviders: readonly string[]
  readonly suite: SuiteName
}

/** Identities of a consortium, and list files that its platform signs. */
export class ListDesk {
  readonly enrolled: ReadonlyMap<string, Enrolled>
  #parties: ListedParties
  #memberships = new Map<string, Membership>()
  /** The file that each party has now, by name. */
  readonly files = new Map<string, Uint8Array>()
  readonly clock = { now: () => new Date() }

  constructor(parties: ListedParties) {
    this.#parties = parties
    const { suite, publicProviders } = parties
    const made = [
      createIdentity(PLATFORM, 'platform', { suite }),
      createIdentity(KEY_HOLDER, 'keyholder', { suite }),
      ...parties.providers.map(({ name }) =>
        createIdentity(name, 'provider', { suite, publicData: publicProviders.includes(name) }),
      ),
      ...parties.labelHolders.map((name) => createIdentity(name, 'label-holder', { suite })),
    ]
    this.enrolled = new Map(made.map((one) => [one.identity.name, one]))
    const list = { consortium: 'one process', suite, members: made.map(({ member }) => member) }
    for (const { identity } of made) this.#memberships.set(identity.name, new Membership(list, identity))
  }

  /** A list that the platform signs. @param authorised 1 for each roster row on it */
  issue(version: number, authorised: Uint8Array, purpose = 'test'): Uint8Array {
    const codes = [...authorised.keys()].filter((row) => authorised[row] === 1).map(codeOf)
    const now = this.clock.now().getTime()
    const [issued, validUntil] = [new Date(now - 1000), new Date(now + 3_600_000)]
    const list = { purpose, version, issued, validUntil, codes }
    return createList(this.#memberships.get(PLATFORM) as Membership, list, secureRandom)
  }

  /** Gives one file to the platform and all providers. */
  handOut(file: Uint8Array): void {
    for (const name of [PLATFORM, ...this.#parties.providers.map(({ name }) => name)])
      this.files.set(name, file)
  }

  source(name: string, size: number): AuthorisationSource {
    return listSource({
      membership: this.#memberships.get(name) as Membership,
      roster: rosterOf(size),
      clock: this.clock,
      memory: memoryOfList(),
      read: async () => this.files.get(name) as Uint8Array,
    })
  }

  /** Rules and sources of all providers; public ones have none. */
  rules(size: number): Record<string, ProviderAuthorisation> {
    const { providers, publicProviders } = this.#parties
    return Object.fromEntries(
      providers
        .filter(({ name }) => !publicProviders.includes(name))
        .map(({ name, trainedOn = 'authorised' }) => [
          name,
          {
            training: { allowed: trainedOn === 'all', legalBasis: 'contract 1' },
            inference: { needed: true, legalBasis: 'authorisation of each firm' },
            source: this.source(name, size),
          },
        ]),
    )
  }
}
