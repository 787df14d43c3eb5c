import type { GradeBand, Rating, RatingChunk } from './rating-store.ts'

/** Rows as they come from the database, turned back into columns. */
export function toColumns(rows: readonly Rating[], grades: readonly GradeBand[]): RatingChunk {
  const indexOf = new Map(grades.map(({ grade }, index) => [grade, index]))
  return {
    ids: rows.map(({ subject }) => subject),
    scores: Int32Array.from(rows, ({ score }) => score),
    grades: Uint8Array.from(rows, ({ grade }) => indexOf.get(grade)!),
    pds: Float32Array.from(rows, ({ pd }) => pd),
    coverage: Float32Array.from(rows, ({ coverage }) => coverage),
    excluded: Uint8Array.from(rows, ({ excluded }) => (excluded ? 1 : 0)),
    totals: Int32Array.from(rows, ({ total }) => total),
    challenger: Uint8Array.from(rows, ({ challenger }) => (challenger ? 1 : 0)),
  }
}
