import { exitCodes } from '../exit-codes.ts'

/**
 * Ends this process in order at an interrupt. Without a handler a signal ends it on the spot, and the temporary database with every
 * record that was read stays on the disk.
 */
export function exitOnSignal(): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => process.exit(exitCodes.interrupted.code))
  }
}
