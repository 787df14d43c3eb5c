/**
 * What the key holder keeps of nights: every opening ever made with the versions in it, and for each model and provider the
 * last vector that it opened, with the seed of its mask, because a vector that is carried over needs that mask once more.
 */
import { type NightFiles, readRecord, writeRecord } from './files.ts'
import { isNightId } from './night-id.ts'
import type { SetEntry } from './set.ts'
import type { Opening } from './versions.ts'

/** The last vector of a provider that was opened. */
export interface LastVector {
  readonly night: string
  readonly version: string
  readonly rosterDigest: string
  readonly rows: number
  /** Hex; draws this node's mask of that night. */
  readonly seed: string
  /** ISO 8601 instant of the opening. */
  readonly at: string
}

export interface OpenedNight {
  readonly night: string
  readonly planHash: string
  /** Hash of the request that was answered. */
  readonly request: string
  readonly entries: readonly SetEntry[]
}

interface Remembered {
  readonly openings: readonly OpenedNight[]
  readonly last: Readonly<Record<string, Readonly<Record<string, LastVector>>>>
}

const RECORD = 'openings.json'
const ANSWER = 'last-answer'

export class KeyHolderMemory {
  #files: NightFiles
  #record: Remembered

  private constructor(files: NightFiles, record: Remembered) {
    this.#files = files
    this.#record = record
  }

  /** @throws NightFileDamaged */
  static async open(files: NightFiles): Promise<KeyHolderMemory> {
    return new KeyHolderMemory(files, await readRecord(files, RECORD, { openings: [], last: {} }))
  }

  opened(night: string): OpenedNight | null {
    return this.#record.openings.find((one) => one.night === night) ?? null
  }

  /** The latest night that was opened, '' before the first; what a training run opened is none. */
  get lastNight(): string {
    const nights = this.#record.openings.map(({ night }) => night).filter(isNightId)
    return nights.reduce((last, night) => (night > last ? night : last), '')
  }

  knows(planHash: string): boolean {
    return this.#record.openings.some((one) => one.planHash === planHash)
  }

  /** True where a version of a provider is in an opening of this model. */
  hasOpened(planHash: string, provider: string, version: string): boolean {
    return this.#record.openings.some(
      (one) =>
        one.planHash === planHash &&
        one.entries.some((entry) => entry.provider === provider && entry.version === version),
    )
  }

  /** Every opening of every model, the newest first. */
  get openings(): Opening[] {
    return [...this.#record.openings].reverse().map(({ night, entries }) => ({
      night,
      versions: new Map(entries.map(({ provider, version }) => [provider, version])),
    }))
  }

  last(planHash: string): ReadonlyMap<string, LastVector> {
    return new Map(Object.entries(this.#record.last[planHash] ?? {}))
  }

  /**
   * Notes what is about to be opened, and the answer, which is given again to whoever asks the same again.
   * @param earlier openings that this node learns of only now
   */
  async note(
    opened: OpenedNight,
    earlier: readonly OpenedNight[],
    last: ReadonlyMap<string, LastVector>,
    answer: Uint8Array,
  ): Promise<void> {
    // The answer first: an opening that is noted can be answered.
    await this.#files.write(ANSWER, Buffer.concat([Buffer.from(opened.request, 'hex'), answer]))
    const record = {
      openings: [...this.#record.openings, ...earlier, opened],
      last: { ...this.#record.last, [opened.planHash]: Object.fromEntries(last) },
    }
    await writeRecord(this.#files, RECORD, record)
    this.#record = record
  }

  /**
   * The answer to a request, if it is the last one: a crash may have left an answer whose opening was never noted.
   * @param request its hash; the name of the night is part of it
   */
  async answer(request: string): Promise<Uint8Array | null> {
    const bytes = await this.#files.read(ANSWER)
    const about = Buffer.from(request, 'hex')
    return bytes && about.equals(bytes.subarray(0, about.length)) ? bytes.subarray(about.length) : null
  }
}
