import { Readable } from 'node:stream'
import fc from 'fast-check'
import Fastify from 'fastify'
import { describe, expect, test, vi } from 'vitest'
import { type AllowList, type ProductName, products } from '../../../server/platform/products.ts'
import { allowedPart, ReleaseGate } from '../../../server/platform/release-gate.ts'
import { type Institution, SCOPES } from '../../../server/plugins/api-key.ts'
import { installProblems } from '../../../server/plugins/problem.ts'
import { registerRateLimit } from '../../../server/plugins/rate-limit.ts'
import { memoryStore } from '../../../server/store/index.ts'
import { clock } from '../../contract/rating-fixtures.ts'
import { publishSnapshot, testPlatform } from './test-platform.ts'

const bank: Institution = { name: 'Bank A', keyPrefix: 'abcdefgh', scopes: SCOPES }
const names = Object.keys(products) as ProductName[]

/** Every path with its scalar, array places written `*`. */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (Array.isArray(value)) return value.flatMap((item) => leaves(item, `${path}/*`))
  if (typeof value === 'object' && value !== null) {
    return Reflect.ownKeys(value).flatMap((key) =>
      leaves((value as Record<PropertyKey, unknown>)[key], `${path}/${String(key)}`),
    )
  }
  return [[path, value]]
}
const allowedPaths = (allow: AllowList): Set<string> =>
  new Set(leaves(JSON.parse(JSON.stringify(allow))).map(([path]) => path))

const fieldNames = [
  ...new Set(
    names.flatMap((name) => [...allowedPaths(products[name].fields)].flatMap((path) => path.split('/'))),
  ),
]
const key = fc.oneof(
  fc.constantFrom(...fieldNames.filter((name) => name !== '' && name !== '*')),
  fc.constantFrom('weights', 'pd', 'total', '__proto__', 'constructor', 'toJSON'),
  fc.string(),
)
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(
      fc.string(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.bigInt(),
      fc.constant(undefined),
      fc.func(fc.integer()),
    ),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 8 }),
  ),
}))

describe('what may leave', () => {
  test('of any payload only named fields with scalars come through, each as it was', async () => {
    const gate = new ReleaseGate(memoryStore(clock).access)
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.dictionary(key, tree, { maxKeys: 12 }),
        async (product, payload) => {
          const before = new Map<string, unknown[]>()
          for (const [path, value] of leaves(payload)) before.set(path, [...(before.get(path) ?? []), value])
          const allowed = allowedPaths(products[product].fields)
          const part = await gate.release({ product, institution: bank, subjects: [], payload })
          for (const [path, value] of leaves(part)) {
            expect(allowed).toContain(path)
            expect(['string', 'number', 'boolean', 'object']).toContain(typeof value)
            expect(before.get(path)).toContainEqual(value)
          }
          expect(Object.getPrototypeOf(part)).toBe(Object.prototype)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('an allowed field whose value has another shape is left out, whole', () => {
    const allow = { scalar: true, list: [{ a: true }], nested: { a: true } } as const
    expect(allowedPart({ scalar: { a: 1 }, list: { a: 1 }, nested: [{ a: 1 }] }, allow)).toEqual({})
    expect(allowedPart({ scalar: [1], list: [1, { a: 1, b: 2 }], nested: 'a' }, allow)).toEqual({
      list: [{ a: 1 }],
    })
    expect(allowedPart({ scalar: Number.NaN, nested: { a: 1n } }, allow)).toEqual({ nested: {} })
  })

  test('fields of the prototype are not fields of the payload', () => {
    expect(allowedPart(Object.create({ scalar: 1 }), { scalar: true })).toEqual({})
  })

  test('nobody, a key without the scope, and an unknown product get nothing and leave no entry', async () => {
    const { access } = memoryStore(clock)
    const gate = new ReleaseGate(access)
    const release = { product: 'score', institution: bank, subjects: ['s'], payload: { score: 1 } } as const
    await expect(gate.release({ ...release, institution: null })).rejects.toMatchObject({
      code: 'YX_SERVER_UNAUTHENTICATED',
    })
    const narrow = { ...bank, scopes: ['whitelist:read'] }
    await expect(gate.release({ ...release, institution: narrow })).rejects.toMatchObject({
      code: 'YX_SERVER_SCOPE_MISSING',
    })
    const unknown = { ...release, product: 'toString' as ProductName }
    await expect(gate.release(unknown)).rejects.toMatchObject({ code: 'YX_SERVER_ROUTE_WITHOUT_PRODUCT' })
    expect(await access.accessesOf('s')).toEqual([])
  })
})

describe('no way around', () => {
  const planted = 'PLANTED-CELL'
  const ways: Record<string, (gate: ReleaseGate) => unknown> = {
    'an object': () => ({ subject: planted }),
    'a text': () => planted,
    'a buffer': () => Buffer.from(planted),
    'a stream': () => Readable.from([planted]),
    'a copy of a release': async (gate) => ({
      ...(await gate.release({
        product: 'score',
        institution: bank,
        subjects: [],
        payload: { subject: planted },
      })),
    }),
    'another gate': async () =>
      new ReleaseGate(memoryStore(clock).access).release({
        product: 'score',
        institution: bank,
        subjects: [],
        payload: { subject: planted },
      }),
    'a look-alike of a problem': () => ({ status: 200, detail: planted, code: 'YX_SERVER_INTERNAL' }),
  }

  test.each(Object.keys(ways))('a handler that answers with %s is stopped', async (way) => {
    const app = Fastify()
    await registerRateLimit(app, { max: 100, windowSeconds: 60 })
    installProblems(app)
    app.decorateRequest('institution', null)
    app.addHook('onRequest', async (request) => {
      request.institution = bank
    })
    await app.register(async (v1) => {
      const gate = new ReleaseGate(memoryStore(clock).access)
      gate.guard(v1)
      const config = { product: 'score' } as const
      v1.get('/rogue', { config }, () => ways[way](gate))
      v1.get('/rogue-typed', { config }, async (_request, reply) => {
        const payload = await ways[way](gate)
        return reply.type('application/problem+json').send(payload)
      })
      v1.get('/honest', { config }, () =>
        gate.release({ product: 'score', institution: bank, subjects: [], payload: { subject: planted } }),
      )
    })
    for (const url of ['/rogue', '/rogue-typed']) {
      const answer = await app.inject(url)
      expect(answer.statusCode).toBe(500)
      expect(answer.body).not.toContain(planted)
      expect(answer.json()).toMatchObject({ code: 'YX_SERVER_EGRESS_REFUSED' })
    }
    expect((await app.inject('/honest')).json()).toEqual({ subject: planted })
  })

  test('a route without a product stops the start', async () => {
    const app = Fastify()
    await expect(
      app.register(async (v1) => {
        new ReleaseGate(memoryStore(clock).access).guard(v1)
        v1.get('/forgotten', async () => 'x')
      }),
    ).rejects.toMatchObject({ code: 'YX_SERVER_ROUTE_WITHOUT_PRODUCT' })
  })

  test('every /v1 route of the platform passes the gate: it answers a release, and nothing to who may not ask', async () => {
    const { app, store, key } = await testPlatform()
    await publishSnapshot(store)
    const routes = [...app.printRoutes({ commonPrefix: false }).matchAll(/(\/v1\S*) \((.*)\)/g)]
    expect(routes.map(([, url]) => url).sort()).toEqual([
      '/v1/scores/:uscc',
      '/v1/snapshots/current',
      '/v1/whitelist',
    ])
    const release = vi.spyOn(ReleaseGate.prototype, 'release')
    for (const [, route, methods] of routes) {
      const url = route.replace(':uscc', 'firm-1')
      for (const method of methods.split(', ') as ('GET' | 'HEAD')[]) {
        release.mockClear()
        const headers = { authorization: `Bearer ${key}` }
        expect((await app.inject({ method, url, headers })).statusCode).toBe(200)
        expect(release).toHaveBeenCalledOnce()
        expect((await app.inject({ method, url })).statusCode).toBe(401)
        expect(release).toHaveBeenCalledOnce()
      }
    }
    release.mockRestore()
  })
})
