import { Compile } from 'typebox/compile'
import { expect, test } from 'vitest'
import { testPlatform } from './test-platform.ts'

interface Operation {
  operationId?: string
  tags?: string[]
  summary?: string
  security?: unknown
  parameters?: { name: string; schema: object }[]
  responses: Record<
    string,
    {
      description?: string
      content?: Record<string, { schema: { title?: string; examples?: unknown[] }; example?: unknown }>
    }
  >
}

const { get } = await testPlatform()
const document = (await get('/documentation/json', null)).json()
const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, operation })),
)

test('the document is OpenAPI 3.1 with the routes of the platform and no others', () => {
  expect(document.openapi).toBe('3.1.0')
  expect(operations.map(({ name }) => name).sort()).toEqual([
    'get /healthz',
    'get /readyz',
    'get /v1/scores/{uscc}',
    'get /v1/snapshots/current',
    'get /v1/snapshots/current/card',
    'get /v1/whitelist',
    'get /version',
  ])
})

test('operation ids are there and differ', () => {
  const ids = operations.map(({ operation }) => operation.operationId)
  expect(new Set(ids).size).toBe(operations.length)
  expect(ids).not.toContain(undefined)
})

test.each(operations)('$name: tag, summary, described answers with examples', ({ path, operation }) => {
  expect(operation.tags).toHaveLength(1)
  expect(document.tags.map(({ name }: { name: string }) => name)).toContain(operation.tags![0])
  expect(operation.summary).toBeTruthy()
  for (const [status, { description, content }] of Object.entries(operation.responses)) {
    expect(description).toBeTruthy()
    expect(description).not.toBe('Default Response')
    const good = path.endsWith('/card') ? 'text/html' : 'application/json'
    const type = Number(status) < 400 ? good : 'application/problem+json'
    expect(Object.keys(content!)).toEqual([type])
    const { schema, example = schema.examples?.[0] } = content![type]
    expect([...Compile(schema).Errors(example)]).toEqual([])
  }
})

test.each(operations.filter(({ path }) => path.startsWith('/v1/')))(
  '$name: key, and problems 401, 403, 404, 429, 500 declared',
  ({ operation }) => {
    expect(operation.security).toEqual([{ apiKey: [] }])
    expect(document.components.securitySchemes.apiKey).toMatchObject({ type: 'http', scheme: 'bearer' })
    for (const status of ['401', '403', '404', '429', '500', '503']) {
      expect(operation.responses[status].content!['application/problem+json'].schema.title).toBe('Problem')
    }
    if (operation.parameters) expect(operation.responses['400']).toBeDefined()
  },
)

test('the page is served from disk', async () => {
  const page = await get('/documentation/', null)
  expect(page.statusCode).toBe(200)
  expect(page.body).not.toMatch(/https?:\/\/(?!localhost)[^"' ]*\.(js|css)/)
})
