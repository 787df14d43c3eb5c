/**
 * A provider's columns: of ready tables and of features made from its raw ones. What was made is frozen in a file, to which each
 * run's folder holds a reference, because raw tables go on and a run must be computable again.
 */
import { access, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Column,
  type FeatureGroup,
  highestGrade,
  layGroups,
  loadColumns,
  loadExclusions,
  prepareProviderData,
  type Roster,
  readFeatureFile,
  removeLeftFolders,
  tableIdentity,
  writeFeatureFile,
} from '../../features/index.ts'
import {
  federationErrors,
  type Provenance,
  type ProviderData,
  type RunJournals,
} from '../../federation/index.ts'
import type { ProviderConfig } from '../config.ts'
import { readIfThere, replaceFile, syncFolder } from '../state/durable-file.ts'
import { tableKey } from '../state/node-files.ts'
import { stateFolder } from '../state/state-folder.ts'
import { JOURNAL_FILE } from './file-journals.ts'
import { today } from './today.ts'

/** Folder of the configuration, and the node's state folder. */
interface Folders {
  readonly folder: string
  readonly state: string
}

/** Frozen features: a file of the state folder, by its digest. */
export interface Frozen {
  readonly digest: string
  readonly folder: string
}

const FOLDER = 'features'
const REFERENCE = 'features.json'
const fileOf = (folder: string, digest: string) => join(folder, `${digest}.features`)

/** Columns and exclusions in roster order; `made` are the groups of features from raw tables. */
async function combine(
  config: ProviderConfig,
  { folder, state }: Folders,
  roster: Roster,
  made: readonly FeatureGroup[],
): Promise<ProviderData> {
  const tables = config.tables.map((table) => ({ ...table, file: join(folder, table.file) }))
  const parties = new Set(made.map(({ party }) => party))
  const [ofMade, ofTables] = [true, false].map((wanted) =>
    config.exclusions.filter((rule) => parties.has(rule.party) === wanted),
  )
  const ready: Column[] = await loadColumns(tables, roster)
  const excluded = await loadExclusions(tables, ofTables, roster)
  const laid = layGroups(made, ofMade, roster)
  return {
    columns: [...ready, ...laid.columns],
    exclusions: excluded.map((hit, row) => hit | laid.exclusions[row]),
    provenance: await provenanceOf(tables, made, state),
  }
}

/** What the plan says of the columns. */
async function provenanceOf(
  tables: ProviderConfig['tables'],
  made: readonly FeatureGroup[],
  state: string,
): Promise<Provenance> {
  const key = tables.length === 0 ? new Uint8Array() : await tableKey(state)
  const ready = await Promise.all(tables.map((table) => tableIdentity(table, '', key)))
  return {
    extractors: [...made.map(({ identity }) => identity), ...ready],
    // Of a ready table nobody knows which fields it was made of.
    grade:
      tables.length > 0 ? null : highestGrade(made.flatMap(({ reads }) => reads.map(({ grade }) => grade))),
  }
}

/**
 * Reads a provider's data for the runs of this process, and freezes what it made of raw tables. Records that a killed process left
 * in the state folder, which the caller has locked, are removed.
 *
 * @throws the errors of `loadColumns` and `prepareProviderData`
 */
export async function readProviderData(
  config: ProviderConfig,
  { folder, state }: Folders,
  roster: Roster,
): Promise<ProviderData & { readonly groups: readonly FeatureGroup[]; readonly frozen: Frozen | null }> {
  removeLeftFolders(state)
  if (config.data === undefined)
    return { ...(await combine(config, { folder, state }, roster, [])), groups: [], frozen: null }
  const quarantine = config.data.quarantine
  if (quarantine !== undefined) await mkdir(join(folder, quarantine), { recursive: true, mode: 0o700 })
  const groups = await prepareProviderData(config.data, { folder, today: today(), spillDirectory: state })
  const features = join(state, FOLDER)
  await mkdir(features, { recursive: true, mode: 0o700 })
  const unnamed = join(features, 'new')
  const digest = await writeFeatureFile(groups, unnamed)
  await rename(unnamed, fileOf(features, digest))
  await syncFolder(features)
  await forgetUnused(features, join(folder, config.runs), digest)
  const combined = await combine(config, { folder, state }, roster, groups)
  return { ...combined, groups, frozen: { digest, folder: features } }
}

/**
 * A provider's data as its sources hold them now. Nothing is frozen: what is scored by them is no training run.
 * @throws the errors of `loadColumns` and `prepareProviderData`
 */
export async function readDataOfToday(
  config: ProviderConfig,
  { folder, state }: Folders,
  roster: Roster,
): Promise<ProviderData> {
  if (config.data === undefined) return combine(config, { folder, state }, roster, [])
  const groups = await prepareProviderData(config.data, { folder, today: today(), spillDirectory: state })
  return combine(config, { folder, state }, roster, groups)
}

/** Journals that note in each run's folder which features it was about. @param current those in use when a run begins */
export function freezingJournals(
  journals: RunJournals,
  runs: string,
  current: () => Frozen | null,
): RunJournals {
  return {
    ...journals,
    async begin(run) {
      const journal = await journals.begin(run)
      const frozen = current()
      if (frozen !== null)
        await replaceFile(join(runs, run, REFERENCE), JSON.stringify({ digest: frozen.digest }))
      return journal
    },
  }
}

/** The newest frozen features of a state folder, null if there are none. */
export async function newestFrozen(state: string): Promise<{ file: string; digest: string } | null> {
  const features = join(state, FOLDER)
  const names = await readdir(features).catch(() => [])
  const dated = await Promise.all(
    names
      .filter((name) => name.endsWith('.features'))
      .map(async (name) => ({ name, time: (await stat(join(features, name))).mtimeMs })),
  )
  const [newest] = dated.sort((a, b) => b.time - a.time)
  return newest === undefined
    ? null
    : { file: join(features, newest.name), digest: newest.name.replace(/\.features$/, '') }
}

/** Null where the run has no reference, or a damaged one: it must not keep the node from starting. */
async function referenceOf(runs: string, run: string): Promise<string | null> {
  const text = await readIfThere(join(runs, run, REFERENCE))
  const digest = /^\{"digest":"([0-9a-f]{64})"\}$/.exec(text ?? '')
  return digest === null ? null : digest[1]
}

/** Folders of runs stay for ever; only a run with its journal can be computed again. */
async function referenceOfKept(runs: string, run: string): Promise<string | null> {
  const kept = await access(join(runs, run, JOURNAL_FILE)).then(
    () => true,
    () => false,
  )
  return kept ? referenceOf(runs, run) : null
}

/** Frozen features that no kept run refers to are deleted. */
async function forgetUnused(features: string, runs: string, current: string): Promise<void> {
  const kept = await readdir(runs).catch(() => [])
  const used = new Set(await Promise.all(kept.map((run) => referenceOfKept(runs, run))))
  for (const file of await readdir(features)) {
    const digest = file.replace(/\.features$/, '')
    if (digest !== current && !used.has(digest)) await rm(join(features, file), { force: true })
  }
}

/**
 * The data of an earlier run, for a replay: features as they were frozen, ready tables as they are.
 *
 * @throws RunUnrecorded where the run's reference is gone; the errors of `readFeatureFile`
 */
export async function providerDataOfRun(
  config: ProviderConfig,
  folder: string,
  roster: Roster,
  run: string,
): Promise<ProviderData> {
  const folders = { folder, state: stateFolder(folder, config) }
  if (config.data === undefined) return combine(config, folders, roster, [])
  const digest = await referenceOf(join(folder, config.runs), run)
  if (digest === null) throw new federationErrors.RunUnrecorded(run)
  const file = fileOf(join(folders.state, FOLDER), digest)
  return combine(config, folders, roster, await readFeatureFile(file, digest))
}
