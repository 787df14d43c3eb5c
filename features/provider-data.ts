/**
 * From a provider's own tables to its features: sources are staged, checked against the catalogue, records that break a rule
 * set aside, and features made of the accepted ones. All of it happens in one temporary database that is gone afterwards.
 */
import { resolve } from 'node:path'
import { type Catalogue, loadCatalogue } from './catalogue/load-catalogue.ts'
import { checkDataSection } from './check-data-section.ts'
import type { DataSection } from './data-section.ts'
import { featuresErrors } from './errors.ts'
import { type FeatureGroup, makeFeatures } from './make-features.ts'
import { type Batch, type ReadOptions, readSources } from './read-sources.ts'
import { openWorkSession } from './source/session.ts'

export interface PrepareOptions extends Pick<ReadOptions, 'folder' | 'today' | 'note'> {
  /** Folder of temporary files; default the system's. */
  readonly spillDirectory?: string
}

export interface PreparedData {
  readonly catalogue: Catalogue
  readonly batches: readonly Batch[]
  /** Class code -> records with a key that stands in several sources with different content: none of them is used. */
  readonly conflicts: Readonly<Record<string, number>>
  readonly groups: readonly FeatureGroup[]
  /** What kept features from being made, besides the batches' faults. */
  readonly faults: readonly Error[]
}

/**
 * Reads, checks and extracts, going on after a fault so that all of them can be told at once.
 *
 * @throws YX_FEATURES_DATA_SECTION_INVALID, _CATALOGUE_CLASS_UNKNOWN and the catalogue's errors: without these there is nothing to do
 */
export async function inspectProviderData(data: DataSection, options: PrepareOptions): Promise<PreparedData> {
  checkDataSection(data)
  const catalogue = await loadCatalogue(
    (data.catalogue ?? []).map((folder) => resolve(options.folder, folder)),
  )
  const { asOf, quarantine } = data
  const session = await openWorkSession({
    ...(data.threads !== undefined && { threads: data.threads }),
    ...(data.memoryMb !== undefined && { memoryMb: data.memoryMb }),
    ...(options.spillDirectory !== undefined && { spillDirectory: options.spillDirectory }),
  })
  try {
    const read = await readSources(session, data.sources, { ...options, catalogue, asOf, quarantine })
    const made = await makeFeatures(session, { data, catalogue, tables: read.tables, ...options })
    const faults = [...read.batches.flatMap(nothingAccepted), ...made.faults]
    return { catalogue, batches: read.batches, conflicts: read.conflicts, groups: made.groups, faults }
  } finally {
    session.close()
  }
}

/** A source all of whose records are refused would leave its features empty for everybody, with nobody told. */
function nothingAccepted(batch: Batch): Error[] {
  if ('fault' in batch) return []
  const { batch: name, received, accepted, class: code } = batch.report
  return received > 0 && accepted === 0 ? [new featuresErrors.NothingAccepted(name, received, code)] : []
}

/**
 * The features of a provider, for a run: any fault stops it.
 *
 * @throws the first fault of `inspectProviderData`
 */
export async function prepareProviderData(
  data: DataSection,
  options: PrepareOptions,
): Promise<readonly FeatureGroup[]> {
  const { batches, groups, faults } = await inspectProviderData(data, options)
  for (const batch of batches) if ('fault' in batch) throw batch.fault
  if (faults.length > 0) throw faults[0]
  return groups
}
