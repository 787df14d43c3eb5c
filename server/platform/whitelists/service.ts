import { serverErrors } from '../../errors.ts'
import type { RatingStore } from '../../store/index.ts'
import { pdBandOf, provenanceOf, versionOf } from '../provenance.ts'
import { readCursor, writeCursor } from './cursor.ts'

/**
 * A page of the whitelist.
 * @param cursorKey secret of this platform, 32 bytes
 * @throws NoSnapshot, CursorInvalid, SnapshotUnknown if the cursor's snapshot has been removed
 */
export async function whitelistPage(
  ratings: RatingStore,
  cursorKey: Uint8Array,
  { limit, cursor }: { limit: number; cursor?: string },
) {
  const after = cursor === undefined ? {} : { after: readCursor(cursor, cursorKey) }
  const page = await ratings.whitelist({ limit, ...after })
  if (!page) throw new serverErrors.NoSnapshot()
  const { snapshot, entries, next } = page
  return {
    data: entries.map(({ position, subject, score, grade, reason, challenger }) => ({
      position,
      subject,
      score,
      grade,
      pd_band: pdBandOf(grade, snapshot.grades),
      reason,
      model_version: versionOf(snapshot, { challenger }),
    })),
    next_cursor: next && writeCursor(next, cursorKey),
    ...provenanceOf(snapshot),
  }
}
