/**
 * Envelopes waiting for one member, as one stream of bytes whose positions count from the start of the platform's session:
 * u32 length | 32-byte hash | envelope, one after another. A member may ask for any piece of it, and for several at once, so
 * a link is kept full; everything is kept until the member says that it has it for good.
 */
export const HEAD_BYTES = 36

interface Waiting {
  readonly from: string
  /** Position of the first byte of its head. */
  readonly start: number
  readonly head: Uint8Array
  readonly envelope: Uint8Array
}

const endOf = ({ start, envelope }: Waiting): number => start + HEAD_BYTES + envelope.length

export class OutboundQueue {
  #waiting: Waiting[] = []
  #end = 0
  #wakers = new Set<() => void>()
  #onReleased: (from: string, bytes: number) => void

  /** @param onReleased told of each envelope that is kept no longer, by who sent it, with the bytes that it took */
  constructor(onReleased: (from: string, bytes: number) => void) {
    this.#onReleased = onReleased
  }

  /** Position behind the last byte that waits. */
  get end(): number {
    return this.#end
  }

  /** Position of the first byte that was not acknowledged. */
  get first(): number {
    return this.#waiting.length > 0 ? this.#waiting[0].start : this.#end
  }

  /**
   * @param hash 32 bytes over the envelope
   * @returns the bytes that it takes
   */
  push(from: string, envelope: Uint8Array, hash: Uint8Array): number {
    const head = Buffer.alloc(HEAD_BYTES)
    head.writeUInt32LE(envelope.length)
    head.set(hash, 4)
    const waiting = { from, start: this.#end, head, envelope }
    this.#waiting.push(waiting)
    this.#end = endOf(waiting)
    for (const wake of [...this.#wakers]) wake()
    return this.#end - waiting.start
  }

  /** Envelopes that were not acknowledged, in their order. */
  get waiting(): readonly Uint8Array[] {
    return this.#waiting.map(({ envelope }) => envelope)
  }

  /** Forgets every envelope that ends at or before a position: the member has it. */
  acknowledge(position: number): void {
    while (this.#waiting.length > 0 && endOf(this.#waiting[0]) <= position) {
      const released = this.#waiting.shift()!
      this.#onReleased(released.from, endOf(released) - released.start)
    }
  }

  /** At most so many bytes from a position on, as chunks, so that no envelope is copied. */
  slice(from: number, most: number): Uint8Array[] {
    const chunks: Uint8Array[] = []
    const to = from + most
    for (const waiting of this.#waiting) {
      if (waiting.start >= to) break
      let at = waiting.start
      for (const bytes of [waiting.head, waiting.envelope]) {
        const chunk = bytes.subarray(Math.max(0, from - at), Math.max(0, Math.min(bytes.length, to - at)))
        if (chunk.length > 0) chunks.push(chunk)
        at += bytes.length
      }
    }
    return chunks
  }

  /** Resolves when there is something behind a position, or after a time, or when the poll is given up. */
  wait(from: number, milliseconds: number, given: AbortSignal): Promise<void> {
    if (this.#end > from || given.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        given.removeEventListener('abort', done)
        this.#wakers.delete(done)
        resolve()
      }
      const timer = setTimeout(done, milliseconds)
      given.addEventListener('abort', done)
      this.#wakers.add(done)
    })
  }
}
