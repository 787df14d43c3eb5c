/** A party's own rules for nightly scoring. */
export interface NightPolicy {
  /** A provider shares points of a model that it approved, night after night, without being asked anew. */
  readonly mayScore: boolean
  /** Fewer non-public providers than this may not change between two openings; see versions.ts. */
  readonly leastChanged: number
  /** Days for which the last vector of an absent provider may be carried over. */
  readonly mostStaleDays: number
}

export const NIGHT_POLICY: NightPolicy = { mayScore: true, leastChanged: 3, mostStaleDays: 30 }
