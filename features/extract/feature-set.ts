import { hashJson } from '../catalogue/canonical-json.ts'
import type { CatalogueClass } from '../catalogue/class-types.ts'
import { featuresErrors } from '../errors.ts'
import type { ExtractorIdentity, FeatureCard } from './card-types.ts'
import { knownRule } from './known-at.ts'

/** An extractor in SQL: one SELECT over views named as classes, and a card for each of its columns. */
export interface FeatureSet {
  readonly identity: ExtractorIdentity
  /** Code of the class whose enterprises it describes. */
  readonly class: string
  readonly sql: string
  /** In the order of the integer columns. */
  readonly cards: readonly FeatureCard[]
  /** The classes whose records it may read, its own first. */
  readonly classes: readonly CatalogueClass[]
  /** SQL of a provider's own runs apart from everything else, on nothing but its views. */
  readonly origin: 'builtin' | 'own'
}

/** Raised whenever the code around the SQL changes what comes out of it. */
const EXTRACTOR_VERSION = 1

/**
 * Makes a set and its identity: SHA-256 over the canonical JSON of SQL text, cards, classes, the rules of what was known when,
 * and the extractor's own version.
 *
 * @param part.name such as `builtin:water_usage`
 */
export function createFeatureSet(
  part: Pick<FeatureSet, 'sql' | 'cards' | 'classes' | 'origin'> & { readonly name: string },
): FeatureSet {
  const { name, sql, cards, classes, origin } = part
  const decides = { version: EXTRACTOR_VERSION, origin, sql, cards, classes, known: classes.map(knownRule) }
  return {
    identity: { name, hash: hashJson(decides) },
    class: classes[0].code,
    sql,
    cards,
    classes,
    origin,
  }
}

/**
 * The same extractor with some of its features only, in the order of its cards; its identity is another one.
 *
 * @throws YX_FEATURES_FEATURE_UNKNOWN
 */
export function selectFeatures(set: FeatureSet, only: readonly string[]): FeatureSet {
  for (const name of only) {
    if (!set.cards.some((card) => card.name === name)) {
      throw new featuresErrors.FeatureUnknown(
        set.identity.name,
        name,
        set.cards.map((card) => card.name).join(', '),
      )
    }
  }
  const cards = set.cards.filter((card) => only.includes(card.name))
  return createFeatureSet({ ...set, name: set.identity.name, cards })
}
