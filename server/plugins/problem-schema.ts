import Type, { type Static } from 'typebox'

/** RFC 9457 problem details, with our code and the places of a request that break its schema. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'Where the code is explained, relative to the documentation.' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String({ description: 'The request id, to be quoted to the operator.' }),
    code: Type.String({ description: 'Stable code of the error.' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.String({ description: 'JSON Pointer into params, querystring, headers or body.' }),
          detail: Type.String(),
        }),
      ),
    ),
  },
  {
    title: 'Problem',
    examples: [
      {
        type: '/docs/reference/errors/server.md#yx_server_unknown_subject',
        title: 'Not Found',
        status: 404,
        detail: 'The current snapshot holds no such subject. Mend: check the identifier.',
        instance: 'urn:yinxin:request:req-1',
        code: 'YX_SERVER_UNKNOWN_SUBJECT',
      },
    ],
  },
)

export type Problem = Static<typeof Problem>

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request breaks the schema of the route',
  401: 'No valid API key',
  403: 'The key lacks the scope',
  404: 'Unknown subject or route',
  429: 'Too many requests',
  500: 'Unexpected fault',
  503: 'No snapshot yet, or not ready',
}

/** Declares problem answers of a route for its schema and the OpenAPI document. */
export function problemResponses<Status extends keyof typeof TITLES>(...statuses: Status[]) {
  const declared = statuses.map((status) => [
    status,
    { description: TITLES[status], content: { 'application/problem+json': { schema: Problem } } },
  ])
  return Object.fromEntries(declared) as Record<Status, unknown>
}
