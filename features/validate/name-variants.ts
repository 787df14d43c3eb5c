import { quoteName, type Session } from '../source/session.ts'

/**
 * Makes the table `odd` (`source_row`, `variant`, `shared`) of records whose enterprise name or credit code differs from that of most
 * records of the same code or name (of equally many, from the one that comes first). Names that differ by white space, by the width of
 * their brackets, or by 有限公司 for 有限责任公司 are the same.
 *
 * @param target table of records with `uscc` and `enterprise_name`
 */
export async function findNameVariants(session: Session, target: string, odd: string): Promise<void> {
  const all = `${target} names`
  const pairs = `${target} name pairs`
  const form = "replace(upper(regexp_replace(enterprise_name, '\\s', '', 'g')), '有限责任公司', '有限公司')"
  const several = (by: string, of: string): string =>
    `${by} IN (SELECT ${by} FROM ${quoteName(all)} GROUP BY ${by} HAVING min(${of}) <> max(${of}))`
  const rank = (by: string, other: string): string =>
    `row_number() OVER (PARTITION BY ${by} ORDER BY records DESC, first_row, ${other}) > 1`
  try {
    await session.run(
      `CREATE TEMP TABLE ${quoteName(all)} AS SELECT *, ${form} AS form FROM (
         SELECT DISTINCT uscc, enterprise_name FROM ${quoteName(target)} WHERE uscc IS NOT NULL AND enterprise_name IS NOT NULL)`,
    )
    // Counted are only codes and names that stand beside several others: of most batches, none.
    await session.run(
      `CREATE TEMP TABLE ${quoteName(pairs)} AS SELECT * FROM ${quoteName(all)} WHERE ${several('uscc', 'form')} OR ${several('form', 'uscc')}`,
    )
    const ranked = `SELECT uscc, form, ${rank('uscc', 'form')} AS variant, ${rank('form', 'uscc')} AS shared
      FROM (SELECT uscc, form, count(*) AS records, min(source_row) AS first_row
        FROM ${quoteName(target)} JOIN ${quoteName(pairs)} USING (uscc, enterprise_name) GROUP BY uscc, form)`
    await session.run(
      `CREATE TEMP TABLE ${quoteName(odd)} AS SELECT source_row, variant, shared
       FROM ${quoteName(target)} JOIN ${quoteName(pairs)} USING (uscc, enterprise_name) JOIN (${ranked}) AS r USING (uscc, form)
       WHERE variant OR shared`,
    )
  } finally {
    await session.run(`DROP TABLE IF EXISTS ${quoteName(all)}`)
    await session.run(`DROP TABLE IF EXISTS ${quoteName(pairs)}`)
  }
}
