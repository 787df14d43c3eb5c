/**
 * What a provider keeps of its nights: the vectors that it shared last, in the clear and at home, because a later night may
 * want the previous one again; and the seeds of the masks that it shares with each other provider, to be given away for the
 * nights whose vectors are carried over. Seeds are kept, not derived again, so that a new key of a member changes none.
 */
import type { RandomBytes, Suite } from '../../engine/index.ts'
import { nightErrors } from './errors.ts'
import { type NightFiles, readRecord, writeRecord } from './files.ts'
import { alongRows, type RosterLineage } from './row-map.ts'

/** Points and exclusions of every roster row, before any mask. */
export interface PlainVectors {
  readonly points: Int32Array
  /** 1 where a rule fired. */
  readonly fired: Uint8Array
  /** 1 where the provider may use the row. */
  readonly used: Uint8Array
}

/** What a version ever said: of a row that may not be spoken of any more it is what was said last. */
export interface KeptVector extends PlainVectors {
  readonly version: string
  readonly rosterDigest: string
}

interface VectorEntry {
  readonly version: string
  /** The night or training run that it was made in. */
  readonly night: string
  readonly rosterDigest: string
  readonly rows: number
  readonly piece: string
}

interface ModelRecord {
  readonly vectors: readonly VectorEntry[]
  /** Per other provider its nights with this one, oldest first. */
  readonly seeds: Readonly<Record<string, readonly { readonly night: string; readonly seed: string }[]>>
}

interface Remembered {
  readonly secret: string
  readonly lastNight: string
  readonly models: Readonly<Record<string, ModelRecord>>
}

const RECORD = 'provider.json'
/** Vectors beyond the last shared one: a night that was shared and then given up must not push it out. */
const MOST_VECTORS = 4
const MOST_SEEDS = 16
const MOST_MODELS = 3
const NO_MODEL: ModelRecord = { vectors: [], seeds: {} }

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

export class ProviderMemory {
  #files: NightFiles
  #suite: Suite
  #record: Remembered

  private constructor(files: NightFiles, suite: Suite, record: Remembered) {
    this.#files = files
    this.#suite = suite
    this.#record = record
  }

  /** @throws NightFileDamaged */
  static async open(files: NightFiles, suite: Suite, random: RandomBytes): Promise<ProviderMemory> {
    const none: Remembered = { secret: '', lastNight: '', models: {} }
    const record = await readRecord(files, RECORD, none)
    const secret = record.secret === '' ? hex(random(32)) : record.secret
    return new ProviderMemory(files, suite, { ...record, secret })
  }

  get lastNight(): string {
    return this.#record.lastNight
  }

  /** A night is named once: whatever comes under this name or an earlier one afterwards is refused, also after a restart. */
  enter(night: string): Promise<void> {
    return this.#write({ ...this.#record, lastNight: night })
  }

  /**
   * The version of vectors: equal for equal ones and telling nothing else. What equals a kept vector in every row that both
   * may speak of has that one's version: a row more on the roster, or on the list of authorised firms, is no change of data.
   * @param last version to be compared first
   */
  async versionOf(
    planHash: string,
    vectors: PlainVectors,
    lineage: RosterLineage,
    last: string,
  ): Promise<string> {
    const newestFirst = this.#modelOf(planHash)
      .vectors.map((entry) => entry.version)
      .reverse()
    for (const version of [last, ...newestFirst]) {
      const kept = await this.vector(planHash, version)
      const rows = kept && lineage.rowsOf(kept.rosterDigest)
      if (kept && rows && agrees(vectors, kept, rows)) return kept.version
    }
    const { points, fired, used } = vectors
    const content = this.#suite.hash(bytesOf(points), fired, used)
    return hex(
      this.#suite.derive(Buffer.from(this.#record.secret, 'hex'), `yinxin version 1\n${hex(content)}`),
    )
  }

  /** The version of the vector that was made in a run or night; '' where it is not kept. */
  versionIn(planHash: string, night: string): string {
    return this.#modelOf(planHash).vectors.findLast((entry) => entry.night === night)?.version ?? ''
  }

  /** Null where a version is not kept. @throws NightFileDamaged */
  async vector(planHash: string, version: string): Promise<KeptVector | null> {
    const entry = this.#modelOf(planHash).vectors.findLast((one) => one.version === version)
    if (!entry) return null
    const { piece, rows, rosterDigest } = entry
    const bytes = await this.#files.read(piece)
    if (bytes?.length !== 6 * rows) throw new nightErrors.NightFileDamaged('it is gone or cut', piece)
    const points = new Int32Array(Uint8Array.from(bytes.subarray(0, 4 * rows)).buffer)
    const fired = bytes.slice(4 * rows, 5 * rows)
    return { version, rosterDigest, points, fired, used: bytes.slice(5 * rows) }
  }

  /**
   * A vector as it is kept under its version: where it may not speak of a row, with what that version said of the row last.
   * Otherwise a row that was taken off the list of authorised firms and put on again could change unnoticed.
   */
  async withSaid(planHash: string, vector: KeptVector, lineage: RosterLineage): Promise<KeptVector> {
    const kept = await this.vector(planHash, vector.version)
    const rows = kept && lineage.rowsOf(kept.rosterDigest)
    if (!rows) return vector
    const points = Int32Array.from(vector.points)
    const fired = Uint8Array.from(vector.fired)
    const used = Uint8Array.from(vector.used)
    for (let row = 0; row < rows.length; row++) {
      const old = rows[row]
      if (old < 0 || used[row] === 1 || kept.used[old] === 0) continue
      points[row] = kept.points[old]
      fired[row] = kept.fired[old]
      used[row] = 1
    }
    return { ...vector, points, fired, used }
  }

  /**
   * Keeps a vector, and the seeds of its night, before it leaves.
   * @param keep versions that are still wanted
   */
  async keep(
    planHash: string,
    night: string,
    vector: KeptVector,
    seeds: ReadonlyMap<string, Uint8Array>,
    keep: readonly string[],
  ): Promise<void> {
    const model = this.#modelOf(planHash)
    const { version, rosterDigest, points, fired, used } = vector
    const piece = `vector-${hex(this.#suite.hash(Buffer.from(`${planHash} ${night}`))).slice(0, 32)}`
    await this.#files.write(piece, Buffer.concat([bytesOf(points), fired, used]))
    const entry = { version, night, rosterDigest, rows: points.length, piece }
    const others = model.vectors.filter((one) => one.version !== version)
    const spare = others.filter((one) => !keep.includes(one.version))
    const gone = spare.slice(0, Math.max(0, spare.length - MOST_VECTORS + 1))
    const joined: Record<string, ModelRecord['seeds'][string]> = { ...model.seeds }
    for (const [other, seed] of seeds) {
      joined[other] = [...(joined[other] ?? []), { night, seed: hex(seed) }].slice(-MOST_SEEDS)
    }
    const vectors = [...others.filter((one) => !gone.includes(one)), entry]
    const rest = Object.entries(this.#record.models).filter(([hash]) => hash !== planHash)
    const models = Object.fromEntries([
      ...rest.slice(Math.max(0, rest.length - MOST_MODELS + 1)),
      [planHash, { vectors, seeds: joined }],
    ])
    const before = this.#pieces()
    await this.#write({ ...this.#record, models })
    const after = this.#pieces()
    for (const old of before) if (!after.has(old)) await this.#files.remove(old)
  }

  /** The seed of the masks that this provider and another one drew in a night; null where they did not, or long ago. */
  seed(planHash: string, other: string, night: string): Uint8Array | null {
    const found = this.#modelOf(planHash).seeds[other]?.find((one) => one.night === night)
    return found ? Buffer.from(found.seed, 'hex') : null
  }

  #modelOf(planHash: string): ModelRecord {
    return this.#record.models[planHash] ?? NO_MODEL
  }

  #pieces(): Set<string> {
    return new Set(
      Object.values(this.#record.models).flatMap(({ vectors }) => vectors.map(({ piece }) => piece)),
    )
  }

  async #write(record: Remembered): Promise<void> {
    await writeRecord(this.#files, RECORD, record)
    this.#record = record
  }
}

const bytesOf = (points: Int32Array): Uint8Array =>
  new Uint8Array(points.buffer, points.byteOffset, points.byteLength)

/** True where two vectors say the same of every row that both may speak of. */
function agrees(now: PlainVectors, kept: PlainVectors, rows: Int32Array): boolean {
  for (let row = 0; row < rows.length; row++) {
    const old = rows[row]
    if (old < 0 || now.used[row] === 0 || kept.used[old] === 0) continue
    if (now.points[row] !== kept.points[old] || now.fired[row] !== kept.fired[old]) return false
  }
  return true
}

/** An earlier vector over today's rows; where one of the two may not speak of a row, what today's says. */
export function laidOver(kept: PlainVectors, now: PlainVectors, rows: Int32Array): PlainVectors {
  const [points, fired, used] = [kept.points, kept.fired, kept.used].map((values) => alongRows(values, rows))
  for (let row = 0; row < rows.length; row++) {
    if (rows[row] >= 0 && used[row] === now.used[row]) continue
    points[row] = now.points[row]
    fired[row] = now.fired[row]
  }
  return { points: points as Int32Array, fired: fired as Uint8Array, used: now.used }
}
