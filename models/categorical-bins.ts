/** Ordinary bins of a categorical column: one a frequent category, the rest together. */

export interface CategoricalBins {
  /** Categories with a bin of their own, in code-unit order; bin b belongs to categories[b]. */
  readonly categories: string[]
  /** Bin of every other category, seen or not; null if training saw none, an unseen category then weighs nothing. */
  readonly other: number | null
  readonly labels: string[]
  /** Training rows per bin. */
  readonly rows: number[]
}

/**
 * A bin for each category of at least `minRows` rows (at most `most` of them, by frequency, then code-unit order); the
 * others together are "other", which joins the smallest bin (the first of equal ones) if it has fewer than `minRows`.
 *
 * @param counts training rows per category, any order; categories without a row count as unseen
 */
export function categoricalBins(
  counts: readonly { category: string; rows: number }[],
  most: number,
  minRows: number,
): CategoricalBins {
  const byName = (a: { category: string }, b: { category: string }) =>
    a.category < b.category ? -1 : a.category > b.category ? 1 : 0
  const seen = counts.filter(({ rows }) => rows > 0)
  const own = seen
    .filter(({ rows }) => rows >= minRows)
    .sort((a, b) => b.rows - a.rows || byName(a, b))
    .slice(0, most)
    .sort(byName)
  const categories = own.map(({ category }) => category)
  const labels = [...categories]
  const rows = own.map((entry) => entry.rows)
  if (seen.length === own.length) return { categories, other: null, labels, rows }

  const all = seen.reduce((sum, entry) => sum + entry.rows, 0)
  const rest = all - rows.reduce((sum, count) => sum + count, 0)
  if (rest >= minRows || rows.length === 0) {
    labels.push('other')
    rows.push(rest)
    return { categories, other: rows.length - 1, labels, rows }
  }
  const smallest = rows.indexOf(Math.min(...rows))
  labels[smallest] += ' or other'
  rows[smallest] += rest
  return { categories, other: smallest, labels, rows }
}
