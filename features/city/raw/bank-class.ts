import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, 'bank')

/** A class that the built-in catalogue has not: what a lender knows of its own customers. */
export const BANK_CLASS = 'bank_account'

/**
 * Puts the class file into `classes/` and the lender's own extractor beside its data, as whoever uses a class of their own does.
 *
 * @returns the entry of the `features` section
 */
export async function writeBankClass(root: string, party: string): Promise<object> {
  const classes = join(root, 'classes')
  await mkdir(classes, { recursive: true })
  await copyFile(join(FOLDER, `${BANK_CLASS}.json`), join(classes, `${BANK_CLASS}.json`))
  const sql = `${BANK_CLASS}.sql`
  const cards = `${BANK_CLASS}.cards.json`
  for (const file of [sql, cards]) await copyFile(join(FOLDER, file), join(root, party, file))
  return { sql, cards, class: BANK_CLASS, party }
}
