import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { hashJson } from '../../catalogue/canonical-json.ts'
import { featuresErrors } from '../../errors.ts'
import type { ExtractorIdentity, FeatureTable, IntegerColumn } from '../card-types.ts'
import { type OnnxLimits, runOnnx } from '../onnx.ts'
import { DECLARATION_FILE, MODEL_FILE, NOTE_FILE, readModelJson } from './model-folder.ts'
import type { TrainingNote } from './train-extractor.ts'

/**
 * Runs a network that `trainExtractor` wrote; TensorFlow.js is not needed. The identity covers the model, its declaration, its
 * training note, and the extractors that feed it.
 *
 * @param folder the model's folder
 * @param from the extractors that made the table; those of the training must be among them
 * @throws YX_FEATURES_NEURAL_MODEL_UNFIT, YX_FEATURES_ONNX_*
 */
export async function runNeural(
  table: FeatureTable,
  folder: string,
  from: readonly ExtractorIdentity[],
  limits: OnnxLimits = {},
): Promise<{ identity: ExtractorIdentity; columns: IntegerColumn[] }> {
  const name = basename(folder)
  const refuse = (why: string): never => {
    throw new featuresErrors.NeuralModelUnfit(name, why)
  }
  const note = (await readModelJson(folder, NOTE_FILE)) as Partial<TrainingNote> | null
  const declaration = (await readModelJson(folder, DECLARATION_FILE)) as { onnx?: unknown } | null
  const model = await readFile(join(folder, MODEL_FILE)).catch(() => refuse(`${MODEL_FILE} is missing`))
  const hash = createHash('sha256').update(model).digest('hex')
  if (note?.model !== hash || declaration?.onnx !== MODEL_FILE) {
    refuse(`${NOTE_FILE} or ${DECLARATION_FILE} belongs to another model`)
  }
  // A feature of the same name made in another way is another feature.
  if (!note?.from?.every((known) => from.some((extractor) => extractor.hash === known.hash))) {
    refuse('the features that feed it are made by other extractors than in its training')
  }
  const { identity, columns } = await runOnnx(table, declaration, folder, from, limits)
  return { identity: { name: `neural:${name}`, hash: hashJson({ note, onnx: identity.hash }) }, columns }
}
