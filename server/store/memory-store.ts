/** The store in memory, for tests of what stands on it; passes the same contract as the others. */
import { serverErrors } from '../errors.ts'
import type { AccessEntry, AccessStore, ApiKeyRecord } from './access-store.ts'
import { checkRatings, checkWhitelist } from './chunk-check.ts'
import type { Clock } from './clock.ts'
import { MemoryModelStore, type RatingsOfModels } from './models/memory-model-store.ts'
import type { PlatformStore } from './platform-store.ts'
import type {
  GradeBand,
  Rating,
  RatingChunk,
  RatingStore,
  Snapshot,
  SnapshotHead,
  WhitelistChunk,
  WhitelistEntry,
  WhitelistPage,
  WhitelistPlace,
} from './rating-store.ts'
import { toColumns } from './to-columns.ts'

interface Held {
  head: SnapshotHead
  readonly createdAt: Date
  readonly ratings: Map<string, Rating>
  readonly whitelist: Map<string, WhitelistEntry>
  state: 'building' | 'held' | 'published'
}

const rowsOf = ({ ids, ...columns }: RatingChunk, grades: readonly GradeBand[]): Rating[] =>
  ids.map((subject, i) => ({
    subject,
    score: columns.scores[i],
    grade: grades[columns.grades[i]].grade,
    pd: columns.pds[i],
    coverage: columns.coverage[i],
    excluded: columns.excluded[i] === 1,
    total: columns.totals[i],
    challenger: columns.challenger[i] === 1,
  }))

class MemoryRatingStore implements RatingStore, RatingsOfModels {
  #clock: Clock
  #held = new Map<number, Held>()
  #ids = 0
  #current: number | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  #building(id: number): Held {
    const held = this.#held.get(id)
    if (held?.state !== 'building') throw new serverErrors.SnapshotNotBuilding(id)
    return held
  }

  async beginSnapshot(head: SnapshotHead): Promise<number> {
    const createdAt = this.#clock.now()
    const held = {
      head: structuredClone(head),
      createdAt,
      ratings: new Map(),
      whitelist: new Map(),
      state: 'building' as const,
    }
    this.#held.set(++this.#ids, held)
    return this.#ids
  }

  async addRatings(snapshot: number, chunk: RatingChunk): Promise<void> {
    const { head, ratings } = this.#building(snapshot)
    checkRatings(chunk, head.grades.length)
    append(snapshot, ratings, rowsOf(chunk, head.grades))
  }

  async addWhitelist(snapshot: number, chunk: WhitelistChunk): Promise<void> {
    const { head, whitelist } = this.#building(snapshot)
    checkWhitelist(chunk, head.grades.length)
    const entries = chunk.ids.map((subject, i) => ({
      position: whitelist.size + i,
      subject,
      score: chunk.scores[i],
      grade: head.grades[chunk.grades[i]].grade,
      pd: chunk.pds[i],
      reason: chunk.reasons[i],
      challenger: chunk.challenger[i] === 1,
    }))
    append(snapshot, whitelist, entries)
  }

  async publish(snapshot: number): Promise<void> {
    this.#building(snapshot).state = 'published'
    this.#current = snapshot
  }

  async hold(snapshot: number): Promise<void> {
    this.#building(snapshot).state = 'held'
  }

  async holds(modelVersion: string): Promise<boolean> {
    return this.#newestBy(modelVersion) !== undefined
  }

  serve(modelVersion: string, challenger: string | null): boolean {
    const newest = this.#newestBy(modelVersion, [null, challenger])
    if (newest === undefined) return false
    this.#held.get(newest)!.state = 'published'
    this.#current = newest
    return true
  }

  rename(run: string, modelVersion: string): void {
    for (const held of this.#held.values())
      if (held.head.modelVersion === run) held.head = { ...held.head, modelVersion }
  }

  #newestBy(modelVersion: string, challengers?: readonly (string | null)[]): number | undefined {
    const complete = [...this.#held].filter(
      ([, { head, state }]) =>
        head.modelVersion === modelVersion &&
        state !== 'building' &&
        (challengers?.includes(head.challengerVersion) ?? true),
    )
    return complete.at(-1)?.[0]
  }

  async discard(snapshot: number): Promise<void> {
    const held = this.#held.get(snapshot)
    if (held && held.state !== 'building') throw new serverErrors.SnapshotNotBuilding(snapshot)
    this.#held.delete(snapshot)
  }

  async current(): Promise<Snapshot | null> {
    return this.#current === null ? null : this.snapshot(this.#current)
  }

  async snapshot(id: number): Promise<Snapshot> {
    const { head, createdAt, ratings, whitelist } = this.#published(id)
    const counts = new Map<string, number>()
    for (const { grade } of ratings.values()) counts.set(grade, (counts.get(grade) ?? 0) + 1)
    const gradeCounts = head.grades.map(({ grade }) => counts.get(grade) ?? 0)
    return { ...head, id, createdAt, subjects: ratings.size, gradeCounts, listed: whitelist.size }
  }

  #published(id: number): Held {
    const held = this.#held.get(id)
    if (held?.state !== 'published') throw new serverErrors.SnapshotUnknown(id)
    return held
  }

  async score(subject: string) {
    const snapshot = await this.current()
    return snapshot && { snapshot, rating: this.#published(snapshot.id).ratings.get(subject) ?? null }
  }

  async whitelist({
    limit,
    after,
  }: {
    limit: number
    after?: WhitelistPlace
  }): Promise<WhitelistPage | null> {
    const snapshot = after ? await this.snapshot(after.snapshot) : await this.current()
    if (!snapshot) return null
    const from = after ? after.position + 1 : 0
    const entries = [...this.#published(snapshot.id).whitelist.values()].slice(from, from + limit)
    const next = from + limit < snapshot.listed ? { snapshot: snapshot.id, position: from + limit - 1 } : null
    return { snapshot, entries, next }
  }

  async *ratings(snapshot: number, rowsPerChunk = 10_000): AsyncIterable<RatingChunk> {
    const { head, ratings } = this.#published(snapshot)
    const rows = [...ratings.values()]
    for (let from = 0; from < rows.length; from += rowsPerChunk) {
      yield toColumns(rows.slice(from, from + rowsPerChunk), head.grades)
    }
  }
}

function append<Row extends { subject: string }>(
  snapshot: number,
  to: Map<string, Row>,
  rows: readonly Row[],
): void {
  const fresh = new Set(rows.map(({ subject }) => subject))
  if (fresh.size < rows.length || rows.some(({ subject }) => to.has(subject)))
    throw new serverErrors.DuplicateSubject(snapshot)
  for (const row of rows) to.set(row.subject, row)
}

class MemoryAccessStore implements AccessStore {
  #clock: Clock
  #keys = new Map<string, ApiKeyRecord>()
  #log: AccessEntry[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async addApiKey(key: Omit<ApiKeyRecord, 'createdAt' | 'revokedAt'>): Promise<void> {
    if (this.#keys.has(key.prefix)) throw new serverErrors.KeyPrefixTaken(key.prefix)
    this.#keys.set(key.prefix, { ...key, createdAt: this.#clock.now(), revokedAt: null })
  }

  async findApiKey(prefix: string): Promise<ApiKeyRecord | null> {
    return this.#keys.get(prefix) ?? null
  }

  async revokeApiKey(prefix: string): Promise<void> {
    const key = this.#keys.get(prefix)
    if (key && !key.revokedAt) this.#keys.set(prefix, { ...key, revokedAt: this.#clock.now() })
  }

  async recordAccess(entries: readonly Omit<AccessEntry, 'at'>[]): Promise<void> {
    const at = this.#clock.now()
    this.#log.push(...entries.map((entry) => ({ at, ...entry })))
  }

  async accessesOf(subject: string): Promise<AccessEntry[]> {
    return this.#log.filter((entry) => entry.subject === subject)
  }
}

export function memoryStore(clock: Clock): PlatformStore {
  const ratings = new MemoryRatingStore(clock)
  return {
    ratings,
    models: new MemoryModelStore(clock, ratings),
    access: new MemoryAccessStore(clock),
    ping: async () => {},
    close: async () => {},
  }
}
