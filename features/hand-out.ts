import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Dataset } from './dataset.ts'
import type { Provider, TableSource } from './deal.ts'
import { featuresErrors } from './errors.ts'
import type { LabelHolder } from './manifest.ts'
import { type SessionOptions, withSession } from './source/session.ts'
import { writeTable } from './source/write-table.ts'

/** The label file that `writeLabelTable` writes, and the name of its label column. */
const LABEL_FILE = 'labels.parquet'
const LABEL_COLUMN = 'y'

/**
 * Writes a provider's own tables into `dir` (made if absent): one Parquet file a source party, with that party's ids and the
 * columns dealt to this provider, nothing else.
 *
 * @returns the tables for the provider's configuration; files are relative to `dir`
 * @throws the errors of `writeTable`
 */
export async function writeProviderTables(
  dataset: Dataset,
  provider: Provider,
  dir: string,
  options?: SessionOptions,
): Promise<TableSource[]> {
  await mkdir(dir, { recursive: true })
  return withSession(options, async (session) => {
    const written: TableSource[] = []
    for (const { party, file, columns } of provider.tables) {
      const target = `${party}.parquet`
      const request = { path: join(dataset.dir, file), shown: file, id: dataset.id, columns }
      await writeTable(session, request, join(dir, target))
      written.push({ party, file: target, columns })
    }
    return written
  })
}

/**
 * Writes a label holder's own table into `dir` (made if absent): id and label `y` of the enterprises whose outcome it knows.
 *
 * @returns the file's name, relative to `dir`
 * @throws YX_FEATURES_LABEL_HOLDER_UNKNOWN; the errors of `writeTable`
 */
export async function writeLabelTable(
  dataset: Dataset,
  holder: LabelHolder,
  dir: string,
  options?: SessionOptions,
): Promise<string> {
  const known = dataset.labelHolders.find((candidate) => candidate.party === holder.party)
  if (known === undefined) {
    const parties = dataset.labelHolders.map((candidate) => candidate.party).join(', ')
    throw new featuresErrors.LabelHolderUnknown(dataset.name, holder.party, parties)
  }
  await mkdir(dir, { recursive: true })
  const request = {
    path: join(dataset.dir, known.file),
    shown: known.file,
    id: dataset.id,
    columns: [{ name: known.column, type: 'numeric' as const }],
  }
  await withSession(options, (session) =>
    writeTable(session, request, join(dir, LABEL_FILE), {
      renamed: { [known.column]: LABEL_COLUMN },
      onlyWhereHeld: known.column,
    }),
  )
  return LABEL_FILE
}
