import { join } from 'node:path'
import { CELL, type NumericColumn } from './columns.ts'
import { featuresErrors } from './errors.ts'
import { type LabelHolder, type Manifest, type ManifestParty, readManifest } from './manifest.ts'
import { createRoster, type Roster } from './roster.ts'
import { readTable } from './source/read-table.ts'
import { type Session, type SessionOptions, withSession } from './source/session.ts'

/** A party of a data set; `rows` is the number of rows of its file. */
export interface DatasetParty extends ManifestParty {
  readonly rows: number
}

/** A data set folder whose manifest and files have all been read and found in order. */
export interface Dataset extends Omit<Manifest, 'parties'> {
  readonly dir: string
  readonly parties: readonly DatasetParty[]
  /** Union of the ids of all parties and label holders. */
  readonly roster: Roster
  /** True: folds 1-4 train and 0 tests; false (a production set): 2-4 train, 1 validates, 0 tests. */
  readonly benchmark: boolean
}

interface LabelCounts {
  readonly good: number
  readonly bad: number
}

/**
 * Opens a data set folder (manifest.json and one file a party) and checks every cell of it that could be used.
 *
 * @throws the errors of `readManifest`, `readTable` and `readLabels`; YX_FEATURES_LABEL_ONE_CLASS if all label holders
 * together know only good or only bad enterprises
 */
export async function openDataset(dir: string, options?: SessionOptions): Promise<Dataset> {
  const manifest = await readManifest(dir)
  return withSession(options, async (session) => {
    const ids = new Set<string>()
    const parties: DatasetParty[] = []
    for (const party of manifest.parties) {
      const table = await readTable(
        session,
        { path: join(dir, party.file), shown: party.file, id: manifest.id, columns: party.columns },
        manifest.idScheme,
      )
      for (const id of table.ids) ids.add(id)
      parties.push({ ...party, rows: table.rows })
    }
    const counts: LabelCounts[] = []
    for (const holder of manifest.labelHolders) {
      const labels = await readLabels(session, {
        path: join(dir, holder.file),
        shown: holder.file,
        id: manifest.id,
        column: holder.column,
        idScheme: manifest.idScheme,
      })
      for (const id of labels.ids) ids.add(id)
      counts.push(labels)
    }
    checkClasses(manifest.labelHolders, counts)
    return { ...manifest, dir, parties, roster: createRoster(ids), benchmark: !manifest.production }
  })
}

function checkClasses(holders: readonly LabelHolder[], counts: readonly LabelCounts[]): void {
  const good = counts.reduce((sum, count) => sum + count.good, 0)
  const bad = counts.reduce((sum, count) => sum + count.bad, 0)
  if (good > 0 && bad > 0) return
  const files = [...new Set(holders.map((holder) => holder.file))].join(', ')
  const columns = [...new Set(holders.map((holder) => holder.column))].join(', ')
  throw new featuresErrors.LabelOneClass(files, columns, good > 0 ? '0' : '1')
}

/** Where the labels of one label holder stand. */
export interface LabelRequest {
  readonly path: string
  readonly shown: string
  readonly id: string
  readonly column: string
  readonly idScheme?: Manifest['idScheme']
}

/**
 * Reads one label holder's file: 1 = bad, 0 = good, empty = no outcome known.
 *
 * @returns ids and the label column in file order, and how many labels are good and bad
 * @throws the errors of `readTable`; YX_FEATURES_LABEL_COLUMN_MISSING, _LABEL_COLUMN_EMPTY, _LABEL_NOT_BINARY
 */
export async function readLabels(
  session: Session,
  request: LabelRequest,
): Promise<{ ids: readonly string[]; labels: NumericColumn; good: number; bad: number }> {
  const { path, shown, id, column, idScheme } = request
  const columns = [{ name: column, type: 'numeric' as const }]
  const table = await readTable(session, { path, shown, id, columns, label: column }, idScheme)
  const labels = table.columns[0] as NumericColumn
  let good = 0
  let bad = 0
  for (let row = 0; row < table.rows; row++) {
    if (labels.state[row] !== CELL.held) continue
    if (labels.values[row] === 0) good++
    else if (labels.values[row] === 1) bad++
    else throw new featuresErrors.LabelNotBinary(table.place(row), column)
  }
  if (good + bad === 0) throw new featuresErrors.LabelColumnEmpty(shown, column)
  return { ids: table.ids, labels, good, bad }
}
