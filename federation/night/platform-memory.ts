/**
 * What the platform keeps of nights: of each provider of a model the last masked vector that was opened, to be carried over
 * while it is absent; and an opening that was asked for, until it is answered, so that after a crash the same is asked again.
 */
import { packResidues, type Suite, unpackResidues } from '../../engine/index.ts'
import { bytesOfWords, wordsOfBytes } from '../runs/words.ts'
import { Turns } from '../turns.ts'
import type { Part } from './choose-set.ts'
import { nightErrors } from './errors.ts'
import { type NightFiles, readRecord, writeRecord } from './files.ts'
import type { NightVectors } from './masks.ts'

/** A masked vector; the masks with the providers named are still on it, and the key holder's always are. */
export interface MaskedVector {
  readonly provider: string
  readonly night: string
  readonly version: string
  /** The provider's versions in openings before. */
  readonly former: readonly string[]
  readonly rosterDigest: string
  /** Providers whose pair masks are still on it, by their place in the set of its night. */
  readonly before: readonly string[]
  readonly after: readonly string[]
  /** ISO 8601: when it was shared, and when its version was last the provider's newest. */
  readonly at: string
  readonly confirmed: string
  readonly vectors: NightVectors
  /** 1 where the list of authorised firms of that night let non-public data in. */
  readonly used: Uint8Array
}

type VectorEntry = Omit<MaskedVector, 'vectors' | 'used'> & { readonly rows: number; readonly piece: string }
type VectorEntries = Readonly<Record<string, VectorEntry>>

/** An opening as it was asked for. */
export interface PendingNight {
  readonly night: string
  readonly planHash: string
  readonly rosterDigest: string
  readonly at: string
  /** How each provider takes part, since when its version is not its newest, and why. */
  readonly parts: readonly PartOf[]
  readonly publicOnly: Uint8Array
  /** Rows that stay without a rating. */
  readonly unrated: Uint8Array
  /** The sum of what was shared and carried over, as far as the platform may know it. */
  readonly sum: NightVectors
  /** The encoded request. */
  readonly commit: Uint8Array
}

export interface PartOf {
  readonly provider: string
  readonly part: Part
  /** ISO 8601 instant since when its version is kept in place of a newer one, or of none; null for a fresh one. */
  readonly since: string | null
  /** Why it was not asked or did not answer; '' where it is there. */
  readonly reason: string
}

interface PendingEntry extends Omit<PendingNight, 'publicOnly' | 'unrated' | 'sum' | 'commit'> {
  readonly rows: number
  readonly kept: VectorEntries
}

interface Remembered {
  readonly lastNight: string
  readonly models: Readonly<Record<string, VectorEntries>>
  readonly pending: PendingEntry | null
}

const RECORD = 'platform.json'
const SUM = 'pending-sum'
const COMMIT = 'pending-commit'
const ROW_BYTES = 11
const MOST_MODELS = 3

export class PlatformMemory {
  #files: NightFiles
  #suite: Suite
  #record: Remembered
  /** Changes come one after another: each starts from what the one before has left. */
  #turns = new Turns()

  private constructor(files: NightFiles, suite: Suite, record: Remembered) {
    this.#files = files
    this.#suite = suite
    this.#record = record
  }

  /** @throws NightFileDamaged */
  static async open(files: NightFiles, suite: Suite): Promise<PlatformMemory> {
    const none: Remembered = { lastNight: '', models: {}, pending: null }
    return new PlatformMemory(files, suite, await readRecord(files, RECORD, none))
  }

  get lastNight(): string {
    return this.#record.lastNight
  }

  enter(night: string): Promise<void> {
    return this.#turns.take(() => this.#write({ ...this.#record, lastNight: night }))
  }

  /** What is known of a provider's last vector, without reading it. */
  about(planHash: string, provider: string): VectorEntry | null {
    return this.#record.models[planHash]?.[provider] ?? null
  }

  /** @throws NightFileDamaged */
  async vector(planHash: string, provider: string): Promise<MaskedVector | null> {
    const entry = this.about(planHash, provider)
    if (!entry) return null
    const { piece, rows, ...about } = entry
    const bytes = await this.#files.read(piece)
    if (bytes?.length !== ROW_BYTES * rows) throw new nightErrors.NightFileDamaged('it is gone or cut', piece)
    return { ...about, ...splitVectors(bytes, rows) }
  }

  /**
   * Keeps what is about to be asked of the key holder, and the vectors that take the place of the kept ones if it answers.
   */
  propose(pending: PendingNight, vectors: readonly MaskedVector[]): Promise<void> {
    return this.#turns.take(() => this.#propose(pending, vectors))
  }

  async #propose(pending: PendingNight, vectors: readonly MaskedVector[]): Promise<void> {
    const { sum, commit, publicOnly, unrated, ...about } = pending
    const { night, planHash } = pending
    await this.#files.write(SUM, Buffer.concat([joinVectors(sum, publicOnly), unrated]))
    await this.#files.write(COMMIT, commit)
    const kept: Record<string, VectorEntry> = { ...this.#record.models[planHash] }
    for (const { vectors: masked, used, ...entry } of vectors) {
      const name = `${planHash} ${entry.provider} ${night}`
      const piece = `masked-${Buffer.from(this.#suite.hash(Buffer.from(name)))
        .toString('hex')
        .slice(0, 32)}`
      await this.#files.write(piece, joinVectors(masked, used))
      kept[entry.provider] = { ...entry, rows: used.length, piece }
    }
    await this.#write({
      ...this.#record,
      pending: { ...about, rows: publicOnly.length, kept },
    })
  }

  /** An opening that was asked for and not answered yet. @throws NightFileDamaged */
  async pending(): Promise<PendingNight | null> {
    const entry = this.#record.pending
    if (!entry) return null
    const { rows, kept: _, ...about } = entry
    const bytes = await this.#files.read(SUM)
    const commit = await this.#files.read(COMMIT)
    if (bytes?.length !== (ROW_BYTES + 1) * rows || !commit)
      throw new nightErrors.NightFileDamaged('it is gone or cut', SUM)
    const { vectors, used } = splitVectors(bytes.subarray(0, ROW_BYTES * rows), rows)
    return { ...about, sum: vectors, publicOnly: used, unrated: bytes.slice(ROW_BYTES * rows), commit }
  }

  /** The key holder has opened what was asked for: its vectors are the last ones now. */
  accept(): Promise<void> {
    return this.#turns.take(async () => {
      const { pending, models, lastNight } = this.#record
      if (!pending) return
      const rest = Object.entries(models).filter(([hash]) => hash !== pending.planHash)
      const kept = Object.fromEntries([
        ...rest.slice(Math.max(0, rest.length - MOST_MODELS + 1)),
        [pending.planHash, pending.kept],
      ])
      await this.#replace({ lastNight, models: kept, pending: null })
    })
  }

  /**
   * Deletes what is left of a provider, in every model and in what was asked for: no night of such a model is opened any more
   * without it.
   */
  forget(provider: string): Promise<void> {
    const without = (entries: VectorEntries): VectorEntries =>
      Object.fromEntries(Object.entries(entries).filter(([name]) => name !== provider))
    return this.#turns.take(() => {
      const { models, pending, lastNight } = this.#record
      return this.#replace({
        lastNight,
        models: Object.fromEntries(Object.entries(models).map(([hash, entries]) => [hash, without(entries)])),
        // Its points are in the sum that was asked for.
        pending: pending && provider in pending.kept ? null : pending,
      })
    })
  }

  /** The key holder refused what was asked for. */
  giveUp(): Promise<void> {
    return this.#turns.take(() => this.#replace({ ...this.#record, pending: null }))
  }

  async #replace(record: Remembered): Promise<void> {
    const before = piecesOf(this.#record)
    await this.#write(record)
    const after = piecesOf(record)
    for (const piece of before) if (!after.has(piece)) await this.#files.remove(piece)
  }

  async #write(record: Remembered): Promise<void> {
    await writeRecord(this.#files, RECORD, record)
    this.#record = record
  }
}

const piecesOf = ({ models, pending }: Remembered): Set<string> =>
  new Set(
    [...Object.values(models), pending?.kept ?? {}].flatMap((entries) =>
      Object.values(entries).map(({ piece }) => piece),
    ),
  )

const joinVectors = ({ points, exclusions }: NightVectors, flags: Uint8Array): Uint8Array =>
  Buffer.concat([bytesOfWords(points), packResidues(exclusions), flags])

function splitVectors(bytes: Uint8Array, rows: number): { vectors: NightVectors; used: Uint8Array } {
  return {
    vectors: {
      points: wordsOfBytes(bytes.subarray(0, 4 * rows), rows),
      exclusions: unpackResidues(bytes.subarray(4 * rows, 10 * rows), rows),
    },
    used: bytes.slice(10 * rows),
  }
}
