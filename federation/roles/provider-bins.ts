/** A provider's fine bins: noisy counts that it gets once for a label snapshot and keeps. */
import { federationErrors } from '../errors.ts'
import { KEY_HOLDER } from '../members.ts'
import type { Message } from '../messages/envelope.ts'
import type { FineBin, FineBinStore } from '../ports.ts'
import { wordsOfBytes } from '../runs/words.ts'

export class ProviderBins {
  #store: FineBinStore
  #snapshot: string
  #digest: string
  #counts: FineBin[]
  /** Those of an earlier run on the same labels and basis. */
  #kept: readonly FineBin[]

  private constructor(
    store: FineBinStore,
    snapshot: string,
    digest: string,
    counts: readonly FineBin[],
    kept: readonly FineBin[],
  ) {
    this.#store = store
    this.#snapshot = snapshot
    this.#digest = digest
    this.#counts = [...counts]
    this.#kept = kept
  }

  /**
   * @param digest of the basis and the rows that are counted
   * @param counts what this run counted before it was gone on with
   */
  static async open(
    store: FineBinStore,
    snapshot: string,
    digest: string,
    counts: readonly FineBin[] = [],
  ): Promise<ProviderBins> {
    return new ProviderBins(store, snapshot, digest, counts, (await store.load(snapshot, digest)) ?? [])
  }

  /** What this run counted; all bins or none at the end of a step. */
  get counted(): readonly FineBin[] {
    return this.#counts
  }

  /**
   * What bins are merged by and the scorecard shows: all of this run, or else all of an earlier one; empty where there are neither.
   * @param width bins that there are
   */
  knownOf(width: number): readonly FineBin[] {
    const whole = [this.#counts, this.#kept].find((counts) => counts.filter(Boolean).length === width)
    return whole ?? []
  }

  /**
   * Noisy counts of a range of bins, from the key holder's gate.
   * @param order basis index of the column at each position
   * @returns true once all are there and on disk
   */
  async take(message: Message<'bins.counts'>, order: Int32Array): Promise<boolean> {
    const { from, to, counts, open } = message.body
    if (message.from !== KEY_HOLDER || open.length !== to - from) {
      throw new federationErrors.MessageUnexpected(message.type, message.from, 'counts of other columns')
    }
    const words = new Int32Array(wordsOfBytes(counts, 2 * (to - from)).buffer)
    for (let j = from; j < to; j++) {
      const at = 2 * (j - from)
      this.#counts[order[j]] = { n: words[at], bad: words[at + 1], open: open[j - from] === 1 }
    }
    if (this.#counts.filter(Boolean).length < order.length) return false
    // They are not given a second time, so they are on disk before the run goes on.
    await this.#store.keep(this.#snapshot, this.#digest, this.#counts)
    return true
  }
}
