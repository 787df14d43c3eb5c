/** What passes between the main thread and a worker thread of the engine. */
import type { CrossEntropy, CrossQuery, CrossVectors } from '../bfv/cross.ts'
import type { ThreadKey } from '../bfv/key.ts'
import type { LinearQuery } from '../bfv/linear-owner.ts'
import type { PackedColumns, Packing } from '../bfv/packing.ts'
import type { ProductSums } from '../bfv/products.ts'
import type { BlockRange } from '../bfv/ranges.ts'
import type { AnswerPart } from '../bfv/release.ts'

/**
 * One task; `handle` names the object in the worker that it concerns. Vectors and bytes are those of the range only. An owner
 * hands its key out only where another thread is to `share` it. A seed of an owner is that of its key; what it encrypts with
 * comes with each encryption, bound to the whole of it.
 */
export type Task =
  | {
      op: 'linearOwner'
      handle: number
      packing: Packing
      seed?: Uint8Array
      made?: ThreadKey
      share: boolean
    }
  | { op: 'linearOwner.encrypt'; handle: number; values: Float64Array; range: BlockRange; seed?: Uint8Array }
  | { op: 'linearOwner.decrypt'; handle: number; answer: Uint8Array; columns: number }
  | {
      op: 'linearResponder'
      handle: number
      packing: Packing
      columns: PackedColumns
      memoryBudget: number
      range: BlockRange
    }
  | {
      op: 'linearResponder.answer'
      handle: number
      query: LinearQuery
      from: number
      to: number
      masks: Float64Array
      seed: Uint8Array
    }
  | {
      op: 'linearResponder.sums'
      handle: number
      publicKey: Uint8Array
      blocks: Uint8Array
      firstGroup: number
      groups: number
    }
  | { op: 'release'; packing: Packing; stretches: ProductSums[]; part: AnswerPart }
  | { op: 'crossOwner'; handle: number; rows: number; seed?: Uint8Array; made?: ThreadKey; share: boolean }
  | { op: 'crossOwner.encrypt'; handle: number; values: Float64Array; from: number; entropy?: CrossEntropy }
  | { op: 'crossOwner.decrypt'; handle: number; answer: Uint8Array; rows: number }
  | {
      op: 'answerCross'
      query: CrossQuery
      factors: CrossVectors
      seed: Uint8Array
      range: BlockRange
    }
  | { op: 'close'; handle: number }

/** An error as it crosses the thread border: code and text survive, the class does not. */
export interface TaskFault {
  readonly code: string
  readonly message: string
}

export type TaskResult = { ok: true; value: unknown } | { ok: false; fault: TaskFault }
