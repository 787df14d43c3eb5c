/** Interrupts of the launcher. */
import { exitCodes } from '../exit-codes.ts'
import type { ProcessGroup } from './processes.ts'

/** The user's wish to stop. */
export interface Stop {
  readonly asked: Promise<void>
  readonly signal: AbortSignal
}

/** The first interrupt stops in order; a second one ends the process at once. */
export function stopOnSignal(processes: ProcessGroup): Stop {
  const asked = Promise.withResolvers<void>()
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exitCodes.interrupted.code)
      controller.abort()
      asked.resolve()
      // Before the service phase nobody waits for this wish: end the run instead.
      void processes.stop()
    })
  }
  return { asked: asked.promise, signal: controller.signal }
}
