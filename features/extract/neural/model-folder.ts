/** A trained model on disk: one folder with its three files, there whole or not at all, never written over. */

import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { featuresErrors } from '../../errors.ts'
import { syncFolder } from '../../sync-folder.ts'

export const MODEL_FILE = 'model.onnx'
export const DECLARATION_FILE = 'declaration.json'
export const NOTE_FILE = 'training.json'

/** @throws YX_FEATURES_NEURAL_MODEL_EXISTS */
export async function refuseExisting(folder: string): Promise<void> {
  const there = await stat(folder).catch(() => null)
  if (there !== null) throw new featuresErrors.NeuralModelExists(basename(folder))
}

/**
 * Writes the files, readable by their owner only; resolves when they are durable.
 *
 * @param folder must not exist; its parent must
 * @throws YX_FEATURES_NEURAL_MODEL_EXISTS
 */
export async function writeModelFolder(
  folder: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<void> {
  await refuseExisting(folder)
  const fresh = `${folder}.new`
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { mode: 0o700 })
  try {
    for (const [name, content] of Object.entries(files)) {
      const handle = await open(join(fresh, name), 'wx', 0o600)
      try {
        await handle.writeFile(content)
        await handle.sync()
      } finally {
        await handle.close()
      }
    }
    await syncFolder(fresh)
    await rename(fresh, folder)
  } catch (fault) {
    await rm(fresh, { recursive: true, force: true })
    throw fault
  }
  await syncFolder(join(folder, '..'))
}

/**
 * A JSON file of a model's folder.
 *
 * @throws YX_FEATURES_NEURAL_MODEL_UNFIT
 */
export async function readModelJson(folder: string, name: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(join(folder, name), 'utf8'))
  } catch {
    throw new featuresErrors.NeuralModelUnfit(basename(folder), `${name} is missing or no JSON`)
  }
}
