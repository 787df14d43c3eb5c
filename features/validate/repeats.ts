import { quoteName, quoteText, type Session } from '../source/session.ts'
import type { MappedField } from './map-columns.ts'

/** Tables of the records of a batch that share their key with another one. */
export interface Repeats {
  /** `source_row`, `first_row`, `rule`: records that repeat an earlier one in every cell that is read. */
  readonly repeated: string
  /** `source_row`: records whose key another record with other content has too. */
  readonly clashing: string
}

/**
 * Finds records with the same key. Keys are compared by their hashes first, so that the exact comparison, which needs whole records,
 * is left with those few that may be the same.
 *
 * @param target table of the read records
 * @param relation the source, for what the records do not keep
 * @param key fields that together identify a record; a record without one of them is not compared
 * @param names names of the two tables to make
 * @param rule id of the rule that repeated records break
 */
export async function findRepeats(
  session: Session,
  {
    target,
    relation,
    key,
    fields,
  }: { target: string; relation: string; key: readonly string[]; fields: readonly MappedField[] },
  names: Repeats,
  rule: string,
): Promise<void> {
  const hashes = `${target} key hashes`
  const alike = `${target} alike`
  const keys = key.map((name) => `t.${quoteName(name)}`)
  const whole = keys.map((name) => `${name} IS NOT NULL`).join(' AND ')
  const hash = `hash(${keys.join(', ')})`
  try {
    await session.run(
      `CREATE TEMP TABLE ${quoteName(hashes)} AS SELECT h FROM (SELECT ${hash} AS h FROM ${quoteName(target)} AS t WHERE ${whole}) GROUP BY h HAVING count(*) > 1`,
    )
    await session.run(
      `CREATE TEMP TABLE ${quoteName(alike)} AS SELECT t.source_row, ${packed(keys)} AS same_key, ${packed(contentOf(fields))} AS content
       FROM (SELECT * FROM ${quoteName(target)} AS t WHERE ${whole} AND ${hash} IN (SELECT h FROM ${quoteName(hashes)})) AS t
       JOIN ${quoteName(relation)} AS s ON s.source_row = t.source_row`,
    )
    const firsts = `SELECT same_key, content, min(source_row) AS first_row FROM ${quoteName(alike)} GROUP BY same_key, content`
    await session.run(
      `CREATE TABLE ${quoteName(names.repeated)} AS SELECT source_row, first_row, ${quoteText(rule)} AS rule FROM ${quoteName(alike)} JOIN (${firsts}) AS f USING (same_key, content) WHERE source_row <> first_row`,
    )
    await session.run(
      `CREATE TEMP TABLE ${quoteName(names.clashing)} AS SELECT unnest(rows) AS source_row FROM (SELECT list(first_row) AS rows FROM (${firsts}) GROUP BY same_key HAVING count(*) > 1)`,
    )
  } finally {
    await session.run(`DROP TABLE IF EXISTS ${quoteName(hashes)}`)
    await session.run(`DROP TABLE IF EXISTS ${quoteName(alike)}`)
  }
}

/** Everything that a record says: the values that are kept, and the texts of cells that are not kept or could not be read. */
function contentOf(fields: readonly MappedField[]): string[] {
  const content: string[] = []
  for (const { declared, column, kept } of fields) {
    if (column === null) continue
    const text = `nullif(trim(s.${quoteName(column.name)}::VARCHAR), '')`
    const value = `t.${quoteName(declared.name)}`
    content.push(...(kept ? [value, `CASE WHEN ${value} IS NULL THEN ${text} END`] : [text]))
  }
  return content
}

function packed(values: readonly string[]): string {
  return `struct_pack(${values.map((value, index) => `c${index} := ${value}`).join(', ')})`
}
