/**
 * The one set of an opening: every provider of the model, each with the night in which its vector was masked and the version
 * of what is under the masks. Nobody is left out, so no two openings differ by a provider.
 */
import type { Suite } from '../../engine/index.ts'

export interface SetEntry {
  readonly provider: string
  /** The night of its vector: tonight's for a provider that shares, an earlier one for a vector that is carried over. */
  readonly night: string
  readonly version: string
}

/** What an opening is about. */
export interface NightSet {
  readonly night: string
  readonly planHash: string
  readonly rosterDigest: string
  /** In the order of the plan. */
  readonly entries: readonly SetEntry[]
}

/** What a provider signs with its vector: for this night, this set and these bytes alone. */
export interface Statement {
  readonly provider: string
  readonly version: string
  /** Version of its points when the model was trained; '' where it does not know. */
  readonly base: string
  /** Hex hashes of the masked vectors as they travel. */
  readonly points: string
  readonly exclusions: string
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Providers that share tonight, in the order of the set. */
export const sharing = ({ night, entries }: NightSet): string[] =>
  entries.filter((entry) => entry.night === night).map(({ provider }) => provider)

/** Entries of providers whose earlier vectors are carried over. */
export const carried = ({ night, entries }: NightSet): SetEntry[] =>
  entries.filter((entry) => entry.night !== night)

/** The version of a provider that is in the set. */
export const versionIn = ({ entries }: NightSet, provider: string): string =>
  (entries.find((entry) => entry.provider === provider) as SetEntry).version

export function setDigest(suite: Suite, consortium: string, set: NightSet): string {
  const { night, planHash, rosterDigest, entries } = set
  const text = JSON.stringify([
    consortium,
    night,
    planHash,
    rosterDigest,
    entries.map((entry) => [entry.provider, entry.night, entry.version]),
  ])
  return hex(suite.hash(Buffer.from('yinxin night set 1\n'), Buffer.from(text, 'utf8')))
}

/** The bytes under a provider's signature. */
export function statementBytes(suite: Suite, consortium: string, set: NightSet, of: Statement): Uint8Array {
  const { provider, version, base, points, exclusions } = of
  const text = JSON.stringify([
    setDigest(suite, consortium, set),
    provider,
    version,
    base,
    points,
    exclusions,
  ])
  return suite.hash(Buffer.from('yinxin night share 1\n'), Buffer.from(text, 'utf8'))
}
