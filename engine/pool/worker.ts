/** The body of a worker thread: one SEAL instance, the objects of its party by handle, tasks one after another. */
import { move, transferableSymbol, valueSymbol } from 'piscina'
import { linearContext } from '../bfv/context.ts'
import { answerCross, CrossOwner } from '../bfv/cross.ts'
import { LinearResponder } from '../bfv/linear.ts'
import { LinearOwner } from '../bfv/linear-owner.ts'
import { release } from '../bfv/release.ts'
import { parsePublicKey } from '../bfv/wire.ts'
import { engineErrors } from '../errors.ts'
import type { Task, TaskResult } from './task.ts'

const owners = new Map<number, LinearOwner>()
const responders = new Map<number, LinearResponder>()
const crossOwners = new Map<number, CrossOwner>()

function held<V>(objects: Map<number, V>, handle: number): V {
  const object = objects.get(handle)
  if (object === undefined) throw new engineErrors.HandleUnknown(handle)
  return object
}

async function perform(task: Task): Promise<unknown> {
  switch (task.op) {
    case 'linearOwner': {
      const owner = await LinearOwner.create(task.packing, task.seed, task.made)
      owners.set(task.handle, owner)
      return task.share ? owner.forThread() : { publicKey: owner.publicKey.slice() }
    }
    case 'linearOwner.encrypt':
      return held(owners, task.handle).encryptBlocks(task.values, task.range, task.seed)
    case 'linearOwner.decrypt':
      return held(owners, task.handle).decrypt(task.answer, task.columns)
    case 'linearResponder': {
      const { handle, packing, columns, memoryBudget, range } = task
      responders.set(handle, await LinearResponder.create(packing, columns, memoryBudget, range))
      return
    }
    case 'linearResponder.answer': {
      const { query, from, to, masks, seed } = task
      return held(responders, task.handle).answer(query, from, to, masks, seed)
    }
    case 'linearResponder.sums':
      // A key that is none is found before the work is done for it.
      parsePublicKey(await linearContext(), task.publicKey)
      return held(responders, task.handle).sums(task.blocks, task.firstGroup, task.groups)
    case 'release':
      return release(await linearContext(), task.packing, task.stretches, task.part)
    case 'crossOwner': {
      const owner = await CrossOwner.create(task.rows, task.seed, task.made)
      crossOwners.set(task.handle, owner)
      return task.share ? owner.forThread() : { publicKey: owner.publicKey.slice() }
    }
    case 'crossOwner.encrypt':
      return held(crossOwners, task.handle).encryptBlocks(task.values, task.from, task.entropy)
    case 'crossOwner.decrypt':
      return held(crossOwners, task.handle).decryptBlocks(task.answer, task.rows)
    case 'answerCross':
      return answerCross(task.query, task.factors, task.seed, task.range)
    case 'close':
      for (const objects of [owners, responders, crossOwners]) {
        objects.get(task.handle)?.[Symbol.dispose]()
        objects.delete(task.handle)
      }
      return
  }
}

/** The memory of a result: arrays that were made for it, which change the thread without a copy. */
function memoryOf(value: unknown): ArrayBuffer[] {
  if (value instanceof ArrayBuffer) return [value]
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteLength } = value
    return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : []
  }
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(memoryOf) : []
}

/** Runs one task. A fault goes back as data, because an error's class does not survive the way between threads. */
export default async function run(task: Task): Promise<unknown> {
  let result: TaskResult
  try {
    result = { ok: true, value: await perform(task) }
  } catch (cause) {
    const { code, message } = cause as { code?: string; message: string }
    const own = code?.startsWith('YX_ENGINE_') ?? false
    const fault = own
      ? { code: code as string, message }
      : {
          code: 'YX_ENGINE_SEAL_FAULT',
          message: `The encryption library refused an operation (${task.op}). Mend: start the run again with fresh keys.`,
        }
    result = { ok: false, fault }
  }
  const memory = result.ok ? memoryOf(result.value) : []
  return move({ [transferableSymbol]: memory, [valueSymbol]: result })
}
