import { serverErrors } from '../../errors.ts'
import type { RatingStore } from '../../store/index.ts'
import { pdBandOf, provenanceOf, versionOf } from '../provenance.ts'

/** GB 32100: 18 digits and capitals without I, O, S, V and Z; check characters are left to who assigned the code. */
const USCC = /^[0-9A-HJ-NPQRTUWXY]{18}$/

/**
 * The current rating of a subject, null if there is none.
 * @throws NoSnapshot, SubjectIdInvalid where the snapshot is about unified social credit codes
 */
export async function scoreOf(ratings: RatingStore, subject: string) {
  const answer = await ratings.score(subject)
  if (!answer) throw new serverErrors.NoSnapshot()
  const { snapshot, rating } = answer
  if (snapshot.idScheme === 'uscc' && !USCC.test(subject)) throw new serverErrors.SubjectIdInvalid()
  if (!rating) return null
  return {
    subject: rating.subject,
    score: rating.score,
    grade: rating.grade,
    pd_band: pdBandOf(rating.grade, snapshot.grades),
    coverage: Math.round(rating.coverage * 1000) / 1000,
    // All providers contribute to a row, or those of public data do.
    public_data_only: rating.coverage < 1,
    ...provenanceOf(snapshot),
    model_version: versionOf(snapshot, rating),
  }
}
