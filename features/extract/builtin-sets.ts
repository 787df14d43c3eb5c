import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CatalogueClass } from '../catalogue/class-types.ts'
import { parseCards } from './card-check.ts'
import { createFeatureSet, type FeatureSet } from './feature-set.ts'

const FOLDER = join(import.meta.dirname, 'sql')

/**
 * The built-in extractor of each class that has one, by class code in the catalogue's order: `sql/<class>.sql` with `sql/<class>.cards.json`.
 *
 * @param classes the classes of the catalogue; sets of other classes are left out
 */
export async function loadBuiltinSets(
  classes: ReadonlyMap<string, CatalogueClass>,
): Promise<ReadonlyMap<string, FeatureSet>> {
  const sets = new Map<string, FeatureSet>()
  const files = new Set(await readdir(FOLDER))
  for (const [code, klass] of classes) {
    const file = `${code}.sql`
    if (!files.has(file)) continue
    const cards = `${code}.cards.json`
    sets.set(
      code,
      createFeatureSet({
        name: `builtin:${code}`,
        sql: await readFile(join(FOLDER, file), 'utf8'),
        cards: parseCards(await readFile(join(FOLDER, cards), 'utf8'), cards),
        classes: [klass],
        origin: 'builtin',
      }),
    )
  }
  return sets
}
