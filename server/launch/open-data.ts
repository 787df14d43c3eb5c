/** The data of a consortium on this machine: a folder of one's own, or a synthetic city. */
import { rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { writeRawCity } from '../../features/index.ts'
import { serverErrors } from '../errors.ts'
import { lockFolder } from '../store/folder-lock.ts'
import { openDataSet } from './data-set.ts'
import type { LaunchData } from './launch-data.ts'
import { isRawCity, openRawCity } from './raw-city.ts'

/** One consortium whatever the city's size and seed: its identities and its privacy ledger go on. */
const CITY_CONSORTIUM = 'synthetic_city'

export interface DataOptions {
  readonly data?: string
  /** Number of providers that the columns of a data set are dealt to; its own parties without it. */
  readonly providers?: number
  readonly enterprises: number
  readonly seed: number
}

/**
 * @param note told what is being done
 * @returns the data and the folder of its state, locked until this process ends
 * @throws StoreLocked, CityProviders, and the errors of `openDataSet` and `openRawCity`
 */
export async function openData(
  options: DataOptions,
  state: string,
  note: (text: string) => void,
): Promise<{ data: LaunchData; folder: string }> {
  const own = options.data === undefined ? null : resolve(options.data)
  const raw = own === null || isRawCity(own)
  if (raw && options.providers !== undefined) throw new serverErrors.CityProviders()
  if (own !== null) {
    const data = raw ? await openRawCity(own) : await openDataSet(own, options.providers)
    note(`Data set ${data.name}: ${data.roster.size} enterprises, ${data.providers.length} providers`)
    return { data, folder: lockedFolder(join(state, 'sets'), data.name) }
  }
  const folder = lockedFolder(state, 'city')
  const dir = join(folder, 'data')
  note(`Making a synthetic city of ${options.enterprises} enterprises (seed ${options.seed}) ...`)
  const removeUnfinished = () => rmSync(`${dir}.unfinished`, { recursive: true, force: true })
  removeUnfinished()
  await rm(dir, { recursive: true, force: true })
  process.once('exit', removeUnfinished)
  await writeRawCity({ size: options.enterprises, seed: options.seed, dir })
  process.removeListener('exit', removeUnfinished)
  return { data: { ...(await openRawCity(dir)), name: CITY_CONSORTIUM }, folder }
}

/** A second start would delete the nodes of the first. */
function lockedFolder(state: string, name: string): string {
  const folder = resolve(state, name)
  process.once('exit', lockFolder(folder))
  return folder
}
