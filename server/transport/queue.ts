/** Envelopes waiting for one member: numbered, kept until the member says it has them. */
export interface Waiting {
  readonly sequence: number
  readonly envelope: Uint8Array
}

/** Most bytes of one poll's answer; a larger single envelope goes alone. */
const MOST_BYTES = 32 * 1024 * 1024

export class OutboundQueue {
  #waiting: Waiting[] = []
  #next = 1
  #wake: (() => void) | undefined

  push(envelope: Uint8Array): void {
    this.#waiting.push({ sequence: this.#next++, envelope })
    this.#wake?.()
  }

  /** Forgets everything up to a sequence number: the member has it. */
  acknowledge(sequence: number): void {
    while (this.#waiting.length > 0 && this.#waiting[0].sequence <= sequence) this.#waiting.shift()
  }

  /** What fits one answer, oldest first. */
  head(): Waiting[] {
    const head: Waiting[] = []
    let bytes = 0
    for (const waiting of this.#waiting) {
      bytes += waiting.envelope.length
      if (head.length > 0 && bytes > MOST_BYTES) break
      head.push(waiting)
    }
    return head
  }

  /** Resolves when something is pushed, or after a time, or when the poll is given up. */
  wait(milliseconds: number, given: AbortSignal): Promise<void> {
    if (this.#waiting.length > 0 || given.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        given.removeEventListener('abort', done)
        if (this.#wake === done) this.#wake = undefined
        resolve()
      }
      const timer = setTimeout(done, milliseconds)
      given.addEventListener('abort', done)
      this.#wake = done
    })
  }

  /** A member that starts anew cannot read what was sealed for its former life. */
  clear(): void {
    this.#waiting = []
  }
}
