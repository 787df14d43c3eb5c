/**
 * The engine in worker threads (piscina): one SEAL instance a thread, because WASM memory is not shared. A responder's
 * columns are split over the threads by groups of W, so that each thread encodes and multiplies only its own part.
 */
import { extname } from 'node:path'
import { Piscina } from 'piscina'
import { columnCount, type PackedColumns, type Packing } from '../bfv/packing.ts'
import { engineErrors } from '../errors.ts'
import type { EngineHost, LinearResponderHandle } from './host.ts'
import type { Task, TaskFault, TaskResult } from './task.ts'

/** One thread with a queue of its own: its objects live nowhere else. */
class Lane {
  #pool = new Piscina({
    filename: new URL(`./worker${extname(import.meta.url)}`, import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
    atomics: 'disabled',
  })

  #closed = false

  async run<R>(task: Task): Promise<R> {
    // piscina would start a new thread for it, which nobody closes any more
    if (this.#closed) throw new engineErrors.WorkerLost()
    let result: TaskResult
    try {
      result = await this.#pool.run(task)
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

/** @param threads number of worker threads, at least 1 */
export function threadHost(threads: number): EngineHost {
  if (!(threads >= 1)) throw new engineErrors.OutOfRange('the number of worker threads', 'at least 1')
  const lanes = Array.from({ length: threads }, () => new Lane())
  let handles = 0
  let turn = 0
  const nextLane = () => lanes[turn++ % lanes.length]

  async function responderOn(lane: Lane, packing: Packing, columns: PackedColumns, memoryBudget: number) {
    const handle = handles++
    await lane.run({ op: 'linearResponder', handle, packing, columns, memoryBudget })
    return { lane, handle }
  }

  return {
    async linearOwner(packing) {
      const lane = nextLane()
      const handle = handles++
      await lane.run({ op: 'linearOwner', handle, packing })
      return {
        encrypt: (values) => lane.run({ op: 'linearOwner.encrypt', handle, values }),
        decrypt: (answer, columns) => lane.run({ op: 'linearOwner.decrypt', handle, answer, columns }),
        close: () => lane.run({ op: 'close', handle }),
      }
    },
    async linearResponder(packing, columns, memoryBudget): Promise<LinearResponderHandle> {
      const groups = Math.ceil(columnCount(columns) / packing.stride)
      const used = lanes.slice(0, Math.max(1, Math.min(lanes.length, groups)))
      const parts = await Promise.all(
        used.map((lane) => responderOn(lane, packing, columns, memoryBudget / used.length)),
      )
      // Fixed borders, so that a column is always encoded in the same thread.
      const border = (index: number) => Math.floor((index * groups) / parts.length) * packing.stride
      return {
        async answer(query, from, to, masks, seed) {
          if (!(to > from) || masks.length !== to - from) {
            throw new engineErrors.OutOfRange('the range of columns', 'not empty, one mask a column')
          }
          const answers = await Promise.all(
            parts.map(async ({ lane, handle }, index) => {
              const start = Math.max(from, border(index))
              const end = index === parts.length - 1 ? to : Math.min(to, border(index + 1))
              if (start >= end) return new Uint8Array(0)
              const part = masks.slice(start - from, end - from)
              const task = {
                op: 'linearResponder.answer',
                handle,
                query,
                from: start,
                to: end,
                masks: part,
                seed,
              } as const
              return (await lane.run<{ bytes: Uint8Array }>(task)).bytes
            }),
          )
          return { bytes: concatenate(answers) }
        },
        async close() {
          await Promise.all(parts.map(({ lane, handle }) => lane.run({ op: 'close', handle })))
        },
      }
    },
    async crossOwner(rows) {
      const lane = nextLane()
      const handle = handles++
      await lane.run({ op: 'crossOwner', handle, rows })
      return {
        encrypt: (first, second) => lane.run({ op: 'crossOwner.encrypt', handle, first, second }),
        decrypt: (answer) => lane.run({ op: 'crossOwner.decrypt', handle, answer }),
        close: () => lane.run({ op: 'close', handle }),
      }
    },
    answerCross: (query, first, second, seed) =>
      nextLane().run({ op: 'answerCross', query, first, second, seed }),
    async close() {
      await Promise.all(lanes.map((lane) => lane.close()))
    },
  }
}

/** An engine error again, of its own class, after the way between threads. */
function revive({ code, message }: TaskFault): Error {
  const Known = Object.values(engineErrors).find((Candidate) => new Candidate().code === code)
  return Object.assign(Known ? new Known() : new engineErrors.WorkerLost(), { message })
}

function concatenate(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
