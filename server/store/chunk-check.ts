import { serverErrors } from '../errors.ts'
import type { RatingChunk, WhitelistChunk } from './rating-store.ts'

/** Longest subject id in characters. */
export const MAX_SUBJECT_LENGTH = 128

function checkCommon(
  chunk: { ids: readonly string[]; grades: Uint8Array; pds: Float32Array },
  columns: readonly { length: number }[],
  grades: number,
): void {
  const rows = chunk.ids.length
  if (columns.some(({ length }) => length !== rows)) {
    throw new serverErrors.ChunkInvalid(0, 'all columns have the length of the id column')
  }
  for (let i = 0; i < rows; i++) {
    const id = chunk.ids[i]
    // PostgreSQL text cannot hold U+0000.
    if (id === '' || id.length > MAX_SUBJECT_LENGTH || id.includes('\0')) {
      throw new serverErrors.ChunkInvalid(
        i,
        `an id has 1 to ${MAX_SUBJECT_LENGTH} characters, none of them U+0000`,
      )
    }
    if (chunk.grades[i] >= grades)
      throw new serverErrors.ChunkInvalid(i, 'a grade is an index into the grade table')
    if (!(chunk.pds[i] >= 0 && chunk.pds[i] <= 1))
      throw new serverErrors.ChunkInvalid(i, 'a default probability is 0 to 1')
  }
}

/** @param grades length of the snapshot's grade table. @throws ChunkInvalid */
export function checkRatings(chunk: RatingChunk, grades: number): void {
  checkCommon(
    chunk,
    [
      ...[chunk.scores, chunk.grades, chunk.pds, chunk.coverage, chunk.excluded, chunk.totals],
      chunk.challenger,
    ],
    grades,
  )
  const wrong = chunk.coverage.findIndex((part) => !(part >= 0 && part <= 1))
  if (wrong >= 0) throw new serverErrors.ChunkInvalid(wrong, 'coverage is 0 to 1')
}

/** @param grades length of the snapshot's grade table. @throws ChunkInvalid */
export function checkWhitelist(chunk: WhitelistChunk, grades: number): void {
  checkCommon(chunk, [chunk.scores, chunk.grades, chunk.pds, chunk.reasons, chunk.challenger], grades)
}
