/** What the platform keeps of a run: one immutable snapshot of ratings and its whitelist, switched in one step. */

/** Whether subject ids are unified social credit codes or free text. */
export type IdScheme = 'text' | 'uscc'

/** One row of the grade table that stands in a snapshot, best grade first. */
export interface GradeBand {
  readonly grade: string
  /** Default probability: from (inclusive) to (exclusive), 0 to 1. */
  readonly pdFrom: number
  readonly pdTo: number
  /** Least score of the grade, 0 to 1000. */
  readonly scoreFrom: number
}

export type JsonObject = { readonly [field: string]: unknown }

/** What is known of a snapshot before its first rating. */
export interface SnapshotHead {
  /** Of the model that rated everybody, or everybody but those of the challenger. */
  readonly modelVersion: string
  /** Of the model that rated the challenger's subjects; null where one model rated all. */
  readonly challengerVersion: string | null
  /** Hex digest of the signed run plan. */
  readonly planHash: string
  /** Day or instant that the data describes. */
  readonly asOf: Date
  /** Since when the oldest part that is carried over is kept in place of a newer one; null where every part is of `asOf`. */
  readonly staleSince: Date | null
  /** Departments whose parts are of an earlier day. */
  readonly carriedOver: readonly string[]
  readonly idScheme: IdScheme
  readonly grades: readonly GradeBand[]
  /** The model card, weights never among it. */
  readonly card: JsonObject
  /** The run report. */
  readonly report: JsonObject
}

/** A published snapshot; it never changes. */
export interface Snapshot extends SnapshotHead {
  readonly id: number
  readonly createdAt: Date
  /** Number of ratings. */
  readonly subjects: number
  /** Number of ratings of each grade, in the order of `grades`. */
  readonly gradeCounts: readonly number[]
  /** Number of whitelist entries. */
  readonly listed: number
}

/** Consecutive rows of the roster, one array a column, all of one length. */
export interface RatingChunk {
  readonly ids: readonly string[]
  /** 0 to 1000. */
  readonly scores: Int32Array
  /** Index into the snapshot's grade table. */
  readonly grades: Uint8Array
  /** Default probability, kept as a 32-bit float. */
  readonly pds: Float32Array
  /** Part of the providers that took part in the score, 0 to 1, kept as a 32-bit float. */
  readonly coverage: Float32Array
  /** 1 where an exclusion rule fired. */
  readonly excluded: Uint8Array
  /** Total points in hundredths. */
  readonly totals: Int32Array
  /** 1 where the challenger rated. */
  readonly challenger: Uint8Array
}

/** Consecutive whitelist entries in the order of the list, one array a column, all of one length. */
export interface WhitelistChunk {
  readonly ids: readonly string[]
  readonly scores: Int32Array
  /** Index into the snapshot's grade table. */
  readonly grades: Uint8Array
  readonly pds: Float32Array
  /** Coded reason for being on the list. */
  readonly reasons: readonly string[]
  /** 1 where the challenger rated. */
  readonly challenger: Uint8Array
}

export interface Rating {
  readonly subject: string
  readonly score: number
  readonly grade: string
  readonly pd: number
  readonly coverage: number
  readonly excluded: boolean
  /** Hundredths of a point. */
  readonly total: number
  readonly challenger: boolean
}

export interface WhitelistEntry {
  readonly position: number
  readonly subject: string
  readonly score: number
  readonly grade: string
  readonly pd: number
  readonly reason: string
  readonly challenger: boolean
}

/** A place in the whitelist of one snapshot: everything up to `position` has been read. */
export interface WhitelistPlace {
  readonly snapshot: number
  readonly position: number
}

export interface WhitelistPage {
  readonly snapshot: Snapshot
  readonly entries: readonly WhitelistEntry[]
  /** Where the next page begins, null after the last entry. */
  readonly next: WhitelistPlace | null
}

/**
 * Storage of ratings. A snapshot is invisible to every reader until `publish`, which switches to it in one transaction;
 * one that was begun by a process that has ended is removed when a store is opened.
 */
export interface RatingStore {
  /** @returns the id of a new, empty, invisible snapshot */
  beginSnapshot(head: SnapshotHead): Promise<number>
  /**
   * Appends the next rows of the roster. All or nothing.
   * @throws ChunkInvalid, DuplicateSubject, SnapshotNotBuilding
   */
  addRatings(snapshot: number, chunk: RatingChunk): Promise<void>
  /**
   * Appends the next entries of the whitelist. All or nothing.
   * @throws ChunkInvalid, DuplicateSubject, SnapshotNotBuilding
   */
  addWhitelist(snapshot: number, chunk: WhitelistChunk): Promise<void>
  /** Makes a snapshot the current one, at once and for good. @throws SnapshotNotBuilding */
  publish(snapshot: number): Promise<void>
  /** Completes a snapshot without serving it: it waits for its model to be the champion. @throws SnapshotNotBuilding */
  hold(snapshot: number): Promise<void>
  /** Whether there is a complete snapshot by a model, served or held. */
  holds(modelVersion: string): Promise<boolean>
  /** Removes a snapshot that will not be complete; one that is gone already is no fault. @throws SnapshotNotBuilding if it is */
  discard(snapshot: number): Promise<void>
  /** The current snapshot, null before the first is published. */
  current(): Promise<Snapshot | null>
  /** @throws SnapshotUnknown */
  snapshot(id: number): Promise<Snapshot>
  /** The rating in the current snapshot; `rating` is null for an unknown subject, the whole answer before the first snapshot. */
  score(subject: string): Promise<{ snapshot: Snapshot; rating: Rating | null } | null>
  /**
   * A page of the whitelist in its order: of the current snapshot, or going on after `after` in the snapshot named there.
   * @returns null before the first snapshot. @throws SnapshotUnknown
   */
  whitelist(query: { limit: number; after?: WhitelistPlace }): Promise<WhitelistPage | null>
  /** All ratings of a published snapshot in roster order, in chunks. @throws SnapshotUnknown */
  ratings(snapshot: number, rowsPerChunk?: number): AsyncIterable<RatingChunk>
}
