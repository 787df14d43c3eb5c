/** Who may ask, and who asked what: API keys of institutions and the log that subjects can later see. */

/** What is kept of an API key; the key itself is not. */
export interface ApiKeyRecord {
  /** Public part of the key. */
  readonly prefix: string
  /** Hex sha256 of the whole key. */
  readonly hash: string
  readonly institution: string
  readonly scopes: readonly string[]
  readonly createdAt: Date
  /** Null while the key is valid. */
  readonly revokedAt: Date | null
}

/** One subject, or the platform as a whole, asked about by one institution. */
export interface AccessEntry {
  readonly at: Date
  readonly institution: string
  readonly keyPrefix: string
  readonly product: string
  /** Null where the product is about no subject. */
  readonly subject: string | null
  readonly outcome: 'released' | 'unknown-subject'
}

export interface AccessStore {
  /** @throws KeyPrefixTaken */
  addApiKey(key: Omit<ApiKeyRecord, 'createdAt' | 'revokedAt'>): Promise<void>
  /** Null for an unknown prefix; a revoked key is returned with `revokedAt`. */
  findApiKey(prefix: string): Promise<ApiKeyRecord | null>
  /** Idempotent. */
  revokeApiKey(prefix: string): Promise<void>
  /** Appends entries, all or nothing; they are durable when this resolves. */
  recordAccess(entries: readonly Omit<AccessEntry, 'at'>[]): Promise<void>
  /** Entries about one subject, oldest first. */
  accessesOf(subject: string): Promise<AccessEntry[]>
}
