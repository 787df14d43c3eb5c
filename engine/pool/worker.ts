/** The body of a worker thread: one SEAL instance, the objects of its party by handle, tasks one after another. */
import { engineErrors } from '../errors.ts'
import {
  type CrossOwnerHandle,
  directHost,
  type LinearOwnerHandle,
  type LinearResponderHandle,
} from './host.ts'
import type { Task, TaskResult } from './task.ts'

const host = directHost()
const owners = new Map<number, LinearOwnerHandle>()
const responders = new Map<number, LinearResponderHandle>()
const crossOwners = new Map<number, CrossOwnerHandle>()

function held<V>(objects: Map<number, V>, handle: number): V {
  const object = objects.get(handle)
  if (object === undefined) throw new engineErrors.HandleUnknown(handle)
  return object
}

async function perform(task: Task): Promise<unknown> {
  switch (task.op) {
    case 'linearOwner':
      owners.set(task.handle, await host.linearOwner(task.packing))
      return
    case 'linearOwner.encrypt':
      return held(owners, task.handle).encrypt(task.values)
    case 'linearOwner.decrypt':
      return held(owners, task.handle).decrypt(task.answer, task.columns)
    case 'linearResponder':
      responders.set(task.handle, await host.linearResponder(task.packing, task.columns, task.memoryBudget))
      return
    case 'linearResponder.answer':
      return held(responders, task.handle).answer(task.query, task.from, task.to, task.masks, task.seed)
    case 'crossOwner':
      crossOwners.set(task.handle, await host.crossOwner(task.rows))
      return
    case 'crossOwner.encrypt':
      return held(crossOwners, task.handle).encrypt(task.first, task.second)
    case 'crossOwner.decrypt':
      return held(crossOwners, task.handle).decrypt(task.answer)
    case 'answerCross':
      return host.answerCross(task.query, task.first, task.second, task.seed)
    case 'close':
      for (const objects of [owners, responders, crossOwners]) {
        await objects.get(task.handle)?.close()
        objects.delete(task.handle)
      }
      return
  }
}

/** Runs one task. A fault goes back as data, because an error's class does not survive the way between threads. */
export default async function run(task: Task): Promise<TaskResult> {
  try {
    return { ok: true, value: await perform(task) }
  } catch (cause) {
    const { code, message } = cause as { code?: string; message: string }
    const own = code?.startsWith('YX_ENGINE_') ?? false
    const fault = own
      ? { code: code as string, message }
      : {
          code: 'YX_ENGINE_SEAL_FAULT',
          message: `The encryption library refused an operation (${task.op}). Mend: start the run again with fresh keys.`,
        }
    return { ok: false, fault }
  }
}
