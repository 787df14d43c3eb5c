import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { featuresErrors } from '../errors.ts'
import type { ExtractorIdentity, FeatureTable, IntegerColumn } from './card-types.ts'
import { checkOnnxDeclaration, type OnnxDeclaration } from './onnx-declaration.ts'
import { chooseColumns, planFeeds } from './onnx-feed.ts'
import { openOnnxSession } from './onnx-host.ts'
import { onnxHash } from './onnx-identity.ts'
import { inspectOnnx } from './onnx-inspect.ts'
import type { Port } from './onnx-messages.ts'
import { readResults } from './onnx-result.ts'

/** Bounds of running a model. */
export interface OnnxLimits {
  /** Largest model file, default 256 MB. */
  readonly megabytes?: number
  /** Rows that are computed at once, default 8192. */
  readonly batchRows?: number
  /** How long loading, and each batch, may take, default 120. */
  readonly seconds?: number
}

const TYPES_READ = [
  'float32',
  'float64',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint32',
  'uint16',
  'uint8',
  'bool',
]

/**
 * Runs a provider's own model over its table of features, in a process of its own, on one thread. The same files give the same
 * columns on the same machine; on another kind of processor a result on the edge may round the other way.
 *
 * @param table features in no particular order
 * @param value the declaration, as read from a configuration or a JSON file
 * @param folder folder that the model's file name is meant in
 * @param from the extractors that made the table: their hashes are part of this one's
 * @returns one column per declared output, in the order of the table, present for every enterprise
 * @throws YX_FEATURES_ONNX_*, YX_FEATURES_FILE_MISSING
 */
export async function runOnnx(
  table: FeatureTable,
  value: unknown,
  folder: string,
  from: readonly ExtractorIdentity[],
  limits: OnnxLimits = {},
): Promise<{ identity: ExtractorIdentity; columns: IntegerColumn[] }> {
  const declaration = checkOnnxDeclaration(value, 'onnx')
  const shown = basename(declaration.onnx)
  const columns = chooseColumns(declaration, table, shown)
  const model = await readModel(join(folder, declaration.onnx), shown, limits.megabytes ?? 256)
  inspectOnnx(model, shown)
  const session = await openOnnxSession(model, shown, limits.seconds ?? 120)
  try {
    const feeds = planFeeds(declaration, session.inputs, columns, shown)
    checkOutputs(declaration, session.outputs, shown)
    const wanted = declaration.outputs.map(({ name, index }) => ({ name, index: index ?? null }))
    const rows = table.ids.length
    const results = declaration.outputs.map(() => new Float64Array(rows))
    const step = limits.batchRows ?? 8192
    for (let start = 0; start < rows; start += step) {
      const end = Math.min(start + step, rows)
      const batch = await session.run(end - start, feeds(start, end), wanted)
      batch.forEach((entries, place) => {
        results[place].set(entries, start)
      })
    }
    return {
      identity: { name: `onnx:${declaration.onnx}`, hash: onnxHash(model, declaration, from) },
      columns: readResults(declaration.outputs, results, shown),
    }
  } finally {
    session.close()
  }
}

async function readModel(file: string, shown: string, megabytes: number): Promise<Uint8Array> {
  try {
    const { size } = await stat(file)
    if (size > megabytes * 2 ** 20) {
      throw new featuresErrors.OnnxTooLarge(shown, Math.ceil(size / 2 ** 20), megabytes)
    }
    return await readFile(file)
  } catch (fault) {
    if (fault instanceof featuresErrors.OnnxTooLarge) throw fault
    throw new featuresErrors.FileMissing(shown, (fault as NodeJS.ErrnoException).code)
  }
}

function checkOutputs(declaration: OnnxDeclaration, outputs: readonly Port[], shown: string): void {
  for (const { name, index } of declaration.outputs) {
    const refuse = (why: string): never => {
      throw new featuresErrors.OnnxUnfit(shown, `output "${name}"`, why)
    }
    const output =
      outputs.find((port) => port.name === name) ??
      refuse(`the model has no such output, but ${outputs.map((port) => `"${port.name}"`).join(', ')}`)
    if (output.type === 'no tensor') {
      refuse(`it is a list of maps, not numbers; convert the model with options={"zipmap": False} (skl2onnx)`)
    }
    if (!TYPES_READ.includes(output.type)) refuse(`it gives ${output.type}, only numbers can be read`)
    // An empty shape is one that the runtime does not know; every batch is checked again.
    const [, ...width] = output.shape
    if (output.shape.length > 0 && width.every((size) => typeof size === 'number')) {
      const entries = width.reduce<number>((product, size) => product * (size as number), 1)
      if (index === undefined && entries !== 1)
        refuse(`its rows have ${entries} entries, say with "index" which one`)
      if ((index ?? 0) >= entries) refuse(`its rows have ${entries} entries, "index" is beyond`)
    }
  }
}
