import type { DataSection, FeatureSection, SourceSection } from './data-section.ts'
import { isDay } from './days.ts'
import { featuresErrors } from './errors.ts'

/** A fault in what the parts of the section say together, which its schema cannot see. */
export interface Fault {
  readonly where: string
  readonly what: string
  readonly rule: string
}

/**
 * Checks what the schema cannot: which entries go together.
 *
 * @throws YX_FEATURES_DATA_SECTION_INVALID for the first fault
 */
export function checkDataSection(data: DataSection): void {
  const fault =
    dayFault('asOf', data.asOf) ??
    firstFault(data.sources, (source, index) => sourceFault(source, `sources[${index}]`)) ??
    firstFault(data.features ?? [], (feature, index) => featureFault(feature, data, `features[${index}]`)) ??
    groupFault(data)
  if (fault) throw new featuresErrors.DataSectionInvalid(fault.where, fault.what, fault.rule)
}

/** The first fault of a list, in its order. */
export function firstFault<T>(
  entries: readonly T[],
  check: (entry: T, index: number) => Fault | null,
): Fault | null {
  for (let index = 0; index < entries.length; index++) {
    const fault = check(entries[index], index)
    if (fault) return fault
  }
  return null
}

/** A day of the calendar: 2026-02-30 has the form of one and is none. */
function dayFault(where: string, day: string | undefined): Fault | null {
  return day === undefined || isDay(day)
    ? null
    : { where, what: 'no day of the calendar', rule: 'a day is written YYYY-MM-DD' }
}

/** What of a source does not go together, of a provider or a label holder alike; null if all does. */
export function sourceFault(source: SourceSection, where: string): Fault | null {
  if ((source.file === undefined) === (source.database === undefined)) {
    return {
      where,
      what: source.file === undefined ? 'neither a file nor a database' : 'a file and a database',
      rule: 'a source is either "file" or "database"',
    }
  }
  const ofFiles = ['encoding', 'delimiter'] as const
  const ofDatabases = ['url', 'passwordFile', 'table', 'query'] as const
  const foreign = (source.file === undefined ? ofFiles : ofDatabases).find(
    (name) => source[name] !== undefined,
  )
  if (foreign !== undefined) {
    return {
      where: `${where}.${foreign}`,
      what: 'does not go with the kind of source',
      rule: `${ofFiles.join(', ')} belong to files; ${ofDatabases.join(', ')} to databases`,
    }
  }
  if (source.database !== undefined) {
    if (source.url === undefined) {
      return {
        where,
        what: 'no url',
        rule: 'a database has a "url" such as postgresql://reader@host/database',
      }
    }
    if ((source.table === undefined) === (source.query === undefined)) {
      return {
        where,
        what: 'not one of table and query',
        rule: 'a database source names a "table" or a "query"',
      }
    }
  }
  return dayFault(`${where}.receivedOn`, source.receivedOn)
}

const NEEDED = {
  builtin: [],
  sql: ['cards', 'class', 'party'],
  onnx: ['class', 'party', 'inputs', 'outputs'],
  neural: ['class', 'party'],
} as const

function featureFault(feature: FeatureSection, data: DataSection, where: string): Fault | null {
  const kinds = (['builtin', 'sql', 'onnx', 'neural'] as const).filter((kind) => feature[kind] !== undefined)
  if (kinds.length !== 1) {
    return {
      where,
      what: `${kinds.length} kinds of features`,
      rule: 'an entry is one of "builtin", "sql", "onnx", "neural"',
    }
  }
  const read = feature.builtin ?? feature.class
  if (read !== undefined && !data.sources.some((source) => source.class === read)) {
    return {
      where,
      what: `no source of the class "${read}"`,
      rule: 'features are made of classes that a source holds',
    }
  }
  const needed = NEEDED[kinds[0]]
  const absent = needed.find((name) => feature[name] === undefined)
  return absent === undefined
    ? null
    : { where, what: `no "${absent}"`, rule: `"${kinds[0]}" goes with ${needed.join(', ')}` }
}

/** Groups of columns name their columns, so no two may share a name. */
function groupFault(data: DataSection): Fault | null {
  const groups = (data.features ?? []).map((feature) => feature.party ?? feature.builtin ?? '')
  const twice = groups.findIndex((group, index) => groups.indexOf(group) < index)
  return twice < 0
    ? null
    : {
        where: `features[${twice}]`,
        what: `a second group "${groups[twice]}"`,
        rule: 'each entry of "features" has its own "party" (a built-in set: its class)',
      }
}
