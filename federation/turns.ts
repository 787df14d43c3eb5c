/** Work that must not overlap: what is begun while something goes on waits for its end, in the order of the calls. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** What fails is told to whoever asked for it; the next one has its turn all the same. */
  take<V>(work: () => Promise<V>): Promise<V> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => {})
    return done
  }
}
