import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { featuresErrors } from '../../errors.ts'
import { type Session, withSession } from '../../source/session.ts'
import { openStream } from '../random.ts'
import { Risk, TREND } from '../risk.ts'
import { CALENDAR } from './calendar.ts'
import { CityBuild } from './city-build.ts'
import { CityFiles, type RawParty, type WrittenFile } from './city-files.ts'
import { DEFECT_TABLE } from './defects.ts'
import { writeDepartments } from './departments.ts'
import { writeLenders } from './lenders.ts'
import { type CitySizeName, citySize } from './sizes.ts'
import { makeSubjects } from './subjects.ts'
import { writeTruth } from './truth.ts'

/** How far the writing of a raw city has come. */
export interface CityProgress {
  /** What is written now, such as `water`. */
  readonly step: string
  readonly rows: number
  /** Rows that the whole city is expected to have. */
  readonly expectedRows: number
}

export interface RawCityOptions {
  readonly size: CitySizeName | number
  /** Whole number from 0 to 2^53 - 1; the same size and seed give the same files. */
  readonly seed: number
  /** Folder to make; it is absent or empty. */
  readonly dir: string
  readonly progress?: (progress: CityProgress) => void
  /** Memory of the table writer in MB, default 1024. */
  readonly memoryMb?: number
  /** Stops the writing; nothing is left behind. */
  readonly signal?: AbortSignal
}

/** What was written. */
export interface RawCity {
  /** Name of the size, or the number of enterprises. */
  readonly size: string
  readonly seed: number
  readonly enterprises: number
  readonly individuals: number
  readonly rows: number
  readonly parties: readonly (RawParty & { readonly rows: Readonly<Record<string, number>> })[]
  readonly files: readonly WrittenFile[]
}

/** Fewer firms hold an account here than in the city of features, so what an account says weighs more. */
const TRENDS = { ...TREND, waterUsage: -0.3, gasUsage: -0.55, headcount: -0.45 } as const

/** Rows a subject gives on average: what progress is counted against. */
const ROWS_OF_ENTERPRISE = 98
const ROWS_OF_INDIVIDUAL = 13

/**
 * Writes a made-up city of raw records: a folder a party with its files and its `data.yaml`, the roster, lists of who has
 * authorised, `city.json`, and `truth/`, which no party gets. Everything is written beside the folder first and renamed at the
 * end, so that a city that was broken off is never taken for a whole one. No row stands for a real enterprise.
 *
 * @throws YX_FEATURES_CITY_INVALID, YX_FEATURES_CITY_FOLDER_NOT_EMPTY, YX_FEATURES_CITY_FOLDER_UNUSABLE,
 * YX_FEATURES_CITY_UNFINISHED
 */
export async function writeRawCity(options: RawCityOptions): Promise<RawCity> {
  openStream(options.seed, 'check')
  citySize(options.size)
  const target = resolve(options.dir)
  const unfinished = await claim(target)
  try {
    // More threads would each fill a batch of their own and hold it, on disk too, until those before it are written: slower by
    // three, and other groups of rows in the files.
    const bounds = { threads: 1, memoryMb: options.memoryMb ?? 1024 }
    const city = await withSession(bounds, async (session) => {
      options.signal?.addEventListener('abort', () => session.interrupt(), { once: true })
      return build(session, unfinished, options)
    })
    await rename(unfinished, target)
    return city
  } catch (cause) {
    await rm(unfinished, { recursive: true, force: true })
    options.signal?.throwIfAborted()
    throw cause
  }
}

/** Makes the folder that is written into, and looks that the target can take its place. */
async function claim(target: string): Promise<string> {
  const present = await readdir(target).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return []
    throw new featuresErrors.CityFolderUnusable(basename(target), cause.code)
  })
  if (present.length > 0) throw new featuresErrors.CityFolderNotEmpty(basename(target))
  const unfinished = `${target}.unfinished`
  try {
    await mkdir(dirname(target), { recursive: true })
    await mkdir(unfinished)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'EEXIST') throw new featuresErrors.CityUnfinished(basename(unfinished))
    throw new featuresErrors.CityFolderUnusable(basename(target), code)
  }
  return unfinished
}

async function build(session: Session, root: string, options: RawCityOptions): Promise<RawCity> {
  const { seed } = options
  const size = citySize(options.size)
  const { enterprises, individuals } = size
  const expectedRows = ROWS_OF_ENTERPRISE * enterprises + ROWS_OF_INDIVIDUAL * individuals
  const progress = (step: string, rows: number): void => {
    options.signal?.throwIfAborted()
    options.progress?.({ step, rows, expectedRows: Math.max(rows, expectedRows) })
  }
  progress('firms', 0)
  await session.run(
    `CREATE TABLE ${DEFECT_TABLE} (party VARCHAR, file VARCHAR, source_row INTEGER, kind VARCHAR, rule VARCHAR)`,
  )
  const subjects = makeSubjects(enterprises, individuals, seed)
  const files = new CityFiles(root, session, size.format)
  const risk = new Risk(subjects.firms.size, TRENDS)
  const city = new CityBuild(
    { session, files, subjects, risk, seed, size },
    await session.append(DEFECT_TABLE),
    progress,
  )
  await writeDepartments(city)
  const lenders = await writeLenders(city)
  city.close()
  await writeTruth(city, lenders)
  progress('hashes', city.written)
  const summary = {
    size: size.name,
    seed,
    enterprises,
    individuals,
    rows: city.written,
    parties: city.parties.map((party) => ({
      ...party,
      rows: Object.fromEntries(city.rows.get(party.party) ?? []),
    })),
    files: await files.list(),
  }
  const about = { name: `raw_city_${size.name}_${seed}`, synthetic: true, ...summary, calendar: CALENDAR }
  await writeFile(join(root, 'city.json'), `${JSON.stringify(about, null, 1)}\n`)
  return summary
}
