/** What every registry of models must do, whatever it stands on. */
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { ModelAction, NewModel, PlatformStore } from '../../server/store/index.ts'
import { chunkOf, HEAD, NOON } from './rating-fixtures.ts'

export const newModel = (run: string, more: Partial<NewModel> = {}): NewModel => ({
  ...{ run, planHash: createHash('sha256').update(run).digest('hex'), labelSnapshot: 'labels-1' },
  ...{ rosterDigest: 'cd'.repeat(32), accepted: true, signers: ['bank', '水务', 'keyholder'] },
  metrics: { test: { auc: 0.781, aucSe: 0.0123456789012345, ks: 0.42, ksSe: 0.02 } },
  privacy: { epsilon: 8.1, delta: 1e-6, unbounded: null },
  cardText: JSON.stringify({ run, quote: '"\'\\ 隐信' }),
  night: { plan: '{}', offset: 51356 },
  ...more,
})

/** A model with complete ratings that nobody is served yet. */
export async function ratedModel(store: PlatformStore, run: string, more: Partial<NewModel> = {}) {
  const { version } = await store.models.register(newModel(run, more))
  const id = await store.ratings.beginSnapshot({
    ...{ ...HEAD, modelVersion: String(version), challengerVersion: null },
  })
  await store.ratings.addRatings(id, chunkOf(0, 3))
  await store.ratings.hold(id)
  return { version, snapshot: id }
}

const nobody = () => []

/** Makes steps one after another, as the operator. */
export async function steps(
  store: PlatformStore,
  ...wanted: readonly (readonly [ModelAction, number | null])[]
) {
  for (const [action, version] of wanted)
    await store.models.change({
      ...{ action, version, who: 'platform', required: nobody },
      ...(action === 'challenge' && { share: 100 }),
    })
}

const statesOf = async ({ models }: PlatformStore) =>
  (await models.models()).map(({ version, state }) => `${version} ${state}`)
const refused = (code: string) => ({ code: `YX_SERVER_MODEL_${code}` })

export function modelStoreContract(open: () => Promise<PlatformStore>): void {
  test('empty: no model, nobody serves, and the split has a salt that stays', async () => {
    const { models, close } = await open()
    expect(await models.models()).toEqual([])
    const serving = await models.serving()
    expect(serving).toEqual({
      champion: null,
      challenger: null,
      share: 0,
      salt: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect((await models.serving()).salt).toBe(serving.salt)
    expect(await models.history()).toEqual([])
    await expect(models.model(1)).rejects.toMatchObject(refused('UNKNOWN'))
    await close()
  })

  test('what was registered comes back as it was; versions count up; a run has one model', async () => {
    const { models, close } = await open()
    const first = await models.register(newModel('run-a'))
    expect(first).toEqual({
      ...newModel('run-a'),
      ...{ version: 1, state: 'draft', predecessor: null, registeredAt: NOON, approvals: [] },
      cardHash: createHash('sha256').update(newModel('run-a').cardText).digest('hex'),
    })
    expect((await models.register(newModel('run-b'))).version).toBe(2)
    expect(await models.register(newModel('run-a', { metrics: {} }))).toEqual(first)
    expect(await models.model(1)).toEqual(first)
    expect(await models.history()).toHaveLength(2)
    for (const wrong of [{ run: '' }, { planHash: 'ab' }, { signers: [] }, { cardText: '\0' }])
      await expect(models.register(newModel('run-c', wrong))).rejects.toMatchObject(
        refused('REQUEST_INVALID'),
      )
    await close()
  })

  test('every step from every state: only those of the table are made', async () => {
    const ways: readonly (readonly [string, readonly ModelAction[]])[] = [
      ['draft', []],
      ['approved', ['approve']],
      ['champion', ['approve', 'promote']],
      ['challenger', ['approve', 'challenge']],
      ['retired', ['retire']],
    ]
    const allowed: Record<string, readonly string[]> = {
      draft: ['approve', 'retire'],
      approved: ['promote', 'challenge', 'retire'],
      champion: [],
      challenger: ['promote', 'retire'],
      retired: [],
    }
    const store = await open()
    let version = 0
    for (const [state, way] of ways) {
      for (const action of ['approve', 'promote', 'challenge', 'retire'] as const) {
        const model = await ratedModel(store, `run-${++version}`)
        await steps(store, ...way.map((step) => [step, model.version] as const))
        expect((await store.models.model(version)).state).toBe(state)
        const step = steps(store, [action, version])
        if (allowed[state].includes(action)) await step
        else await expect(step).rejects.toMatchObject({ code: expect.stringMatching(/_STATE$/) })
        const { challenger } = await store.models.serving()
        if (challenger) await steps(store, ['retire', challenger.version])
      }
    }
    expect((await store.models.models()).filter((one) => one.state === 'champion')).toHaveLength(1)
    await store.models.history()
    await store.close()
  })

  test('a promotion serves the ratings that were held, and a rollback those from before, in the same step', async () => {
    const store = await open()
    const one = await ratedModel(store, 'run-a')
    const two = await ratedModel(store, 'run-b')
    expect(await store.ratings.current()).toBeNull()
    await expect(store.ratings.snapshot(one.snapshot)).rejects.toMatchObject({
      code: 'YX_SERVER_SNAPSHOT_UNKNOWN',
    })
    await steps(store, ['approve', 1], ['promote', 1])
    expect(await store.ratings.current()).toMatchObject({ id: one.snapshot, modelVersion: '1' })
    await steps(store, ['approve', 2], ['promote', 2])
    expect(await store.ratings.current()).toMatchObject({ id: two.snapshot, modelVersion: '2' })
    expect(await statesOf(store)).toEqual(['1 retired', '2 champion'])
    await steps(store, ['rollback', null])
    expect(await statesOf(store)).toEqual(['1 champion', '2 retired'])
    expect((await store.ratings.current())?.id).toBe(one.snapshot)
    await expect(steps(store, ['rollback', null])).rejects.toMatchObject(refused('NO_PREDECESSOR'))
    await expect(steps(store, ['promote', 2])).rejects.toMatchObject(refused('STATE'))
    await store.close()
  })

  test('nobody is served by a challenger that was displaced or retired: older ratings by the champion alone are', async () => {
    const store = await open()
    const one = await ratedModel(store, 'run-a')
    await ratedModel(store, 'run-b')
    const three = await ratedModel(store, 'run-c')
    await steps(store, ['approve', 1], ['promote', 1], ['approve', 2], ['challenge', 2])
    const mixed = await store.ratings.beginSnapshot({ ...HEAD, modelVersion: '1', challengerVersion: '2' })
    await store.ratings.addRatings(mixed, chunkOf(0, 3))
    await store.ratings.publish(mixed)
    await steps(store, ['approve', 3], ['promote', 3])
    expect((await store.ratings.current())?.id).toBe(three.snapshot)
    await steps(store, ['rollback', null])
    expect(await store.ratings.current()).toMatchObject({ id: mixed, challengerVersion: '2' })
    await steps(store, ['promote', 2], ['rollback', null])
    expect(await store.ratings.current()).toMatchObject({ id: one.snapshot, challengerVersion: null })
    await store.close()
  })

  test('rollbacks go back one champion after another, never to the one they came from', async () => {
    const store = await open()
    for (const version of [1, 2, 3]) {
      await ratedModel(store, `run-${version}`)
      await steps(store, ['approve', version], ['promote', version])
    }
    await steps(store, ['rollback', null], ['rollback', null])
    expect(await statesOf(store)).toEqual(['1 champion', '2 retired', '3 retired'])
    await store.close()
  })

  test('a champion without ratings is refused, and everything stays as it was', async () => {
    const store = await open()
    const { snapshot } = await ratedModel(store, 'run-a')
    await store.models.register(newModel('run-b'))
    await steps(store, ['approve', 1], ['promote', 1], ['approve', 2])
    const before = await store.models.history()
    await expect(steps(store, ['promote', 2])).rejects.toMatchObject(refused('UNRATED'))
    expect(await store.models.history()).toEqual(before)
    expect((await store.ratings.current())?.id).toBe(snapshot)
    expect(await statesOf(store)).toEqual(['1 champion', '2 approved'])
    await store.close()
  })

  test('at most one challenger, whose share ends with it', async () => {
    const store = await open()
    for (const version of [1, 2, 3]) {
      await ratedModel(store, `run-${version}`)
      await steps(store, ['approve', version])
    }
    await steps(store, ['promote', 1], ['challenge', 2])
    expect(await store.models.serving()).toMatchObject({
      ...{ champion: { version: 1 }, challenger: { version: 2 }, share: 100 },
    })
    await expect(steps(store, ['challenge', 3])).rejects.toMatchObject(refused('CHALLENGER_TAKEN'))
    await steps(store, ['retire', 2])
    expect(await store.models.serving()).toMatchObject({ challenger: null, share: 0 })
    await steps(store, ['challenge', 3], ['promote', 3])
    expect(await store.models.serving()).toMatchObject({
      champion: { version: 3 },
      challenger: null,
      share: 0,
    })
    await store.close()
  })

  test('a challenger without a share of 1 to 500 of a thousand is refused, and a share of anybody else', async () => {
    const store = await open()
    await ratedModel(store, 'run-a')
    await steps(store, ['approve', 1])
    const change = (action: ModelAction, share?: number) =>
      store.models.change({
        ...{ action, version: 1, who: 'platform', required: nobody },
        ...(share !== undefined && { share }),
      })
    for (const share of [undefined, 0, 501, 1.5, Number.NaN])
      await expect(change('challenge', share)).rejects.toMatchObject(refused('REQUEST_INVALID'))
    await expect(change('promote', 100)).rejects.toMatchObject(refused('REQUEST_INVALID'))
    await store.close()
  })

  test('a model that validation refused is never approved, by whatever way, and can be retired', async () => {
    const store = await open()
    const { version } = await ratedModel(store, 'run-a', { accepted: false })
    const { cardHash } = await store.models.model(version)
    for (const action of ['approve', 'promote', 'challenge'] as const)
      await expect(steps(store, [action, version])).rejects.toMatchObject(refused('NEVER_APPROVED'))
    await expect(
      store.models.sign(version, { party: 'bank', cardHash, signature: 'ab' }),
    ).rejects.toMatchObject(refused('NEVER_APPROVED'))
    await steps(store, ['retire', version])
    expect(await statesOf(store)).toEqual(['1 retired'])
    await store.close()
  })

  test('nobody is approved or champion before all required approvals are there', async () => {
    const store = await open()
    await ratedModel(store, 'run-a')
    const { cardHash } = await store.models.model(1)
    const change = (action: ModelAction, required: string[]) =>
      store.models.change({ action, version: 1, who: 'platform', required: () => required })
    const sign = (party: string, hash = cardHash) =>
      store.models.sign(1, { party, cardHash: hash, signature: `${party}'s` })
    await expect(change('approve', ['bank', '水务'])).rejects.toMatchObject({
      ...refused('APPROVALS_MISSING'),
      message: expect.stringContaining('bank, 水务'),
    })
    await sign('bank')
    await sign('bank')
    await expect(sign('stranger')).rejects.toMatchObject(refused('APPROVAL_REFUSED'))
    await expect(sign('水务', 'ef'.repeat(32))).rejects.toMatchObject(refused('APPROVAL_REFUSED'))
    await expect(change('approve', ['bank', '水务'])).rejects.toMatchObject(refused('APPROVALS_MISSING'))
    const { approvals } = await sign('水务')
    expect(approvals).toEqual([
      { party: 'bank', signature: "bank's", at: NOON },
      { party: '水务', signature: "水务's", at: NOON },
    ])
    await change('approve', ['bank', '水务'])
    // The consortium may ask for more since.
    await expect(change('promote', ['keyholder'])).rejects.toMatchObject(refused('APPROVALS_MISSING'))
    await change('promote', ['bank'])
    expect((await store.models.history()).map(({ kind, who }) => `${kind} ${who}`)).toEqual([
      ...['registered platform', 'signed bank', 'signed 水务', 'approve platform', 'promote platform'],
    ])
    await store.close()
  })

  test('of two steps at once one is made, and the other is judged by what it left', async () => {
    const store = await open()
    for (const version of [1, 2, 3]) {
      await ratedModel(store, `run-${version}`)
      await steps(store, ['approve', version])
    }
    await Promise.all([steps(store, ['promote', 1]), steps(store, ['promote', 2])])
    const both = await Promise.allSettled([steps(store, ['challenge', 3]), steps(store, ['retire', 3])])
    expect(both.map(({ status }) => status).sort()).not.toEqual(['rejected', 'rejected'])
    const again = await Promise.allSettled([
      steps(store, ['rollback', null]),
      steps(store, ['rollback', null]),
    ])
    expect(again.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const states = (await store.models.models()).map(({ state }) => state)
    expect(states.filter((state) => state === 'champion')).toHaveLength(1)
    const twice = await Promise.all([
      store.models.register(newModel('run-4')),
      store.models.register(newModel('run-4')),
    ])
    expect(twice.map(({ version }) => version)).toEqual([4, 4])
    await store.models.history()
    await store.close()
  })

  test('the model of an older platform is version 1 and champion, and its snapshots are named after it', async () => {
    const store = await open()
    const id = await store.ratings.beginSnapshot({
      ...HEAD,
      modelVersion: 'run-old',
      challengerVersion: null,
    })
    await store.ratings.addRatings(id, chunkOf(0, 2))
    await store.ratings.publish(id)
    expect((await store.ratings.current())?.modelVersion).toBe('run-old')
    expect(await store.models.adopt(newModel('run-old'))).toMatchObject({ version: 1, state: 'champion' })
    expect(await store.ratings.current()).toMatchObject({ id, modelVersion: '1', subjects: 2 })
    expect(await store.models.adopt(newModel('run-other'))).toBeNull()
    await ratedModel(store, 'run-b')
    await steps(store, ['approve', 2], ['promote', 2], ['rollback', null])
    expect((await store.ratings.current())?.id).toBe(id)
    await store.models.history()
    await store.close()
  })
}
