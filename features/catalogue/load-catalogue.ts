import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { featuresErrors } from '../errors.ts'
import { jsonFault } from '../json-fault.ts'
import { hashJson } from './canonical-json.ts'
import { classFaults } from './class-faults.ts'
import type { ClassFault } from './class-schema.ts'
import type { CatalogueClass } from './class-types.ts'

/** Every class of records that this installation knows. */
export interface Catalogue {
  /** Version of the language that class files are written in. */
  readonly version: number
  /** SHA-256 in hex over the canonical JSON of all classes, in order of their codes: any change of any class changes it. */
  readonly hash: string
  /** By code; classes of the annex in its order, then the others by code. */
  readonly classes: ReadonlyMap<string, CatalogueClass>
}

/** Version of the language of class files; it rises when a class file of today would be read differently. */
export const CATALOGUE_VERSION = 1

/** Folder of the classes that come with the product. */
const BUILT_IN = join(import.meta.dirname, 'classes')

/** A class as it was read, and where; `shown` goes into messages. */
export interface ClassSource {
  readonly shown: string
  readonly value: unknown
}

/**
 * The catalogue of the product with the class files (`*.json`) of further folders: each adds a class, or replaces one of the
 * same code by a higher version.
 *
 * @throws YX_FEATURES_CATALOGUE_UNREADABLE; YX_FEATURES_CATALOGUE_INVALID with every fault of every file
 */
export async function loadCatalogue(extraFolders: readonly string[] = []): Promise<Catalogue> {
  const sets: ClassSource[][] = []
  for (const folder of [BUILT_IN, ...extraFolders]) sets.push(await readFolder(folder))
  return buildCatalogue(sets)
}

/**
 * @param sets class files, one list a folder; later folders may replace classes of earlier ones
 * @throws YX_FEATURES_CATALOGUE_INVALID
 */
export function buildCatalogue(sets: readonly (readonly ClassSource[])[]): Catalogue {
  const faults: string[] = []
  const classes = new Map<string, CatalogueClass>()
  for (const sources of sets) {
    const here = new Map<string, string>()
    for (const { shown, value } of sources) {
      const found = isUnparsed(value) ? [value.fault] : classFaults(value)
      if (found.length > 0) {
        faults.push(
          ...found.map(({ path, problem }) => `${shown}, field "${path || '(whole file)'}": ${problem}`),
        )
        continue
      }
      const klass = value as CatalogueClass
      const twice = here.get(klass.code)
      const earlier = classes.get(klass.code)
      if (twice !== undefined) {
        faults.push(`${shown}, field "code": ${twice} has the same class`)
      } else if (earlier !== undefined && klass.version <= earlier.version) {
        faults.push(
          `${shown}, field "version": it is not above ${earlier.version}, the version that it replaces`,
        )
      } else {
        classes.set(klass.code, klass)
      }
      here.set(klass.code, shown)
    }
  }
  if (faults.length > 0) throw new featuresErrors.CatalogueInvalid(faults.length, faults.join('; '))
  const byCode = [...classes.values()].sort((a, b) => (a.code < b.code ? -1 : 1))
  const shownOrder = [...byCode].sort((a, b) => (a.annexRow ?? Infinity) - (b.annexRow ?? Infinity) || 0)
  return {
    version: CATALOGUE_VERSION,
    hash: hashJson(byCode),
    classes: new Map(shownOrder.map((klass) => [klass.code, klass])),
  }
}

/**
 * The class of a code.
 *
 * @throws YX_FEATURES_CATALOGUE_CLASS_UNKNOWN
 */
export function classOf({ classes }: Catalogue, code: string): CatalogueClass {
  const found = classes.get(code)
  if (found === undefined)
    throw new featuresErrors.CatalogueClassUnknown(code, [...classes.keys()].join(', '))
  return found
}

/** In place of the value of a file that is not JSON. */
class Unparsed {
  readonly fault: ClassFault

  constructor(text: string) {
    const { line, column } = jsonFault(text)
    this.fault = { path: '', problem: `line ${line}, column ${column} is not valid JSON` }
  }
}

function isUnparsed(value: unknown): value is Unparsed {
  return value instanceof Unparsed
}

/** The value of a JSON text, or the place where it stops being JSON. */
export function parseClass(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch {
    return new Unparsed(text)
  }
}

async function readFolder(folder: string): Promise<ClassSource[]> {
  const shown = basename(folder)
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()
    return await Promise.all(
      names.map(async (name) => ({
        shown: `${shown}/${name}`,
        value: parseClass(await readFile(join(folder, name), 'utf8')),
      })),
    )
  } catch (cause) {
    throw new featuresErrors.CatalogueUnreadable(shown, String((cause as NodeJS.ErrnoException).code))
  }
}
