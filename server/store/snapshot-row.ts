/** Rows and columns of snapshots as the database has them. */
import { type Selectable, sql } from 'kysely'
import type { Snapshot } from './rating-store.ts'
import type { Tables } from './tables.ts'

/** The very 32-bit float that was written; by itself the database answers its shortest decimal, another double. */
export const exact = (column: string) => sql<number>`${sql.ref(column)}::double precision`

/** Ratings of a snapshot by grade. */
export const gradeCounts = (snapshot: number) => sql<{ [grade: string]: number }>`(
  SELECT coalesce(jsonb_object_agg(grade, rows), '{}')
  FROM (SELECT grade, count(*) AS rows FROM ratings WHERE snapshot_id = ${snapshot}::integer GROUP BY grade) AS counted)`

/** Fields of an outer join where the row is there. */
export type NonNullableFields<T> = { [K in keyof T]: NonNullable<T[K]> }

export const toSnapshot = (row: Selectable<Tables['snapshots']>): Snapshot => ({
  id: row.id,
  modelVersion: row.model_version,
  challengerVersion: row.challenger_version,
  planHash: row.plan_hash,
  asOf: row.as_of,
  staleSince: row.stale_since,
  carriedOver: row.carried_over,
  createdAt: row.created_at,
  idScheme: row.id_scheme,
  subjects: row.subjects,
  gradeCounts: row.grades.map(({ grade }) => row.grade_counts[grade] ?? 0),
  listed: row.listed,
  grades: row.grades,
  card: row.card,
  report: row.report,
})
