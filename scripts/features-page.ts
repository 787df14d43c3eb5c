/** `npm run features:page` writes docs/reference/features.md from the cards of the built-in features; a test proves that page and cards agree. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CatalogueClass, type FeatureCard, loadBuiltinSets, loadCatalogue } from '../features/index.ts'

const HEAD = `# Features

What the built-in extractors make of a provider's records. Each class has one SQL file, \`features/extract/sql/<class>.sql\`, and one
cards file beside it; this page is written from the cards (\`npm run features:page\`) and a test proves that the two agree.

- Every feature describes an enterprise **as of one day**. A record dated later is not looked at, a payment made later has not
  happened yet: a bill that was unpaid on the day is unpaid, whoever paid it afterwards.
- **Full months** are those that were over at the end of the day; "12 calendar months" are the running one and the 11 before it.
- A feature is a **whole number**: its value times 10^decimals, rounded half away from zero, set to the nearer end of its range
  where it has one. Of a category it is the position in the list, from 0.
- **Missing** means that the provider holds the enterprise but not this feature. It is a state of its own, never a number.
- **Expected risk**: how the risk of default should move as the value rises. It limits binning and is never an input.
- Marks without a date of their own, such as mortgage or status, are taken as they stand in the record; their cards say so.
  For training on a past day, deliver records as they stood then.

A provider may also [bring its own SQL](../how-to/bring-your-own-sql.md).
`

function row(card: FeatureCard): string {
  const value =
    card.kind === 'categorical'
      ? `category: ${(card.categories ?? []).join(', ')}`
      : `${card.unit}, ${card.decimals} decimals${card.range === undefined ? '' : `, ${card.range[0]} to ${card.range[1]}`}`
  const cells = [
    `\`${card.name}\``,
    `${card.title.zh}<br>${card.title.en}`,
    `${card.meaning.zh}<br>${card.meaning.en}`,
    card.window,
    value,
    card.direction,
  ]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
}

/** The text of the page. */
export async function featuresPage(): Promise<string> {
  const { classes } = await loadCatalogue()
  const sets = await loadBuiltinSets(classes)
  let page = HEAD
  for (const [code, set] of sets) {
    const { title } = classes.get(code) as CatalogueClass
    page += `\n## ${code}: ${title.zh} (${title.en})\n\n`
    page += '| feature | title | meaning | window | value | expected risk |\n|---|---|---|---|---|---|\n'
    page += set.cards.map(row).join('')
  }
  return page
}

if (import.meta.main) {
  writeFileSync(join(import.meta.dirname, '../docs/reference/features.md'), await featuresPage())
}
