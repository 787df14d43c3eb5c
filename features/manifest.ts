import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ColumnDeclaration, TRENDS, type Trend } from './columns.ts'
import { featuresErrors } from './errors.ts'
import { checkExclusion, type ExclusionRule } from './exclusion.ts'
import type { IdScheme } from './id-rule.ts'
import { jsonFault } from './json-fault.ts'
import { ManifestField } from './manifest-field.ts'

/** One party of a manifest with the columns that may be used: leaky ones are already left out. */
export interface ManifestParty {
  readonly name: string
  readonly file: string
  readonly public: boolean
  readonly columns: readonly ColumnDeclaration[]
}

/** A party that knows outcomes; `column` is the header name of the label in `file`. */
export interface LabelHolder {
  readonly party: string
  readonly file: string
  readonly column: string
}

export interface Manifest {
  readonly name: string
  readonly id: string
  readonly idScheme: IdScheme
  /** False: folds 1-4 train, 0 tests. True: folds 2-4 train, 1 validates, 0 tests. */
  readonly production: boolean
  readonly parties: readonly ManifestParty[]
  readonly labelHolders: readonly LabelHolder[]
  readonly exclusions: readonly ExclusionRule[]
}

/** The name under which messages speak of the manifest. */
export const MANIFEST = 'manifest.json'

/**
 * Reads and checks `manifest.json` in a data set folder; docs/reference/errors/features.md tells the layout.
 *
 * @throws YX_FEATURES_MANIFEST_MISSING, _MANIFEST_NOT_JSON, _MANIFEST_INVALID, _COLUMN_TYPE_UNKNOWN, _EXCLUSION_INVALID
 */
export async function readManifest(dir: string): Promise<Manifest> {
  const root = new ManifestField(MANIFEST, '', await parse(dir))
  root.object()
  const leaky = new Set(
    root
      .optional('leakyColumns')
      ?.list()
      .map((field) => field.text()),
  )
  const id = root.optional('id')?.text() ?? 'id'
  const parties = root
    .child('parties')
    .list()
    .map((field) => readParty(field, id, leaky))
  for (const [name, index] of repeated(parties.map((party) => party.name))) {
    root.child('parties').list()[index].child('party').refuse(`party names are unique, "${name}" comes twice`)
  }
  if (parties.length === 0) root.child('parties').refuse('at least one party')
  const labelHolders = readLabelHolders(root, parties)
  return {
    // It names a folder, so it follows the rule of party names: no separators, no dots that lead elsewhere.
    name: root.child('name').partyName(),
    id,
    idScheme: (root.optional('idScheme')?.oneOf(['text', 'uscc']) ?? 'text') as IdScheme,
    production: root.optional('production')?.flag() ?? false,
    parties,
    labelHolders,
    exclusions: readExclusions(root, parties),
  }
}

async function parse(dir: string): Promise<unknown> {
  let text: string
  try {
    text = (await readFile(join(dir, MANIFEST), 'utf8')).replace(/^\ufeff/, '')
  } catch {
    throw new featuresErrors.ManifestMissing(join(dir, MANIFEST))
  }
  try {
    return JSON.parse(text)
  } catch {
    const { line, column } = jsonFault(text)
    throw new featuresErrors.ManifestNotJson(MANIFEST, line, column)
  }
}

function readParty(field: ManifestField, id: string, leaky: ReadonlySet<string>): ManifestParty {
  const name = field.child('party').partyName()
  const declared = (field.optional('features')?.list() ?? []).map((feature) => {
    const direction = feature.optional('direction')?.oneOf(TRENDS) as Trend | undefined
    const column: ColumnDeclaration = {
      name: feature.child('name').columnName(),
      type: feature.child('type').columnType(),
      ...(direction && { direction }),
    }
    if (column.name.toLowerCase() === 'id' || column.name === id) {
      feature.child('name').refuse('the id is no column')
    }
    return { column, feature }
  })
  for (const [twice, index] of repeated(declared.map(({ column }) => column.name.toLowerCase()))) {
    declared[index].feature
      .child('name')
      .refuse(`column names of a party differ by more than case, "${twice}" comes twice`)
  }
  const columns = declared
    .map(({ column }) => column)
    .filter((column) => !leaky.has(column.name) && !leaky.has(`${name}.${column.name}`))
  return {
    name,
    file: field.child('file').fileName(),
    public: field.optional('public')?.flag() ?? false,
    columns,
  }
}

/** Either `labelHolders`, or the one `labelParty` among the parties with its column `label`. */
function readLabelHolders(root: ManifestField, parties: readonly ManifestParty[]): LabelHolder[] {
  const several = root.optional('labelHolders')
  if (several !== undefined) {
    const holders = several.list().map((field) => ({
      party: field.child('party').partyName(),
      file: field.child('file').fileName(),
      column: field.optional('label')?.columnName() ?? 'y',
    }))
    if (holders.length === 0) several.refuse('at least one label holder')
    for (const [name, index] of repeated(holders.map((holder) => holder.party))) {
      several.list()[index].child('party').refuse(`label holders are unique, "${name}" comes twice`)
    }
    return holders
  }
  const name = root.child('labelParty').text()
  const party = parties.find((candidate) => candidate.name === name)
  if (party === undefined) return root.child('labelParty').refuse('the label party is one of the parties')
  const column = root.child('label').columnName()
  if (party.columns.some((candidate) => candidate.name === column)) {
    root.child('label').refuse('the label is no feature of the label party')
  }
  return [{ party: name, file: party.file, column }]
}

function readExclusions(root: ManifestField, parties: readonly ManifestParty[]): ExclusionRule[] {
  return (root.optional('exclusions')?.list() ?? []).map((field) => {
    const rule = {
      party: field.child('party').text(),
      column: field.child('column').text(),
      op: field.child('op').text() as ExclusionRule['op'],
      value: field.child('value').numberOrText(),
      reason: field.child('reason').text(),
    }
    const party = parties.find((candidate) => candidate.name === rule.party)
    checkExclusion(rule, party?.columns.find((column) => column.name === rule.column)?.type)
    return rule
  })
}

/** Every name that stood in the list before, with the place where it comes again. */
function repeated(names: readonly string[]): [string, number][] {
  return names
    .map((name, index): [string, number] => [name, index])
    .filter(([name, index]) => names.indexOf(name) < index)
}
