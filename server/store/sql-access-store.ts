import { type Kysely, sql } from 'kysely'
import { serverErrors } from '../errors.ts'
import type { AccessEntry, AccessStore, ApiKeyRecord } from './access-store.ts'
import { textArray } from './array-literal.ts'
import type { Clock } from './clock.ts'
import type { Tables } from './tables.ts'

/** `AccessStore` on PostgreSQL's dialect, embedded or served. */
export class SqlAccessStore implements AccessStore {
  #db: Kysely<Tables>
  #clock: Clock

  constructor(db: Kysely<Tables>, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  async addApiKey(key: Omit<ApiKeyRecord, 'createdAt' | 'revokedAt'>): Promise<void> {
    const { numInsertedOrUpdatedRows } = await this.#db
      .insertInto('api_keys')
      .values({
        prefix: key.prefix,
        hash: key.hash,
        institution: key.institution,
        scopes: sql`${textArray(key.scopes)}::text[]`,
        created_at: this.#clock.now(),
      })
      .onConflict((conflict) => conflict.column('prefix').doNothing())
      .executeTakeFirst()
    if (numInsertedOrUpdatedRows !== 1n) throw new serverErrors.KeyPrefixTaken(key.prefix)
  }

  async findApiKey(prefix: string): Promise<ApiKeyRecord | null> {
    const row = await this.#db
      .selectFrom('api_keys')
      .selectAll()
      .where('prefix', '=', prefix)
      .executeTakeFirst()
    if (!row) return null
    const { created_at, revoked_at, ...rest } = row
    return { ...rest, createdAt: created_at, revokedAt: revoked_at }
  }

  async revokeApiKey(prefix: string): Promise<void> {
    await this.#db
      .updateTable('api_keys')
      .set({ revoked_at: this.#clock.now() })
      .where('prefix', '=', prefix)
      .where('revoked_at', 'is', null)
      .execute()
  }

  async recordAccess(entries: readonly Omit<AccessEntry, 'at'>[]): Promise<void> {
    const column = (field: keyof Omit<AccessEntry, 'at'>) =>
      sql`${textArray(entries.map((entry) => entry[field]))}::text[]`
    await sql`
      INSERT INTO access_log (at, institution, key_prefix, product, subject_id, outcome)
      SELECT ${this.#clock.now()}::timestamptz, * FROM unnest(${column('institution')}, ${column('keyPrefix')},
        ${column('product')}, ${column('subject')}, ${column('outcome')})`.execute(this.#db)
  }

  async accessesOf(subject: string): Promise<AccessEntry[]> {
    return this.#db
      .selectFrom('access_log')
      .select(['at', 'institution', 'key_prefix as keyPrefix', 'product', 'subject_id as subject', 'outcome'])
      .where('subject_id', '=', subject)
      .orderBy('id')
      .execute()
  }
}
