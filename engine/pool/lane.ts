/** One worker thread with a queue of its own: the objects it holds live nowhere else. */
import { extname } from 'node:path'
import { Piscina } from 'piscina'
import { engineErrors } from '../errors.ts'
import type { Task, TaskFault, TaskResult } from './task.ts'

export class Lane {
  #pool = new Piscina({
    filename: new URL(`./worker${extname(import.meta.url)}`, import.meta.url).href,
    // Started by the first task: a node waits for days between runs.
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
    atomics: 'disabled',
  })

  #closed = false

  /**
   * @param moved arrays of the task that were made for it: they change the thread without a copy
   * @throws any error of engine/
   */
  async run<R>(task: Task, moved: readonly ArrayBufferView[] = []): Promise<R> {
    // piscina would start a new thread for it, which nobody closes any more
    if (this.#closed) throw new engineErrors.WorkerLost()
    let result: TaskResult
    try {
      result = await this.#pool.run(task, { transferList: moved.map(({ buffer }) => buffer as ArrayBuffer) })
    } catch {
      throw new engineErrors.WorkerLost()
    }
    if (result.ok) return result.value as R
    throw revive(result.fault)
  }

  close(): Promise<void> {
    this.#closed = true
    return this.#pool.destroy()
  }
}

/** An engine error again, of its own class, after the way between threads. */
function revive({ code, message }: TaskFault): Error {
  const Known = Object.values(engineErrors).find((Candidate) => new Candidate().code === code)
  return Object.assign(Known ? new Known() : new engineErrors.WorkerLost(), { message })
}
