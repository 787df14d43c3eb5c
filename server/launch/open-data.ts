/** The data of a consortium on this machine: a folder of one's own, or a synthetic city. */
import { join, resolve } from 'node:path'
import { type Dataset, openDataset, writeCity } from '../../features/index.ts'
import { lockFolder } from '../store/folder-lock.ts'

export interface DataOptions {
  readonly data?: string
  readonly enterprises: number
  readonly seed: number
}

/**
 * @param note told what is being done
 * @returns the data and the folder of its state, locked until this process ends
 * @throws StoreLocked and the errors of `openDataset`
 */
export async function openData(
  options: DataOptions,
  state: string,
  note: (text: string) => void,
): Promise<{ dataset: Dataset; folder: string }> {
  if (options.data !== undefined) {
    const dataset = await openDataset(resolve(options.data))
    note(`Data set ${dataset.name}: ${dataset.roster.size} enterprises, ${dataset.parties.length} parties`)
    return { dataset, folder: lockedFolder(join(state, 'sets'), dataset.name) }
  }
  const folder = lockedFolder(state, 'city')
  const dir = join(folder, 'data')
  note(`Making a synthetic city of ${options.enterprises} enterprises (seed ${options.seed}) ...`)
  await writeCity({ size: options.enterprises, seed: options.seed, dir })
  return { dataset: await openDataset(dir), folder }
}

/** A second start would delete the nodes of the first. */
function lockedFolder(state: string, name: string): string {
  const folder = resolve(state, name)
  process.once('exit', lockFolder(folder))
  return folder
}
