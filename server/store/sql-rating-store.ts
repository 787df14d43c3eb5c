import { type Kysely, sql, type Transaction } from 'kysely'
import { serverErrors } from '../errors.ts'
import { numberArray, textArray } from './array-literal.ts'
import { checkRatings, checkWhitelist } from './chunk-check.ts'
import type { Clock } from './clock.ts'
import type { Database } from './database.ts'
import type {
  RatingChunk,
  RatingStore,
  Snapshot,
  SnapshotHead,
  WhitelistChunk,
  WhitelistPage,
  WhitelistPlace,
} from './rating-store.ts'
import { exact, gradeCounts, type NonNullableFields, toSnapshot } from './snapshot-row.ts'
import { removeRows } from './sweep.ts'
import type { Tables } from './tables.ts'
import { toColumns } from './to-columns.ts'

const UNIQUE_VIOLATION = '23505'
const ROWS_PER_CHUNK = 10_000
const LARGEST_ID = 2 ** 31 - 1

/** `RatingStore` on PostgreSQL's dialect, embedded or served. */
export class SqlRatingStore implements RatingStore {
  #db: Kysely<Tables>
  #database: Database
  #clock: Clock
  /** Ends of the marks of snapshots that this process builds. */
  #guards = new Map<number, () => Promise<void>>()
  /** The last snapshot read; a published one never changes. */
  #last: Snapshot | null = null

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#db = database.db
    this.#clock = clock
  }

  async beginSnapshot(head: SnapshotHead): Promise<number> {
    const sequence = sql<{
      id: number
    }>`SELECT nextval(pg_get_serial_sequence('snapshots', 'id'))::integer AS id`
    const { id } = (await sequence.execute(this.#db)).rows[0]
    // Marked before the row exists, so that no sweep can see the row without its mark.
    this.#guards.set(id, await this.#database.guard(id))
    await this.#db
      .insertInto('snapshots')
      .values({
        id,
        model_version: head.modelVersion,
        challenger_version: head.challengerVersion,
        plan_hash: head.planHash,
        as_of: head.asOf,
        stale_since: head.staleSince,
        carried_over: sql`${JSON.stringify(head.carriedOver)}::jsonb`,
        created_at: this.#clock.now(),
        state: 'building',
        id_scheme: head.idScheme,
        grades: sql`${JSON.stringify(head.grades)}::jsonb`,
        card: sql`${JSON.stringify(head.card)}::jsonb`,
        report: sql`${JSON.stringify(head.report)}::jsonb`,
      })
      .execute()
    return id
  }

  async addRatings(snapshot: number, chunk: RatingChunk): Promise<void> {
    await this.#append(snapshot, 'subjects', chunk.ids.length, async (tx, grades, base) => {
      checkRatings(chunk, grades.length)
      await sql`
        INSERT INTO ratings (snapshot_id, position, subject_id, score, grade, pd, coverage, excluded, total, challenger)
        SELECT ${snapshot}::integer, ${base}::integer + row - 1, subject, score, (${textArray(grades)}::text[])[grade + 1],
          pd, coverage, excluded = 1, total, challenger = 1
        FROM unnest(${textArray(chunk.ids)}::text[], ${numberArray(chunk.scores)}::integer[], ${numberArray(chunk.grades)}::integer[],
          ${numberArray(chunk.pds)}::real[], ${numberArray(chunk.coverage)}::real[], ${numberArray(chunk.excluded)}::integer[],
          ${numberArray(chunk.totals)}::integer[], ${numberArray(chunk.challenger)}::integer[])
          WITH ORDINALITY AS rows (subject, score, grade, pd, coverage, excluded, total, challenger, row)`.execute(
        tx,
      )
    })
  }

  async addWhitelist(snapshot: number, chunk: WhitelistChunk): Promise<void> {
    await this.#append(snapshot, 'listed', chunk.ids.length, async (tx, grades, base) => {
      checkWhitelist(chunk, grades.length)
      await sql`
        INSERT INTO whitelist_entries (snapshot_id, position, subject_id, score, grade, pd, reason, challenger)
        SELECT ${snapshot}::integer, ${base}::integer + row - 1, subject, score, (${textArray(grades)}::text[])[grade + 1], pd, reason, challenger = 1
        FROM unnest(${textArray(chunk.ids)}::text[], ${numberArray(chunk.scores)}::integer[], ${numberArray(chunk.grades)}::integer[],
          ${numberArray(chunk.pds)}::real[], ${textArray(chunk.reasons)}::text[], ${numberArray(chunk.challenger)}::integer[])
          WITH ORDINALITY AS rows (subject, score, grade, pd, reason, challenger, row)`.execute(tx)
    })
  }

  /** Counting first takes the row lock of the snapshot: writers of one snapshot take turns, and none writes after `publish`. */
  async #append(
    snapshot: number,
    counter: 'subjects' | 'listed',
    rows: number,
    insert: (tx: Transaction<Tables>, grades: readonly string[], base: number) => Promise<void>,
  ): Promise<void> {
    try {
      await this.#db.transaction().execute(async (tx) => {
        const counted = await tx
          .updateTable('snapshots')
          .set({ [counter]: sql`${sql.ref(counter)} + ${rows}::integer` })
          .where('id', '=', snapshot)
          .where('state', '=', 'building')
          .returning([counter, 'grades'])
          .executeTakeFirst()
        if (!counted) throw new serverErrors.SnapshotNotBuilding(snapshot)
        const base = (counted as Record<typeof counter, number>)[counter] - rows
        await insert(
          tx,
          counted.grades.map(({ grade }) => grade),
          base,
        )
      })
    } catch (fault) {
      if ((fault as { code?: string }).code === UNIQUE_VIOLATION)
        throw new serverErrors.DuplicateSubject(snapshot)
      throw fault
    }
  }

  publish(snapshot: number): Promise<void> {
    return this.#complete(snapshot, 'published', async (tx) => {
      await tx
        .insertInto('current_snapshot')
        .values({ only_row: true, snapshot_id: snapshot })
        .onConflict((conflict) => conflict.column('only_row').doUpdateSet({ snapshot_id: snapshot }))
        .execute()
    })
  }

  hold(snapshot: number): Promise<void> {
    return this.#complete(snapshot, 'held', async () => {})
  }

  async #complete(
    snapshot: number,
    state: 'held' | 'published',
    and: (tx: Transaction<Tables>) => Promise<void>,
  ): Promise<void> {
    // PGlite has no autovacuum daemon: without statistics the planner reads whole tables to find one subject.
    await sql`ANALYZE ratings, whitelist_entries, snapshots`.execute(this.#db)
    await this.#db.transaction().execute(async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable('snapshots')
        .set({ state, grade_counts: gradeCounts(snapshot) })
        .where('id', '=', snapshot)
        .where('state', '=', 'building')
        .executeTakeFirst()
      if (numUpdatedRows === 0n) throw new serverErrors.SnapshotNotBuilding(snapshot)
      await and(tx)
    })
    await this.#unguard(snapshot)
  }

  async holds(modelVersion: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom('snapshots')
      .select('id')
      .where('model_version', '=', modelVersion)
      .where('state', 'in', ['held', 'published'])
      .limit(1)
      .executeTakeFirst()
    return row !== undefined
  }

  /** Snapshots were named anew. */
  forgetLast(): void {
    this.#last = null
  }

  async discard(snapshot: number): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      const row = await tx
        .selectFrom('snapshots')
        .select('state')
        .where('id', '=', snapshot)
        .forUpdate()
        .executeTakeFirst()
      if (row && row.state !== 'building') throw new serverErrors.SnapshotNotBuilding(snapshot)
      await removeRows(tx, snapshot)
    })
    await this.#unguard(snapshot)
  }

  async #unguard(snapshot: number): Promise<void> {
    await this.#guards.get(snapshot)?.()
    this.#guards.delete(snapshot)
  }

  /** Gives back the marks of snapshots that were neither published nor discarded. */
  async close(): Promise<void> {
    for (const snapshot of [...this.#guards.keys()]) await this.#unguard(snapshot)
  }

  async current(): Promise<Snapshot | null> {
    const row = await this.#db.selectFrom('current_snapshot').select('snapshot_id').executeTakeFirst()
    return row ? this.snapshot(row.snapshot_id) : null
  }

  async snapshot(id: number): Promise<Snapshot> {
    if (this.#last?.id === id) return this.#last
    const row =
      Number.isInteger(id) && id > 0 && id <= LARGEST_ID
        ? await this.#db
            .selectFrom('snapshots')
            .selectAll()
            .where('id', '=', id)
            .where('state', '=', 'published')
            .executeTakeFirst()
        : undefined
    if (!row) throw new serverErrors.SnapshotUnknown(id)
    this.#last = toSnapshot(row)
    return this.#last
  }

  async score(subject: string) {
    // U+0000 cannot be asked of PostgreSQL, and no stored id holds it.
    const asked = subject.includes('\0') ? '' : subject
    const row = await this.#db
      .selectFrom('current_snapshot as c')
      // The limit keeps the planner at one look into the index, whatever it believes about the small table.
      .leftJoinLateral(
        (from) =>
          from
            .selectFrom('ratings')
            .select(['subject_id', 'score', 'grade', 'excluded', 'total', 'challenger'])
            .select([exact('pd').as('pd'), exact('coverage').as('coverage')])
            .whereRef('ratings.snapshot_id', '=', 'c.snapshot_id')
            .where('subject_id', '=', asked)
            .limit(1)
            .as('r'),
        (join) => join.onTrue(),
      )
      .selectAll('r')
      .select('c.snapshot_id')
      .executeTakeFirst()
    if (!row) return null
    const { snapshot_id, subject_id, ...rest } = row
    const rating =
      subject_id === null ? null : { subject: subject_id, ...(rest as NonNullableFields<typeof rest>) }
    return { snapshot: await this.snapshot(snapshot_id), rating }
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
    const rows = await this.#db
      .selectFrom('whitelist_entries')
      .select([
        'position',
        'subject_id as subject',
        'score',
        'grade',
        exact('pd').as('pd'),
        'reason',
        'challenger',
      ])
      .where('snapshot_id', '=', snapshot.id)
      .where('position', '>', after?.position ?? -1)
      .orderBy('position')
      .limit(limit + 1)
      .execute()
    const entries = rows.slice(0, limit)
    const next = rows.length > limit ? { snapshot: snapshot.id, position: entries[limit - 1].position } : null
    return { snapshot, entries, next }
  }

  async *ratings(snapshot: number, rowsPerChunk = ROWS_PER_CHUNK): AsyncIterable<RatingChunk> {
    const { subjects, grades } = await this.snapshot(snapshot)
    for (let from = 0; from < subjects; from += rowsPerChunk) {
      const rows = await this.#db
        .selectFrom('ratings')
        .select([
          'subject_id as subject',
          'score',
          'grade',
          'pd',
          'coverage',
          'excluded',
          'total',
          'challenger',
        ])
        .where('snapshot_id', '=', snapshot)
        .where('position', '>=', from)
        .where('position', '<', from + rowsPerChunk)
        .orderBy('position')
        .execute()
      yield toColumns(rows, grades)
    }
  }
}
