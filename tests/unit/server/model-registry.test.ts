/** The platform's registry: what the settings let happen by itself, the operator's routes, and a platform from before it. */
import { createHash } from 'node:crypto'
import { afterEach, describe, expect, it, test } from 'vitest'
import type { PlatformRole } from '../../../federation/index.ts'
import { registryRules } from '../../../server/config.ts'
import { registerControl } from '../../../server/platform/control/control-api.ts'
import type { Publisher } from '../../../server/platform/control/run-report.ts'
import { RunService } from '../../../server/platform/control/run-service.ts'
import { adoptServed } from '../../../server/platform/models/adopt-served.ts'
import { ModelRegistry, type RegistryRules } from '../../../server/platform/models/model-registry.ts'
import { memoryStore } from '../../../server/store/index.ts'
import type { Relay } from '../../../server/transport/relay.ts'
import { newModel, ratedModel } from '../../contract/model-store.ts'
import { clock } from '../../contract/rating-fixtures.ts'
import { publishSnapshot, testPlatform } from './test-platform.ts'

const TOKEN = 'the token of a made-up operator'
const NONE: RegistryRules = { approvals: 'none', promotion: 'automatic' }

describe('what the settings let happen by itself', () => {
  const settled = async (rules: RegistryRules, accepted = true) => {
    const store = memoryStore(clock)
    const registry = new ModelRegistry(store.models, rules)
    const champions: number[] = []
    registry.onChampion = async ({ version }) => void champions.push(version)
    await ratedModel(store, 'run-1', { accepted })
    const { state } = await registry.settle(1)
    return { store, registry, champions, state }
  }

  it('nobody is asked: an accepted model is the champion at once, and asked again nothing happens', async () => {
    const { state, registry, champions, store } = await settled(registryRules())
    expect([state, champions]).toEqual(['champion', [1]])
    expect((await registry.settle(1)).state).toBe('champion')
    expect(champions).toEqual([1])
    expect((await store.ratings.current())?.modelVersion).toBe('1')
  })

  it('a refused model stays a draft, and nobody is served by it', async () => {
    const { state, store } = await settled(NONE, false)
    expect(state).toBe('draft')
    expect(await store.ratings.current()).toBeNull()
  })

  it.each([
    ['an operator promotes', registryRules({ promotion: 'operator' }), 'approved'],
    ['all that signed are asked', registryRules({ approvals: 'all' }), 'draft'],
    ['a party is asked', registryRules({ approvals: ['bank'] }), 'draft'],
  ] as const)('%s: the model waits', async (_, rules, state) => {
    const made = await settled(rules)
    expect(made.state).toBe(state)
    expect(await made.store.ratings.current()).toBeNull()
    await expect(made.registry.find()).rejects.toMatchObject({ code: 'YX_SERVER_NIGHT_MODEL_UNKNOWN' })
  })

  it("a party's approval makes no champion of a model that was passed over, whatever the settings are", async () => {
    const { registry, store } = await settled(registryRules({ promotion: 'operator' }))
    const { cardHash } = await store.models.model(1)
    const later = new ModelRegistry(store.models, NONE)
    const signed = await later.sign(1, { party: 'bank', cardHash, signature: 'ab' })
    expect([signed.state, signed.approvals.length]).toEqual(['approved', 1])
    expect(await store.ratings.current()).toBeNull()
    expect((await registry.store.serving()).champion).toBeNull()
  })

  it('nights rate with the champion and with no other', async () => {
    const { registry, store } = await settled(NONE)
    const night = { planHash: newModel('run-1').planHash, plan: 'p', run: 'run-1' }
    const { version } = await ratedModel(store, 'run-2', { night: { ...night, planHash: 'ef'.repeat(32) } })
    await registry.settle(version)
    expect(await registry.find()).toMatchObject({ version: 2, planHash: 'ef'.repeat(32) })
    expect(await registry.find('efef')).toMatchObject({ version: 2 })
    await expect(registry.find(night.planHash)).rejects.toMatchObject({
      code: 'YX_SERVER_NIGHT_MODEL_UNKNOWN',
    })
  })
})

describe("the operator's routes", () => {
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })

  async function platform(rules: RegistryRules = { approvals: 'none', promotion: 'operator' }) {
    const { app, store, key } = await testPlatform()
    closing.push(() => app.close())
    const registry = new ModelRegistry(store.models, rules)
    const service = new RunService({} as PlatformRole, {} as Relay, {} as Publisher, clock, {
      ...{ silenceSeconds: 1, patienceSeconds: 1 },
    })
    registerControl(
      app,
      createHash('sha256').update(TOKEN).digest('hex'),
      service,
      undefined,
      undefined,
      registry,
    )
    for (const run of ['run-1', 'run-2']) await registry.settle((await ratedModel(store, run)).version)
    const ask = (
      method: 'GET' | 'POST',
      url: string,
      payload?: object | string,
      token: string | null = TOKEN,
    ) =>
      app.inject({
        ...{ method, url },
        headers: {
          ...(token !== null && { authorization: `Bearer ${token}` }),
          ...(payload !== undefined && { 'content-type': 'application/json' }),
        },
        ...(payload !== undefined && { payload }),
      })
    return { store, ask, key }
  }

  it('answer nobody without the token, a bank with its key included', async () => {
    const { ask, key, store } = await platform()
    for (const token of [null, '', 'another', key])
      for (const [method, url, body] of [
        ['GET', '/control/models'],
        ['GET', '/control/models/1'],
        ['GET', '/control/model-history'],
        ['POST', '/control/model-steps', { action: 'promote', version: 1 }],
        ['POST', '/control/model-steps', { action: 'rollback' }],
      ] as const)
        expect((await ask(method, url, body, token)).json().code, `${url} ${token}`).toBe(
          'YX_SERVER_OPERATOR_REFUSED',
        )
    expect((await store.models.models()).map(({ state }) => state)).toEqual(['approved', 'approved'])
  })

  it('show models, cards and history, and take one step after another', async () => {
    const { ask } = await platform()
    expect(
      (await ask('POST', '/control/model-steps', { action: 'promote', version: 1 })).json(),
    ).toMatchObject({
      ...{ version: 1, state: 'champion' },
    })
    await ask('POST', '/control/model-steps', { action: 'promote', version: 2 })
    const { models, share, salt } = (await ask('GET', '/control/models')).json()
    expect(models.map((one: { state: string }) => one.state)).toEqual(['retired', 'champion'])
    expect([share, salt]).toEqual([0, expect.stringMatching(/^[0-9a-f]{64}$/)])
    // What nights need is nobody's to read, and the card is the very text that is approved.
    expect(Object.keys(models[0])).not.toContain('night')
    const { cardText, cardHash } = (await ask('GET', '/control/models/1')).json()
    expect(createHash('sha256').update(cardText).digest('hex')).toBe(cardHash)
    const back = (await ask('POST', '/control/model-steps', { action: 'rollback' })).json()
    expect(back).toMatchObject({ version: 1, state: 'champion' })
    const { events } = (await ask('GET', '/control/model-history')).json()
    expect(
      events.map(({ kind, version }: { kind: string; version: number }) => `${kind} ${version}`),
    ).toEqual([
      ...['registered 1', 'approve 1', 'registered 2', 'approve 2', 'promote 1'],
      ...['displace 1', 'promote 2', 'displace 2', 'restore 1'],
    ])
  })

  it('of two promotions at once, and of a promotion beside a rollback, one champion is left', async () => {
    const { ask, store } = await platform()
    const step = (payload: object) => ask('POST', '/control/model-steps', payload)
    const answers = await Promise.all([1, 1, 2].map((version) => step({ action: 'promote', version })))
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 200, 409])
    await Promise.all([step({ action: 'rollback' }), step({ action: 'rollback' })])
    const states = (await store.models.models()).map(({ state }) => state).sort()
    expect(states).toEqual(['champion', 'retired'])
    await store.models.history()
  })

  it.each([
    [{ action: 'displace', version: 1 }, 400],
    [{ action: 'restore', version: 1 }, 400],
    [{ action: 'challenge', version: 1 }, 400],
    [{ action: 'challenge', version: 1, share: 501 }, 400],
    [{ action: 'challenge', version: 1, share: 0.5 }, 400],
    [{ action: 'promote', version: 1, share: 5 }, 400],
    [{ action: 'promote' }, 404],
    [{ action: 'promote', version: 99 }, 404],
    [{ action: 'promote', version: -1 }, 400],
    [{ action: 'promote', version: 2 ** 31 }, 400],
    [{ action: 'promote', version: 1, who: 'bank' }, 400],
    [{ action: 'promote', version: { $ne: 1 } }, 400],
    [{ action: ['promote'], version: 1, accepted: true }, 400],
    [{}, 400],
    ['null', 400],
    ['[', 400],
    [`{"action":"promote","version":1,"__proto__":{"share":5}}`, 400],
  ])('refuse %j with a clear error and change nothing', async (payload, status) => {
    const { ask, store } = await platform()
    const answer = await ask('POST', '/control/model-steps', payload)
    expect(answer.statusCode).toBe(status)
    expect(answer.json().code).toMatch(/^YX_SERVER_/)
    expect((await store.models.models()).map(({ state }) => state)).toEqual(['approved', 'approved'])
  })

  it.each(['0', '-1', '1.5', 'x', '99', '1%00', '2147483648', '%27'])('have no model %s', async (version) => {
    const { ask } = await platform()
    const answer = await ask('GET', `/control/models/${version}`)
    expect([400, 404]).toContain(answer.statusCode)
    expect(answer.json().code).toMatch(/^YX_SERVER_/)
  })
})

describe('a platform from before the registry', () => {
  const plan = { planHash: 'ab'.repeat(32), plan: 'the text of a plan', run: 'run-old', offset: 7 }
  const files = (text: string | null) => ({ read: async () => (text === null ? null : Buffer.from(text)) })
  const report = {
    plan: { snapshot: 'labels-1', rosterDigest: 'cd', labelHolders: ['bank'], providers: [{ name: 'gas' }] },
    metrics: { test: { auc: 0.7 } },
    privacy: { epsilon: 8 },
  }

  test('its model is version 1 and champion, scored on by nights, and the API names it so', async () => {
    const { store, get } = await testPlatform()
    await publishSnapshot(store, { modelVersion: 'run-old', report })
    // Nights since have other reports.
    await publishSnapshot(store, { modelVersion: 'run-old', report: { night: 'x' } })
    const adopted = await adoptServed(store, files(JSON.stringify([{ planHash: 'x' }, plan])))
    expect(adopted).toMatchObject({
      ...{ version: 1, state: 'champion', run: 'run-old', labelSnapshot: 'labels-1', rosterDigest: 'cd' },
      ...{ signers: ['bank', 'gas', 'keyholder'], metrics: report.metrics, privacy: report.privacy },
    })
    expect((await get('/v1/scores/firm-1')).json()).toMatchObject({ model_version: '1', snapshot: 2 })
    expect(await new ModelRegistry(store.models, NONE).find()).toMatchObject({ ...plan, version: 1 })
    expect(await adoptServed(store, files(null))).toBeNull()
    expect(await store.models.models()).toHaveLength(1)
  })

  test('without any snapshot nothing is adopted; what is damaged is said', async () => {
    const store = memoryStore(clock)
    expect(await adoptServed(store, files(null))).toBeNull()
    await publishSnapshot(store)
    await expect(adoptServed(store, files('['))).rejects.toMatchObject({
      code: 'YX_SERVER_NODE_FILE_UNREADABLE',
    })
    expect(await adoptServed(store, files(null))).toMatchObject({ version: 1, state: 'champion' })
    await expect(new ModelRegistry(store.models, NONE).find()).rejects.toMatchObject({
      code: 'YX_SERVER_NIGHT_MODEL_UNKNOWN',
    })
  })
})
