import Type from 'typebox'
import { problemResponses } from '../../plugins/problem-schema.ts'
import { exampleProvenance, PdBand, provenanceFields } from '../provenance.ts'

const MOST_ENTRIES = 500

export const Whitelist = Type.Object(
  {
    data: Type.Array(
      Type.Object({
        position: Type.Integer({ description: 'Place in the list, from 0.' }),
        subject: Type.String(),
        score: Type.Integer(),
        grade: Type.String(),
        pd_band: PdBand,
        reason: Type.String({ description: 'Coded reason for being on the list.' }),
        model_version: Type.String({ description: 'Version of the model that rated this subject.' }),
      }),
    ),
    next_cursor: Type.Union([Type.String(), Type.Null()], {
      description: 'For the next page; null on the last.',
    }),
    ...provenanceFields,
  },
  {
    title: 'Whitelist',
    description: 'A page of the whitelist.',
    examples: [
      {
        data: [
          {
            position: 0,
            subject: '91330100WYX0000019',
            score: 866,
            grade: 'AAA',
            pd_band: { from: 0, to: 0.003 },
            reason: 'listed',
            model_version: '7',
          },
        ],
        next_cursor: null,
        ...exampleProvenance,
      },
    ],
  },
)

export const listWhitelist = {
  operationId: 'listWhitelist',
  tags: ['whitelist'],
  summary: 'Subjects with good credit, page by page',
  description:
    'The order is stable; a cursor stays with its snapshot when a newer one is published. Each subject on a page gets an entry in the access log.',
  security: [{ apiKey: [] }],
  querystring: Type.Object(
    {
      limit: Type.Integer({
        minimum: 1,
        maximum: MOST_ENTRIES,
        default: 100,
        description: 'Entries a page.',
      }),
      cursor: Type.Optional(
        Type.String({ maxLength: 64, description: '"next_cursor" of the page before, unchanged.' }),
      ),
    },
    { additionalProperties: false },
  ),
  response: { 200: Whitelist, ...problemResponses(400, 401, 403, 404, 429, 500, 503) },
}
