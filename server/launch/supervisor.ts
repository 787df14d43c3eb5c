/** Starts a process again that dies in the middle of a run; the run waits for it and goes on. */
import { setTimeout as sleep } from 'node:timers/promises'

/** How often a process is started again in one run: one that dies more often has a reason to. */
export const MOST_RESTARTS = 3
/** A process that dies at once does not come back faster than this. */
const PAUSE_MS = 500

export class Supervisor {
  #restarts = new Map<string, number>()
  /** True while all processes have been ready and a run depends on them. */
  #watching = false
  #restart: (name: string) => void
  #note: (text: string) => void

  constructor(restart: (name: string) => void, note: (text: string) => void) {
    this.#restart = restart
    this.#note = note
  }

  /** A run has begun: from here on every process has been ready once. */
  watch(): void {
    this.#restarts.clear()
    this.#watching = true
  }

  rest(): void {
    this.#watching = false
  }

  /** @returns whether a process that ended is started again */
  ended(name: string): boolean {
    const before = this.#restarts.get(name) ?? 0
    if (!this.#watching || before >= MOST_RESTARTS) return false
    this.#restarts.set(name, before + 1)
    this.#note(
      `The process of ${name} ended in the middle of the run; it is started again (${before + 1} of ${MOST_RESTARTS}).`,
    )
    void sleep(PAUSE_MS).then(() => {
      if (this.#watching) this.#restart(name)
    })
    return true
  }
}
