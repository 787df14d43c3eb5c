import Type from 'typebox'
import { problemResponses } from '../../plugins/problem-schema.ts'
import { MAX_SUBJECT_LENGTH } from '../../store/index.ts'
import { exampleProvenance, PdBand, provenanceFields } from '../provenance.ts'

export const Score = Type.Object(
  {
    subject: Type.String(),
    score: Type.Integer({
      minimum: 0,
      maximum: 1000,
      description: '600 at good:bad 20:1, 50 points double the odds.',
    }),
    grade: Type.String({ description: 'AAA to C.' }),
    pd_band: PdBand,
    coverage: Type.Number({
      description:
        "Part of the departments that took part in this score, 0 to 1. Which of them know the subject is nobody else's to see.",
    }),
    public_data_only: Type.Boolean({
      description:
        'True where the score is made from public data only, because the subject has not authorised the use of other data.',
    }),
    ...provenanceFields,
  },
  {
    title: 'Score',
    description: 'The rating in the current snapshot.',
    examples: [
      {
        subject: '91330100WYX0000019',
        score: 702,
        grade: 'A',
        pd_band: { from: 0.0068, to: 0.0121 },
        coverage: 1,
        public_data_only: false,
        ...exampleProvenance,
      },
    ],
  },
)

export const getScore = {
  operationId: 'getScore',
  tags: ['scores'],
  summary: 'The rating of one subject',
  description: 'The query is written to the access log, which the subject can see.',
  security: [{ apiKey: [] }],
  params: Type.Object({
    uscc: Type.String({
      minLength: 1,
      maxLength: MAX_SUBJECT_LENGTH,
      // biome-ignore lint/suspicious/noControlCharactersInRegex: no stored id holds U+0000
      pattern: /^[^\u0000]+$/.source,
      description: 'Unified social credit code, or free text where the snapshot says "id_scheme": "text".',
      examples: ['91330100WYX0000019'],
    }),
  }),
  response: { 200: Score, ...problemResponses(400, 401, 403, 404, 429, 500, 503) },
}
