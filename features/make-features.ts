import { resolve } from 'node:path'
import { type Catalogue, classOf } from './catalogue/load-catalogue.ts'
import type { DataSection, FeatureSection } from './data-section.ts'
import { featuresErrors } from './errors.ts'
import { loadBuiltinSets } from './extract/builtin-sets.ts'
import type { ExtractorIdentity, FeatureTable } from './extract/card-types.ts'
import { extractFeatures } from './extract/extract-features.ts'
import { type FeatureSet, selectFeatures } from './extract/feature-set.ts'
import { type FieldRead, fieldsRead } from './extract/fields-read.ts'
import { runNeural } from './extract/neural/run-neural.ts'
import { runOnnx } from './extract/onnx.ts'
import { runOwnSql } from './extract/own-sql.ts'
import type { ReadStep } from './read-sources.ts'
import type { Session } from './source/session.ts'

/** Features of one group, named `party.feature` in plans, and the extractor that approvals bind to. */
export interface FeatureGroup {
  readonly party: string
  readonly identity: ExtractorIdentity
  /** Fields of the records that the features are made of. */
  readonly reads: readonly FieldRead[]
  readonly table: FeatureTable
}

export interface FeatureRequest {
  readonly data: DataSection
  readonly catalogue: Catalogue
  /** Class code -> table of accepted records. */
  readonly tables: Readonly<Record<string, string>>
  /** Folder that the section's paths are relative to. */
  readonly folder: string
  readonly note?: ((step: ReadStep) => void) | undefined
}

/** Makes every group of features that the section asks for, going on after a fault. */
export async function makeFeatures(
  session: Session,
  request: FeatureRequest,
): Promise<{ groups: FeatureGroup[]; faults: Error[] }> {
  const { data, catalogue, tables } = request
  const builtin = await loadBuiltinSets(catalogue.classes)
  const groups: FeatureGroup[] = []
  const faults: Error[] = []
  for (const section of data.features ?? defaultSections(data, builtin)) {
    // The source has a fault of its own that is told instead.
    const reads = section.builtin ?? section.class!
    if (tables[reads] === undefined) continue
    try {
      groups.push(await makeGroup(session, section, request, builtin))
    } catch (fault) {
      faults.push(fault as Error)
    }
  }
  return { groups, faults }
}

/** Without a word in the configuration: the built-in set of every class that has one. */
function defaultSections(data: DataSection, builtin: ReadonlyMap<string, FeatureSet>): FeatureSection[] {
  const codes = [...new Set(data.sources.map((source) => source.class))]
  return codes.filter((code) => builtin.has(code)).map((code) => ({ builtin: code }))
}

async function makeGroup(
  session: Session,
  section: FeatureSection,
  { data, catalogue, tables, folder, note }: FeatureRequest,
  builtin: ReadonlyMap<string, FeatureSet>,
): Promise<FeatureGroup> {
  const { asOf } = data
  const setOf = (code: string): FeatureSet => {
    const set = builtin.get(code)
    if (set === undefined) throw new featuresErrors.BuiltinMissing(code, [...builtin.keys()].join(', '))
    return set
  }
  if (section.builtin !== undefined) {
    const whole = setOf(section.builtin)
    const set = section.only === undefined ? whole : selectFeatures(whole, section.only)
    note?.({ step: 'extract', of: set.identity.name })
    const table = await extractFeatures(session, { set, records: tables, asOf })
    return {
      party: section.party ?? section.builtin,
      identity: set.identity,
      reads: await fieldsRead(set),
      table,
    }
  }
  const party = section.party!
  if (section.sql !== undefined) {
    note?.({ step: 'extract', of: section.sql })
    const { set, ...own } = await runOwnSql(session, {
      sql: resolve(folder, section.sql),
      cards: resolve(folder, section.cards!),
      klass: classOf(catalogue, section.class!),
      records: tables,
      asOf,
    })
    return { party, reads: await fieldsRead(set), ...own }
  }
  note?.({ step: 'extract', of: (section.onnx ?? section.neural)! })
  const set = setOf(section.class!)
  const fed = await extractFeatures(session, { set, records: tables, asOf })
  // A model may look at every feature that it is fed with.
  const reads = await fieldsRead(set)
  if (section.neural !== undefined) {
    const { identity, columns } = await runNeural(fed, resolve(folder, section.neural), [set.identity])
    return { party, identity, reads, table: { ids: fed.ids, columns } }
  }
  const { onnx, inputs, missing, outputs } = section
  const declaration = { onnx, inputs, outputs, ...(missing !== undefined && { missing }) }
  const { identity, columns } = await runOnnx(fed, declaration, folder, [set.identity])
  return { party, identity, reads, table: { ids: fed.ids, columns } }
}
