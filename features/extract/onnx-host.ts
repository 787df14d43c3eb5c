/** The process that runs a model, seen from the party. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { featuresErrors } from '../errors.ts'
import type { Answer, Feed, Port, Request, Wanted } from './onnx-messages.ts'

/** A loaded model. */
export interface OnnxSession {
  readonly inputs: readonly Port[]
  readonly outputs: readonly Port[]
  /**
   * One column per wanted output, one entry a row.
   *
   * @throws YX_FEATURES_ONNX_RUN_FAILED, YX_FEATURES_ONNX_UNFIT, YX_FEATURES_ONNX_PROCESS_ENDED
   */
  run(rows: number, feeds: readonly Feed[], wanted: readonly Wanted[]): Promise<readonly Float64Array[]>
  close(): void
}

/**
 * Loads a model in a process of its own and waits until it is ready; the caller closes it.
 *
 * @param seconds how long loading, and each batch, may take
 * @throws YX_FEATURES_ONNX_RUNTIME_ABSENT, YX_FEATURES_ONNX_BROKEN, YX_FEATURES_ONNX_PROCESS_ENDED
 */
export async function openOnnxSession(
  model: Uint8Array,
  shown: string,
  seconds: number,
): Promise<OnnxSession> {
  const child = fork(fileURLToPath(new URL('./onnx-child.ts', import.meta.url)), [], {
    serialization: 'advanced',
    // Nothing of the party's environment, its output or its debugger reaches the model's process.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: {},
    execArgv: [],
  })
  const close = (): void => {
    process.off('exit', close)
    child.kill('SIGKILL')
  }
  // A model that computes for ever must not outlive the party either.
  process.once('exit', close)
  const ask = (request: Request): Promise<Answer> => exchange(child, request, shown, seconds)
  try {
    const answer = await ask({ kind: 'open', model })
    if (answer.kind !== 'opened') {
      throw answer.kind === 'fault' && answer.of === 'runtime'
        ? new featuresErrors.OnnxRuntimeAbsent()
        : new featuresErrors.OnnxBroken(shown, answer.kind === 'fault' ? loadFault(answer.text) : '')
    }
    return {
      inputs: answer.inputs,
      outputs: answer.outputs,
      async run(rows, feeds, wanted) {
        const result = await ask({ kind: 'run', rows, feeds, wanted })
        if (result.kind === 'columns') return result.columns
        if (result.kind === 'fault' && result.of === 'shape') {
          throw new featuresErrors.OnnxUnfit(shown, `output "${result.output}"`, result.text)
        }
        throw new featuresErrors.OnnxRunFailed(shown, runFault(result.kind === 'fault' ? result.text : ''))
      },
      close,
    }
  } catch (fault) {
    close()
    throw fault
  }
}

function exchange(child: ChildProcess, request: Request, shown: string, seconds: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      clearTimeout(timer)
      child.off('message', answered).off('exit', ended).off('error', failed)
      finish()
    }
    const fail = (how: string): void => settle(() => reject(new featuresErrors.OnnxProcessEnded(shown, how)))
    const answered = (message: unknown): void => settle(() => resolve(message as Answer))
    const ended = (code: number | null, signal: string | null): void =>
      fail(signal === null ? `ended with code ${code}` : `was ended by ${signal}`)
    const failed = (): void => fail('could not be started or reached')
    const timer = setTimeout(() => fail(`did not answer within ${seconds} seconds`), seconds * 1000)
    child.on('message', answered).on('exit', ended).on('error', failed)
    if (child.exitCode !== null || child.signalCode !== null) ended(child.exitCode, child.signalCode)
    else child.send(request, (fault) => fault !== null && failed())
  })
}

/** The runtime's own words on a file, on one line, without its C++ signatures and the paths of the machine it was built on. */
function loadFault(words: string): string {
  const said = words.split(' was false. ').at(-1) ?? ''
  return (
    said
      .replace(/\S*[/\\]\S*/g, '')
      .replace(/\p{Cc}+/gu, ' ')
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, 240) || 'the runtime gives no reason'
  )
}

/** Which operator stopped. The runtime's words may hold cells, so that nothing else of them is passed on. */
function runFault(words: string): string {
  const operator = /while running (\w{1,40}) node/.exec(words)?.[1]
  return operator === undefined ? 'the runtime names no operator' : `operator ${operator}`
}
