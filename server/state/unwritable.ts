/** A disk that is full or takes no writes is one named fault, whatever was being written. */
import type { KeepsNothing } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'

const UNWRITABLE: ReadonlySet<unknown> = new Set([
  ...['ENOSPC', 'EDQUOT', 'EROFS', 'EIO'],
  ...['EACCES', 'EPERM'],
])

/** A fault of the system as a named one, if it says that the disk takes no writes; else the fault itself. */
export function writeFault(what: string, fault: unknown): unknown {
  const code = (fault as NodeJS.ErrnoException | null)?.code
  if (!UNWRITABLE.has(code)) return fault
  return Object.assign(new serverErrors.StateUnwritable(what, code), {
    keepsNothing: true,
  } satisfies KeepsNothing)
}

/** Does something that writes `what`. @throws StateUnwritable */
export async function writing<V>(what: string, work: () => Promise<V>): Promise<V> {
  try {
    return await work()
  } catch (fault) {
    throw writeFault(what, fault)
  }
}

/** {@link writing} for what is written before a process can wait. @throws StateUnwritable */
export function writingSync<V>(what: string, work: () => V): V {
  try {
    return work()
  } catch (fault) {
    throw writeFault(what, fault)
  }
}
