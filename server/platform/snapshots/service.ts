import { serverErrors } from '../../errors.ts'
import type { RatingStore } from '../../store/index.ts'
import { provenanceOf } from '../provenance.ts'

/** What is being served, with the whole model card: the release gate decides what of it leaves. @throws NoSnapshot */
export async function currentSnapshot(ratings: RatingStore) {
  const snapshot = await ratings.current()
  if (!snapshot) throw new serverErrors.NoSnapshot()
  return {
    ...provenanceOf(snapshot),
    challenger_version: snapshot.challengerVersion,
    carried_over: snapshot.carriedOver,
    created_at: snapshot.createdAt.toISOString(),
    plan_hash: snapshot.planHash,
    id_scheme: snapshot.idScheme,
    subjects: snapshot.subjects,
    listed: snapshot.listed,
    grades: snapshot.grades.map(({ grade, pdFrom, pdTo, scoreFrom }, i) => ({
      grade,
      pd_from: pdFrom,
      pd_to: pdTo,
      score_from: scoreFrom,
      subjects: snapshot.gradeCounts[i],
    })),
    model_card: snapshot.card,
  }
}
