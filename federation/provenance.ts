/** What made a provider's columns, as the plan binds it: whoever signs knows by which program each column comes about. */

/** Grade of the most restricted field that is read: G1 public, G2 authorised by the enterprise, G3 sensitive personal. */
export type Grade = 'G1' | 'G2' | 'G3'

/** One program that makes columns, or a ready table. */
export interface Extractor {
  /** `builtin:water_usage`, `sql:arrears.sql`, `table:tax`. */
  readonly name: string
  /** SHA-256 in hex over everything that decides its columns. */
  readonly hash: string
}

export interface Provenance {
  readonly extractors: readonly Extractor[]
  /** Highest grade of all fields that the columns are made of; null where a ready table does not say. */
  readonly grade: Grade | null
}

/** Of columns that nobody says anything of, as in examples and tests. */
export const UNSTATED: Provenance = { extractors: [], grade: null }

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The one order and form in which a provider and the plan name extractors: by name, then hash, each once. */
export function canonicalExtractors(extractors: readonly Extractor[]): Extractor[] {
  const sorted = [...extractors].sort((a, b) => order(a.name, b.name) || order(a.hash, b.hash))
  return sorted
    .filter(({ name, hash }, index) => name !== sorted[index - 1]?.name || hash !== sorted[index - 1]?.hash)
    .map(({ name, hash }) => ({ name, hash }))
}
