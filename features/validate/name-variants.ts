import { quoteName, type Session } from '../source/session.ts'

/**
 * Makes the table `odd` (`source_row`, `variant`, `shared`) of records whose enterprise name or credit code differs from that of most
 * records of the same code or name (of equally many, from the one that comes first). Names that differ by white space, by the width of
 * their brackets, or by 有限公司 for 有限责任公司 are the same.
 *
 * @param target table of records with `uscc` and `enterprise_name`
 */
export async function findNameVariants(session: Session, target: string, odd: string): Promise<void> {
  const pairs = `${target} name pairs`
  const form = "replace(upper(regexp_replace(enterprise_name, '\\s', '', 'g')), '有限责任公司', '有限公司')"
  const rank = (by: string, other: string): string =>
    `row_number() OVER (PARTITION BY ${by} ORDER BY records DESC, first_row, ${other}) > 1`
  try {
    await session.run(
      `CREATE TEMP TABLE ${quoteName(pairs)} AS
       SELECT uscc, enterprise_name, variant, shared FROM (
         SELECT *, ${rank('uscc', 'form')} AS variant, ${rank('form', 'uscc')} AS shared
         FROM (SELECT uscc, form, list(enterprise_name) AS names, sum(records) AS records, min(first_row) AS first_row
           FROM (SELECT uscc, enterprise_name, ${form} AS form, count(*) AS records, min(source_row) AS first_row
             FROM ${quoteName(target)} WHERE uscc IS NOT NULL AND enterprise_name IS NOT NULL GROUP BY uscc, enterprise_name)
           GROUP BY uscc, form)), unnest(names) AS n(enterprise_name)
       WHERE variant OR shared`,
    )
    await session.run(
      `CREATE TEMP TABLE ${quoteName(odd)} AS SELECT source_row, variant, shared FROM ${quoteName(target)} JOIN ${quoteName(pairs)} USING (uscc, enterprise_name)`,
    )
  } finally {
    await session.run(`DROP TABLE IF EXISTS ${quoteName(pairs)}`)
  }
}
