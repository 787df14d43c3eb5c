import Type from 'typebox'
import { problemResponses } from '../../plugins/problem-schema.ts'
import { exampleProvenance, provenanceFields } from '../provenance.ts'

export const CurrentSnapshot = Type.Object(
  {
    ...provenanceFields,
    challenger_version: Type.Union([Type.String(), Type.Null()], {
      description: 'Version of the model that rated a share of the subjects; null where one model rated all.',
    }),
    carried_over: Type.Array(Type.String(), {
      description: 'Departments whose parts are of an earlier day; see stale_since.',
    }),
    created_at: Type.String({ format: 'date-time' }),
    plan_hash: Type.String({ description: 'Digest of the run plan that every party signed.' }),
    id_scheme: Type.Union([Type.Literal('text'), Type.Literal('uscc')]),
    subjects: Type.Integer({ description: 'Number of ratings.' }),
    listed: Type.Integer({ description: 'Length of the whitelist.' }),
    grades: Type.Array(
      Type.Object({
        grade: Type.String(),
        pd_from: Type.Number(),
        pd_to: Type.Number(),
        score_from: Type.Number(),
        subjects: Type.Integer({ description: 'Number of subjects with this grade.' }),
      }),
    ),
    monitoring: Type.String({
      description:
        'How the model stands under watch: ok, watch, frozen (no newer ratings are published until a person decides), or unknown before there was a night.',
    }),
    model_card: Type.Record(Type.String(), Type.Unknown(), {
      description: 'What is known of the model; weights stay at the departments.',
    }),
  },
  {
    title: 'CurrentSnapshot',
    description: 'The current snapshot.',
    examples: [
      {
        ...exampleProvenance,
        challenger_version: null,
        carried_over: [],
        created_at: '2026-11-24T02:10:00.000Z',
        plan_hash: 'a5'.repeat(32),
        id_scheme: 'uscc',
        subjects: 20000,
        listed: 4210,
        grades: [{ grade: 'AAA', pd_from: 0, pd_to: 0.003, score_from: 803, subjects: 911 }],
        monitoring: 'ok',
        model_card: {
          format: 'yinxin/model-card/1',
          training: { rounds: 8 },
          metrics: { test: { auc: 0.781 } },
        },
      },
    ],
  },
)

export const getCurrentSnapshot = {
  operationId: 'getCurrentSnapshot',
  tags: ['snapshots'],
  summary: 'The snapshot that is being served',
  security: [{ apiKey: [] }],
  response: { 200: CurrentSnapshot, ...problemResponses(401, 403, 404, 429, 500, 503) },
}
