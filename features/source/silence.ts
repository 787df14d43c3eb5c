import type { Socket } from 'node:net'

/** Ends a connection whose server says nothing for a while: over a network that lost the way back one would wait for ever. */
export class Silence {
  readonly #seconds: number
  /** True once the connection was ended. */
  over = false

  constructor(seconds: number) {
    this.#seconds = seconds
  }

  /** @param driver a connected client that keeps its socket under the name `stream` */
  watch(driver: unknown): void {
    const { stream } = driver as { readonly stream: Socket }
    stream.setTimeout(this.#seconds * 1000, () => {
      this.over = true
      stream.destroy()
    })
  }
}
