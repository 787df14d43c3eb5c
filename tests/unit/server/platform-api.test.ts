import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../../server/store/index.ts'
import { chunkOf, clock, HEAD, listOf, NOON } from '../../contract/rating-fixtures.ts'
import { publishSnapshot, testPlatform } from './test-platform.ts'

const provenance = {
  model_version: 'card-7',
  snapshot: 1,
  as_of: '2026-11-23T00:00:00.000Z',
  reference_only: true,
  stale_since: HEAD.staleSince?.toISOString() ?? null,
}

async function expectProblem(
  answer: Awaited<ReturnType<Awaited<ReturnType<typeof testPlatform>>['get']>>,
  status: number,
  code: string,
) {
  expect(answer.statusCode).toBe(status)
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  const body = answer.json()
  expect(body).toMatchObject({ status, code, type: `/docs/reference/errors/server.md#${code.toLowerCase()}` })
  expect(body.instance).toMatch(/^urn:yinxin:request:/)
  expect(body.title).not.toBe('')
  expect(Object.keys(body)).not.toContain('stack')
  return body
}

describe('GET /v1/scores/{uscc}', () => {
  test('answers the rating of the current snapshot, with the default probability as a band only', async () => {
    const { store, get } = await testPlatform()
    await publishSnapshot(store)
    const chunk = chunkOf(0, 30)
    for (const i of [1, 3, 18, 29]) {
      const answer = await get(`/v1/scores/${encodeURIComponent(chunk.ids[i])}`)
      expect(answer.statusCode).toBe(200)
      const { grade, pdFrom, pdTo } = HEAD.grades[chunk.grades[i]]
      expect(answer.json()).toEqual({
        subject: chunk.ids[i],
        score: chunk.scores[i],
        grade,
        pd_band: { from: pdFrom, to: pdTo },
        coverage: Number(((i % 7) / 6).toFixed(3)),
        public_data_only: i % 7 !== 6,
        ...provenance,
        // Every score carries the model that made it.
        model_version: i % 4 === 3 ? 'card-9' : 'card-7',
      })
    }
  })

  test('answers from the newest published snapshot', async () => {
    const { store, get } = await testPlatform()
    await publishSnapshot(store)
    await publishSnapshot(store, { modelVersion: 'card-8' })
    expect((await get('/v1/scores/firm-1')).json()).toMatchObject({ model_version: 'card-8', snapshot: 2 })
  })

  test('an unknown subject is a problem that does not repeat what was asked', async () => {
    const { store, get } = await testPlatform()
    await publishSnapshot(store)
    const answer = await get('/v1/scores/mrs-secret')
    await expectProblem(answer, 404, 'YX_SERVER_UNKNOWN_SUBJECT')
    expect(answer.body).not.toContain('mrs-secret')
  })

  test('before the first snapshot it says so', async () => {
    const { get } = await testPlatform()
    await expectProblem(await get('/v1/scores/firm-1'), 503, 'YX_SERVER_NO_SNAPSHOT')
    await expectProblem(await get('/v1/whitelist'), 503, 'YX_SERVER_NO_SNAPSHOT')
    await expectProblem(await get('/v1/snapshots/current'), 503, 'YX_SERVER_NO_SNAPSHOT')
  })

  test('free text up to 128 characters is a subject; more, or U+0000, is not', async () => {
    const { store, get } = await testPlatform()
    const longest = '隐'.repeat(128)
    const id = await store.ratings.beginSnapshot(HEAD)
    await store.ratings.addRatings(id, { ...chunkOf(0, 1), ids: [longest] })
    await store.ratings.publish(id)
    expect((await get(`/v1/scores/${encodeURIComponent(longest)}`)).json().subject).toBe(longest)
    const long = await expectProblem(
      await get(`/v1/scores/${'x'.repeat(129)}`),
      400,
      'YX_SERVER_REQUEST_INVALID',
    )
    expect(long.errors).toEqual([{ pointer: '/params/uscc', detail: expect.stringContaining('128') }])
    await expectProblem(await get('/v1/scores/a%00b'), 400, 'YX_SERVER_REQUEST_INVALID')
  })

  test('where the snapshot is about social credit codes, other texts are refused', async () => {
    const { store, get } = await testPlatform()
    await publishSnapshot(store, { idScheme: 'uscc' })
    await expectProblem(await get('/v1/scores/firm-1'), 400, 'YX_SERVER_SUBJECT_ID_INVALID')
    await expectProblem(await get('/v1/scores/91330100WYX000001O'), 400, 'YX_SERVER_SUBJECT_ID_INVALID')
    await expectProblem(await get('/v1/scores/91330100WYX0000019'), 404, 'YX_SERVER_UNKNOWN_SUBJECT')
  })
})

describe('GET /v1/whitelist', () => {
  test('cursors walk the whole list once, in order', async () => {
    const { store, get } = await testPlatform()
    await publishSnapshot(store)
    for (const limit of [1, 7, 25, 500]) {
      const subjects: string[] = []
      let url: string | null = `/v1/whitelist?limit=${limit}`
      while (url) {
        const answer = await get(url)
        expect(answer.statusCode).toBe(200)
        const { data, next_cursor, ...rest } = answer.json()
        expect(rest).toEqual(provenance)
        subjects.push(...data.map(({ subject }: { subject: string }) => subject))
        url = next_cursor && `/v1/whitelist?limit=${limit}&cursor=${next_cursor}`
      }
      expect(subjects).toEqual(listOf(0, 25).ids)
    }
  })

  test('an entry says why it is listed, and no exact probability', async () => {
    const { store, get } = await testPlatform()
    await publishSnapshot(store)
    const { scores, ids } = listOf(0, 2)
    const { data } = (await get('/v1/whitelist?limit=8')).json()
    expect(data.map((entry: { model_version: string }) => entry.model_version)).toEqual(
      Array.from({ length: 8 }, (_, i) => (i % 4 === 3 ? 'card-9' : 'card-7')),
    )
    expect(data[1]).toEqual({
      position: 1,
      subject: ids[1],
      score: scores[1],
      grade: 'BBB',
      pd_band: { from: 0.003, to: 0.06 },
      reason: 'reason-1',
      model_version: 'card-7',
    })
  })

  test('a cursor stays with its snapshot when a newer one is published', async () => {
    const { store, get } = await testPlatform()
    await publishSnapshot(store)
    const { next_cursor } = (await get('/v1/whitelist?limit=20')).json()
    await publishSnapshot(store, { modelVersion: 'card-8' })
    const rest = (await get(`/v1/whitelist?cursor=${next_cursor}`)).json()
    expect(rest).toMatchObject({ snapshot: 1, next_cursor: null })
    expect(rest.data).toHaveLength(5)
  })

  test('a changed, foreign or made-up cursor is refused', async () => {
    const { store, get } = await testPlatform()
    await publishSnapshot(store)
    const { next_cursor: cursor } = (await get('/v1/whitelist?limit=1')).json()
    const other = await testPlatform({ cursorKey: new Uint8Array(32).fill(8) })
    await publishSnapshot(other.store)
    const { next_cursor: foreign } = (await other.get('/v1/whitelist?limit=1')).json()
    const flipped = [...cursor].map(
      (symbol, i) => cursor.slice(0, i) + (symbol === 'A' ? 'B' : 'A') + cursor.slice(i + 1),
    )
    for (const bad of [foreign, '', 'x', cursor.slice(1), `${cursor}A`, ...flipped]) {
      await expectProblem(await get(`/v1/whitelist?cursor=${bad}`), 400, 'YX_SERVER_CURSOR_INVALID')
    }
  })

  test.each(['limit=0', 'limit=501', 'limit=x', 'limit=1.5', 'limt=5', `cursor=${'A'.repeat(65)}`])(
    '?%s is refused',
    async (query) => {
      const { store, get } = await testPlatform()
      await publishSnapshot(store)
      const answer = await get(`/v1/whitelist?${query}`)
      const { errors } = await expectProblem(answer, 400, 'YX_SERVER_REQUEST_INVALID')
      expect(errors).toHaveLength(1)
      expect(errors[0].pointer).toMatch(/^\/querystring/)
      expect(answer.body).not.toContain('AAAA')
    },
  )
})

test('GET /v1/snapshots/current shows counts, grades and of the model card what is allowed', async () => {
  const { store, get } = await testPlatform()
  const card = {
    model: 'joint',
    training: { rounds: 8, labelled: 5000, bads: 300 },
    weights: [1, 2],
    points: { a: 3 },
    labelHolders: ['Bank A'],
    metrics: { test: { auc: 0.78, gradient: [1], labelled: 3 }, validation: null },
    providers: [{ name: 'tax', columns: [{ name: 'arrears', bins: 5, edges: [1, 2] }], points: [1] }],
  }
  await publishSnapshot(store, { card, report: { secret: 'report' } })
  const answer = await get('/v1/snapshots/current')
  expect(answer.json()).toEqual({
    ...provenance,
    challenger_version: 'card-9',
    carried_over: [...HEAD.carriedOver],
    created_at: NOON.toISOString(),
    plan_hash: HEAD.planHash,
    id_scheme: 'text',
    subjects: 30,
    listed: 25,
    grades: [
      { grade: 'AAA', pd_from: 0, pd_to: 0.003, score_from: 803, subjects: 10 },
      { grade: 'BBB', pd_from: 0.003, pd_to: 0.06, score_from: 583, subjects: 10 },
      { grade: 'C', pd_from: 0.06, pd_to: 1, score_from: 0, subjects: 10 },
    ],
    monitoring: 'unknown',
    model_card: {
      model: 'joint',
      training: { rounds: 8 },
      metrics: { test: { auc: 0.78 } },
      providers: [{ name: 'tax', columns: [{ name: 'arrears', bins: 5 }] }],
    },
  })
})

describe('who may ask', () => {
  test.each([
    ['no key', null],
    ['not a key', 'hello'],
    ['an unknown prefix', `yx_aaaaaaaa_${'A'.repeat(43)}`],
  ])('%s is 401', async (_name, bearer) => {
    const { store, get } = await testPlatform()
    await publishSnapshot(store)
    for (const url of [
      '/v1/scores/firm-1',
      '/v1/whitelist',
      '/v1/whitelist?limit=x',
      '/v1/snapshots/current',
    ]) {
      const answer = await get(url, bearer)
      await expectProblem(answer, 401, 'YX_SERVER_UNAUTHENTICATED')
      expect(answer.headers['www-authenticate']).toBe('Bearer')
    }
  })

  test('a wrong secret, another scheme and a revoked key are 401', async () => {
    const { app, store, get, key } = await testPlatform()
    await publishSnapshot(store)
    expect((await get('/v1/scores/firm-1')).statusCode).toBe(200)
    const last = key.at(-1) === 'A' ? 'E' : 'A'
    await expectProblem(
      await get('/v1/scores/firm-1', key.slice(0, -1) + last),
      401,
      'YX_SERVER_UNAUTHENTICATED',
    )
    const basic = await app.inject({ url: '/v1/scores/firm-1', headers: { authorization: `Basic ${key}` } })
    await expectProblem(basic, 401, 'YX_SERVER_UNAUTHENTICATED')
    await store.access.revokeApiKey(key.split('_')[1])
    await expectProblem(await get('/v1/scores/firm-1'), 401, 'YX_SERVER_UNAUTHENTICATED')
  })

  test('a key without the scope is 403, whether the subject exists or not', async () => {
    const { store, get, keyFor } = await testPlatform()
    await publishSnapshot(store)
    const narrow = await keyFor('Bank B', ['whitelist:read'])
    for (const url of ['/v1/scores/firm-1', '/v1/scores/nobody', '/v1/snapshots/current']) {
      await expectProblem(await get(url, narrow), 403, 'YX_SERVER_SCOPE_MISSING')
    }
    expect((await get('/v1/whitelist', narrow)).statusCode).toBe(200)
  })

  test('only hashes of keys are kept', async () => {
    const { store, key } = await testPlatform()
    const record = await store.access.findApiKey(key.split('_')[1])
    expect(JSON.stringify(record)).not.toContain(key.split('_').slice(2).join('_'))
    expect(record?.hash).toMatch(/^[0-9a-f]{64}$/)
  })
})

describe('the access log', () => {
  test('keeps who asked for which subject and product, and when', async () => {
    const { store, get, keyFor } = await testPlatform()
    await publishSnapshot(store)
    const other = await keyFor('Bank B')
    await get('/v1/scores/firm-1')
    await get('/v1/whitelist?limit=2', other)
    await get('/v1/scores/nobody', other)
    await get('/v1/scores/firm-1', null)
    expect(await store.access.accessesOf('firm-1')).toEqual([
      {
        at: NOON,
        institution: 'Bank A',
        keyPrefix: expect.any(String),
        product: 'score',
        subject: 'firm-1',
        outcome: 'released',
      },
      {
        at: NOON,
        institution: 'Bank B',
        keyPrefix: other.split('_')[1],
        product: 'whitelist',
        subject: 'firm-1',
        outcome: 'released',
      },
    ])
    expect(await store.access.accessesOf('firm-2')).toEqual([])
    expect(await store.access.accessesOf('nobody')).toMatchObject([
      { institution: 'Bank B', outcome: 'unknown-subject' },
    ])
  })

  test('no log, no answer', async () => {
    const store = memoryStore(clock)
    const { get } = await testPlatform({ store })
    await publishSnapshot(store)
    store.access.recordAccess = async () => {
      throw Object.assign(new Error('disk full at /var/lib/secret'), { code: 'ENOSPC' })
    }
    for (const url of ['/v1/scores/firm-1', '/v1/whitelist', '/v1/snapshots/current']) {
      const answer = await get(url)
      await expectProblem(answer, 500, 'YX_SERVER_INTERNAL')
      expect(answer.body).not.toContain('secret')
    }
  })
})

describe('around the API', () => {
  test('unknown routes, methods and unreadable requests are problems too', async () => {
    const { app, get } = await testPlatform()
    await expectProblem(await get('/nowhere'), 404, 'YX_SERVER_ROUTE_UNKNOWN')
    await expectProblem(await get('/v1/nowhere'), 404, 'YX_SERVER_ROUTE_UNKNOWN')
    await expectProblem(
      await app.inject({ method: 'POST', url: '/v1/whitelist' }),
      404,
      'YX_SERVER_ROUTE_UNKNOWN',
    )
    await expectProblem(await get('/v1/scores/%E0%A4%A'), 400, 'YX_SERVER_REQUEST_UNREADABLE')
    const tooLong = await get(`/v1/scores/${'x'.repeat(5_000)}`)
    expect(tooLong.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(tooLong.statusCode).toBeGreaterThanOrEqual(400)
  })

  test('one key beyond its rate is refused, another is not; unknown routes count', async () => {
    const { store, get, keyFor } = await testPlatform({ rateLimit: { max: 3, windowSeconds: 60 } })
    await publishSnapshot(store)
    const other = await keyFor('Bank B')
    for (let i = 0; i < 3; i++) expect((await get('/v1/scores/firm-1')).statusCode).toBe(200)
    const refused = await get('/v1/scores/firm-1')
    await expectProblem(refused, 429, 'YX_SERVER_TOO_MANY_REQUESTS')
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect((await get('/v1/scores/firm-1', other)).statusCode).toBe(200)
    for (let i = 0; i < 3; i++) expect((await get('/v1/scores/firm-1', 'wrong')).statusCode).toBe(401)
    await expectProblem(
      await get('/v1/scores/firm-1', `yx_bbbbbbbb_${'A'.repeat(43)}`),
      429,
      'YX_SERVER_TOO_MANY_REQUESTS',
    )
    for (let i = 0; i < 4; i++) await get('/nowhere', null)
    await expectProblem(await get('/nowhere', null), 429, 'YX_SERVER_TOO_MANY_REQUESTS')
    expect((await get('/healthz', null)).statusCode).toBe(200)
  })

  test('health: alive without the store, ready only with it', async () => {
    const store = memoryStore(clock)
    const { get } = await testPlatform({ store, checks: [{ name: 'engine', check: async () => {} }] })
    expect((await get('/readyz', null)).json()).toEqual({ status: 'ok' })
    expect((await get('/version', null)).json()).toEqual({
      version: '9.9.9',
      protocol: 1,
      parameters: '00',
    })
    const failing = await testPlatform({
      store: { ...store, ping: async () => Promise.reject(new Error('secret')) },
    })
    expect((await failing.get('/healthz', null)).statusCode).toBe(200)
    const answer = await failing.get('/readyz', null)
    const { detail } = await expectProblem(answer, 503, 'YX_SERVER_NOT_READY')
    expect(detail).toContain('store')
    expect(answer.body).not.toContain('secret')
  })
})
