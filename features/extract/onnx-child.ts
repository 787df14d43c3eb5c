/**
 * Body of the process that runs a model: the runtime is native code, and a file made to break it must not take the party down.
 * One session, then batches, one after another; every request gets one answer.
 */
import { writeFileSync } from 'node:fs'
import type { InferenceSession, Tensor, TypedTensor } from 'onnxruntime-node'
import type { Answer, Feed, Port, Request, Wanted } from './onnx-messages.ts'

const WIDEST = 65_536

let session: InferenceSession | null = null

process.on('message', (request: Request) => {
  answer(request).then((message) => process.send?.(message))
})
process.on('disconnect', () => process.exit(0))

// Where memory runs out, Linux ends this process before it looks at any other. Elsewhere there is no such file.
try {
  writeFileSync('/proc/self/oom_score_adj', '1000')
} catch {}

async function answer(request: Request): Promise<Answer> {
  if (request.kind === 'open') return open(request.model)
  return session === null ? { kind: 'fault', of: 'load', text: '' } : run(session, request)
}

async function open(model: Uint8Array): Promise<Answer> {
  let runtime: typeof import('onnxruntime-node')
  try {
    runtime = await import('onnxruntime-node')
  } catch {
    return { kind: 'fault', of: 'runtime', text: '' }
  }
  try {
    session = await runtime.InferenceSession.create(model, {
      executionProviders: ['cpu'],
      // One thread and no rewriting for this processor: the same file gives the same columns.
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'basic',
      logSeverityLevel: 4,
    })
  } catch (fault) {
    return { kind: 'fault', of: 'load', text: String((fault as Error).message) }
  }
  const port = (metadata: InferenceSession.ValueMetadata): Port =>
    metadata.isTensor
      ? { name: metadata.name, type: metadata.type, shape: metadata.shape }
      : { name: metadata.name, type: 'no tensor', shape: [] }
  return {
    kind: 'opened',
    inputs: session.inputMetadata.map(port),
    outputs: session.outputMetadata.map(port),
  }
}

async function run(opened: InferenceSession, request: Request & { kind: 'run' }): Promise<Answer> {
  const { Tensor } = await import('onnxruntime-node')
  const tensor = ({ type, dims, data }: Feed): Tensor => {
    switch (type) {
      case 'float32':
        return new Tensor(type, data as Float32Array, dims)
      case 'float64':
        return new Tensor(type, data as Float64Array, dims)
      case 'int32':
        return new Tensor(type, data as Int32Array, dims)
      case 'int64':
        return new Tensor(type, data as BigInt64Array, dims)
    }
  }
  try {
    const feeds = Object.fromEntries(request.feeds.map((feed) => [feed.name, tensor(feed)]))
    const results = await opened.run(feeds, [...new Set(request.wanted.map(({ name }) => name))])
    const columns = request.wanted.map((wanted) => column(results[wanted.name], wanted, request.rows))
    const unfit = columns.findIndex((entries) => typeof entries === 'string')
    if (unfit >= 0) {
      return {
        kind: 'fault',
        of: 'shape',
        output: request.wanted[unfit].name,
        text: columns[unfit] as string,
      }
    }
    return { kind: 'columns', columns: columns as Float64Array[] }
  } catch (fault) {
    return { kind: 'fault', of: 'run', text: String((fault as Error).message) }
  }
}

/** One number a row of an output, or why there is none. */
function column(result: Tensor, wanted: Wanted, rows: number): Float64Array | string {
  const shape = `[${result.dims.join(', ')}]`
  const width = result.dims.slice(1).reduce((product, size) => product * size, 1)
  if (result.dims.length === 0 || result.dims[0] !== rows) {
    return `its shape is ${shape} for ${rows} rows, not one entry of it a row`
  }
  if (width < 1 || width > WIDEST)
    return `its shape is ${shape}, from 1 to ${WIDEST} entries a row can be read`
  if (wanted.index === null && width !== 1)
    return `its rows have ${width} entries, say with "index" which one`
  if ((wanted.index ?? 0) >= width) return `its rows have ${width} entries, "index" is beyond`
  const { data } = result as TypedTensor<'float32' | 'int64' | 'bool'>
  const entries = new Float64Array(rows)
  for (let row = 0, place = wanted.index ?? 0; row < rows; row++, place += width) {
    entries[row] = Number(data[place])
  }
  return entries
}
