import Type from 'typebox'
import type { GradeBand, Snapshot } from '../store/index.ts'

/** Fields of every answer that say where it comes from. */
export const provenanceFields = {
  model_version: Type.String({ description: 'Version of the joint model in the registry.' }),
  snapshot: Type.Integer({ description: 'Id of the rating snapshot.' }),
  as_of: Type.String({ format: 'date-time', description: 'Instant that the data describes.' }),
  reference_only: Type.Literal(true, { description: 'For reference; the answer is no decision on a loan.' }),
  stale_since: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
    description:
      'Since when the oldest part of the scores is of an earlier day, because a department is absent or was held back; null if none is.',
  }),
}

export const PdBand = Type.Object(
  { from: Type.Number(), to: Type.Number() },
  { description: 'Default probability within a year: from (inclusive) to (exclusive), 0 to 1.' },
)

export const exampleProvenance = {
  model_version: 'card-7',
  snapshot: 12,
  as_of: '2026-11-23T00:00:00.000Z',
  reference_only: true,
  stale_since: null,
} as const

/** Version of the model that a rating is by. */
export const versionOf = (
  { modelVersion, challengerVersion }: Snapshot,
  { challenger }: { readonly challenger: boolean },
): string => (challenger && challengerVersion !== null ? challengerVersion : modelVersion)

export const provenanceOf = ({ id, modelVersion, asOf, staleSince }: Snapshot) => ({
  model_version: modelVersion,
  snapshot: id,
  as_of: asOf.toISOString(),
  reference_only: true as const,
  stale_since: staleSince?.toISOString() ?? null,
})

/** The default probability leaves the platform as its grade's band only. */
export function pdBandOf(grade: string, grades: readonly GradeBand[]): { from: number; to: number } {
  const { pdFrom, pdTo } = grades.find((band) => band.grade === grade)!
  return { from: pdFrom, to: pdTo }
}
