/** Sources of records, of a provider or a label holder alike: staged, checked against the catalogue, put together by class. */
import { rm } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { type Catalogue, classOf } from './catalogue/load-catalogue.ts'
import type { SourceSection } from './data-section.ts'
import { joinSources, type SourceRecords } from './join-sources.ts'
import { readExceptions } from './read-exceptions.ts'
import type { Session } from './source/session.ts'
import type { SourceDeclaration, StagedTable } from './source/source-types.ts'
import { stageSource } from './source/stage.ts'
import type { BatchReport } from './validate/request.ts'
import { validateRecords } from './validate/validate-records.ts'
import { writeQuarantine } from './validate/write-quarantine.ts'

export interface ReadOptions {
  readonly catalogue: Catalogue
  /** The day of the features or outcomes. */
  readonly asOf: string
  /** Folder that the sections' paths are relative to. */
  readonly folder: string
  /** The day of this run, YYYY-MM-DD: the arrival of batches whose section does not say it. */
  readonly today: string
  /** Folder, relative to `folder` and there already, for lists of records in quarantine; none are written without it. */
  readonly quarantine?: string | undefined
  /** Told of each batch that was checked, as long as its source stands in the session. */
  readonly whileStaged?: (staged: StagedTable, report: BatchReport) => Promise<void>
  /** Told before each step. */
  readonly note?: ((step: ReadStep) => void) | undefined
}

export interface ReadStep {
  readonly step: 'read' | 'check' | 'extract'
  /** The source's name for messages, or the extractor's. */
  readonly of: string
}

/** A batch whose records were checked, or the fault that kept it from being read. */
export type Batch =
  | { readonly source: SourceSection; readonly report: BatchReport }
  | { readonly source: SourceSection; readonly fault: Error }

export interface ReadRecords {
  readonly batches: readonly Batch[]
  /** Class code -> table of all accepted records; a class none of whose sources could be read is not there. */
  readonly tables: Readonly<Record<string, string>>
  /** Class code -> records with a key that stands in several sources with different content: none of them is used. */
  readonly conflicts: Readonly<Record<string, number>>
}

/**
 * Reads every source into tables of the session, going on after a fault so that all of them can be told at once.
 *
 * @throws YX_FEATURES_CATALOGUE_CLASS_UNKNOWN before anything is read
 */
export async function readSources(
  session: Session,
  sources: readonly SourceSection[],
  options: ReadOptions,
): Promise<ReadRecords> {
  for (const source of sources) classOf(options.catalogue, source.class)
  const batches: Batch[] = []
  const accepted: SourceRecords[] = []
  for (const [index, source] of sources.entries()) {
    const target = `records_${index}`
    try {
      const report = await readSource(session, source, target, options)
      batches.push({ source, report })
      accepted.push({ class: source.class, table: target })
    } catch (fault) {
      batches.push({ source, fault: fault as Error })
    }
  }
  return { batches, ...(await joinSources(session, accepted, options.catalogue)) }
}

/**
 * Reads one source into the table `target` of accepted records, and those beside it that `validateRecords` makes.
 *
 * @throws the errors of `stageSource`, `validateRecords`, `readExceptions` and `writeQuarantine`
 */
export async function readSource(
  session: Session,
  source: SourceSection,
  target: string,
  { catalogue, asOf, folder, today, quarantine, whileStaged, note }: ReadOptions,
): Promise<BatchReport> {
  const at = (file: string) => resolve(folder, file)
  const shown = source.file === undefined ? (source.table ?? 'query') : basename(source.file)
  const exceptions =
    source.exceptions === undefined ? new Set<string>() : await readExceptions(at(source.exceptions))
  note?.({ step: 'read', of: shown })
  const staged = await stageSource(session, declarationOf(source, at), `${target}_source`)
  try {
    note?.({ step: 'check', of: shown })
    const report = await validateRecords(session, {
      klass: classOf(catalogue, source.class),
      ...{ staged, target, asOf, exceptions, batch: shown },
      receivedOn: source.receivedOn ?? today,
      ...(source.excelDates !== undefined && { excelDates: source.excelDates }),
      ...(source.columns !== undefined && { columns: source.columns }),
    })
    if (quarantine !== undefined) {
      const list = at(`${quarantine}/${source.class}-${target}.csv`)
      if (report.quarantined > 0) await writeQuarantine(session, target, list)
      // One of an earlier batch would pass for this one's.
      else await rm(list, { force: true })
    }
    await whileStaged?.(staged, report)
    return report
  } finally {
    await session.run(`DROP TABLE IF EXISTS ${target}_source`)
  }
}

function declarationOf(source: SourceSection, at: (file: string) => string): SourceDeclaration {
  const { file, encoding, delimiter, database, url, passwordFile, table, query } = source
  if (file !== undefined) {
    return { file: at(file), ...(encoding && { encoding }), ...(delimiter && { delimiter }) }
  }
  return {
    database: database!,
    url: url!,
    ...(passwordFile !== undefined && { passwordFile: at(passwordFile) }),
    ...(table !== undefined && { table }),
    ...(query !== undefined && { query }),
  }
}
