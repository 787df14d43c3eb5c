/** What passes between the main thread and a worker thread of the engine. */
import type { CrossQuery } from '../bfv/cross.ts'
import type { LinearQuery } from '../bfv/linear.ts'
import type { PackedColumns, Packing } from '../bfv/packing.ts'

/** One task; `handle` names the object in the worker that it concerns. */
export type Task =
  | { op: 'linearOwner'; handle: number; packing: Packing }
  | { op: 'linearOwner.encrypt'; handle: number; values: Float64Array }
  | { op: 'linearOwner.decrypt'; handle: number; answer: Uint8Array; columns: number }
  | { op: 'linearResponder'; handle: number; packing: Packing; columns: PackedColumns; memoryBudget: number }
  | {
      op: 'linearResponder.answer'
      handle: number
      query: LinearQuery
      from: number
      to: number
      masks: Float64Array
      seed: Uint8Array
    }
  | { op: 'crossOwner'; handle: number; rows: number }
  | { op: 'crossOwner.encrypt'; handle: number; first: Float64Array; second: Float64Array }
  | { op: 'crossOwner.decrypt'; handle: number; answer: Uint8Array }
  | { op: 'answerCross'; query: CrossQuery; first: Float64Array; second: Float64Array; seed: Uint8Array }
  | { op: 'close'; handle: number }

/** An error as it crosses the thread border: code and text survive, the class does not. */
export interface TaskFault {
  readonly code: string
  readonly message: string
}

export type TaskResult = { ok: true; value: unknown } | { ok: false; fault: TaskFault }
