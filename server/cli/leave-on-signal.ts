/** An interrupt of a command that has no plan of its own for one. */
import { exitCodes } from '../exit-codes.ts'

/**
 * Makes the first SIGINT or SIGTERM end the process in order, so that temporary folders with records and locks go with it: without
 * any listener the system ends it on the spot. Where a command listens itself, it decides.
 */
export function leaveOnSignal(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // This listener is gone already when it is called: whoever is left is the command's own.
    process.once(signal, () => {
      if (process.listenerCount(signal) === 0) process.exit(exitCodes.interrupted.code)
    })
  }
}
