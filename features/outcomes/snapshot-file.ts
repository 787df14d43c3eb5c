import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { featuresErrors } from '../errors.ts'
import { syncFolder } from '../sync-folder.ts'
import { canonicalText, type OutcomeDefinition } from './definition.ts'
import { hashText, type LabelSnapshot, type SnapshotRecord, snapshotHash } from './freeze.ts'

/** Where a snapshot lies after `writeSnapshot`. */
export interface WrittenSnapshot {
  /** Path of the label file; the record has the same name, ending in .json. */
  readonly file: string
  /** 1 for the first snapshot of a day; a later one with other content has 2, 3, ... and `-v2` in its name. */
  readonly version: number
  /** False if the very same snapshot lay there already. */
  readonly isNew: boolean
}

/** More snapshots of one day than this are a mistake of a script. */
const MOST_VERSIONS = 1000

/**
 * Writes a snapshot as `labels-DATE.csv` and `labels-DATE.json` into `folder` (made if absent), readable by the owner only.
 * Both are whole or not there, and what lies there is never overwritten: other content of the same day becomes
 * `labels-DATE-v2.csv`; the same content is left as it is.
 *
 * @throws YX_FEATURES_LABEL_SNAPSHOT_UNWRITABLE
 */
export async function writeSnapshot(snapshot: LabelSnapshot, folder: string): Promise<WrittenSnapshot> {
  const record = `${JSON.stringify(snapshot.record, null, 2)}\n`
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    for (let version = 1; version <= MOST_VERSIONS; version++) {
      const file = join(folder, snapshotName(snapshot.record.definition.frozenOn, version))
      // The labels first: a crash in between leaves labels without a record, which the next freeze completes.
      const labels = await writeOnce(file, snapshot.labels)
      if (labels === 'other') continue
      const beside = await writeOnce(recordFile(file), record)
      if (beside === 'other') continue
      return { file, version, isNew: labels === 'written' || beside === 'written' }
    }
    throw new Error('too many versions')
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message
    throw new featuresErrors.LabelSnapshotUnwritable(basename(folder), reason)
  }
}

/** Name of the label file of a day's snapshot. */
function snapshotName(frozenOn: string, version: number): string {
  return `labels-${frozenOn}${version === 1 ? '' : `-v${version}`}.csv`
}

/** The record that stands beside a label file. */
function recordFile(labelFile: string): string {
  return labelFile.replace(/\.csv$/, '.json')
}

/** Puts a file there whole and durable, unless one of that name is there. */
async function writeOnce(file: string, text: string): Promise<'written' | 'same' | 'other'> {
  const draft = `${file}.${process.pid}.new`
  try {
    const handle = await open(draft, 'w', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    // A link, unlike a rename, never replaces what is there.
    await link(draft, file)
    return 'written'
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    return (await readFile(file, 'utf8')) === text ? 'same' : 'other'
  } finally {
    await rm(draft, { force: true })
    await syncFolder(dirname(file))
  }
}

/**
 * Reads the record of a frozen label file and proves that neither has changed since, and that it was frozen by `definition`.
 *
 * @throws YX_FEATURES_LABEL_SNAPSHOT_INVALID, YX_FEATURES_LABEL_SNAPSHOT_CHANGED
 */
export async function checkSnapshot(file: string, definition: OutcomeDefinition): Promise<SnapshotRecord> {
  const shown = basename(file)
  const labels = await readOr(file)
  const text = await readOr(recordFile(file))
  let record: SnapshotRecord
  try {
    record = JSON.parse(text) as SnapshotRecord
    if (record.format !== 'yinxin-labels-1' || !record.definition) throw new SyntaxError()
  } catch {
    throw new featuresErrors.LabelSnapshotInvalid(basename(recordFile(file)), 'not a record of this format')
  }
  if (hashText(labels) !== record.labelsHash) {
    throw new featuresErrors.LabelSnapshotChanged(shown, 'the labels are not those that were frozen')
  }
  if (snapshotHash(record.definition, labels) !== record.hash) {
    throw new featuresErrors.LabelSnapshotChanged(shown, 'the record beside it was changed')
  }
  if (canonicalText(record.definition) !== canonicalText(definition)) {
    throw new featuresErrors.LabelSnapshotChanged(
      shown,
      'the configuration has another definition of good and bad',
    )
  }
  return record
}

async function readOr(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    throw new featuresErrors.LabelSnapshotInvalid(basename(file), code)
  }
}
