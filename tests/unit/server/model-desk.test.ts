/** Providers come and go: what that means for the served model, and the retraining that is proposed for it. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { ModelDesk } from '../../../server/platform/models/model-desk.ts'

const request = (...providers: string[]) => ({
  ...{ providers, labelHolders: ['bank'], production: true, settings: { rounds: 4 }, flags: [] },
  ...{ leastProviders: 3, targetPd: 0.03 },
})

let state = ''
let day = '2026-11-24'
let members = ['water', 'gas', 'tax', 'register']
let forgotten: string[] = []
const folders: string[] = []
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'yinxin-desk-'))
  folders.push(state)
  ;[day, members, forgotten] = ['2026-11-24', ['water', 'gas', 'tax', 'register'], []]
})
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))))

const open = () =>
  ModelDesk.open({
    state,
    members: () => members.map((name) => ({ name, publicData: name === 'register' })),
    clock: { now: () => new Date(`${day}T08:00:00.000Z`) },
    forget: async (provider) => void forgotten.push(provider),
  })
async function served() {
  const desk = await open()
  await desk.serve({ run: 'run-1', planHash: 'h', request: request('water', 'gas', 'tax', 'register') })
  return desk
}

describe('the served model', () => {
  it('is none before a run, and in force with the providers it was trained with', async () => {
    expect(await (await open()).status()).toBeNull()
    const desk = await served()
    expect(await desk.status()).toMatchObject({ state: 'in force', retrain: null, says: [] })
    expect(await desk.proposals()).toEqual([])
  })

  it('would use a provider that joined: a retraining with it is proposed, once', async () => {
    const desk = await served()
    ;[day, members] = ['2026-12-01', [...members, 'power']]
    expect(await desk.status()).toMatchObject({
      state: 'provider joined',
      joined: [{ provider: 'power', since: '2026-12-01' }],
      left: [],
    })
    day = '2026-12-09'
    const [proposal, ...more] = await (await open()).proposals()
    expect(more).toEqual([])
    expect(proposal).toMatchObject({
      ...{ state: 'open', model: 'run-1', made: '2026-12-01T08:00:00.000Z', run: null },
      why: ['power joined on 2026-12-01: a retraining would use it'],
      request: request('water', 'gas', 'tax', 'register', 'power'),
    })
  })

  it('is scored on with the last vector of a provider that left, dated, and a retraining without it is proposed', async () => {
    members = [...members, 'power']
    const desk = await open()
    await desk.serve({ run: 'run-1', planHash: 'h', request: request(...members) })
    ;[day, members] = ['2026-12-01', members.filter((name) => name !== 'gas')]
    const status = await desk.status()
    expect(status).toMatchObject({ state: 'provider left', left: [{ provider: 'gas', since: '2026-12-01' }] })
    expect(status?.says[0]).toContain('carried over with that date')
    day = '2027-01-01'
    // the day stays what it was, also after a restart
    expect((await (await open()).status())?.left).toEqual([{ provider: 'gas', since: '2026-12-01' }])
    expect((await desk.proposals())[0].request.providers).toEqual(['water', 'tax', 'register', 'power'])
  })

  it('goes on where too few would be left to train another', async () => {
    const desk = await served()
    ;[day, members] = ['2026-12-01', members.filter((name) => name !== 'gas')]
    const status = await desk.status()
    expect(status).toMatchObject({ state: 'provider left', retrain: null })
    expect(status?.says.at(-1)).toBe(
      '2 providers of non-public data are left, 3 are needed: no retraining is proposed',
    )
    expect(await desk.proposals()).toEqual([])
  })

  it('needs nothing any more when the provider is back', async () => {
    const desk = await served()
    members = [...members, 'power']
    const [made] = await desk.proposals()
    members = members.filter((name) => name !== 'power')
    expect(await desk.status()).toMatchObject({ state: 'in force' })
    expect(await desk.proposals()).toEqual([{ ...made, state: 'outdated' }])
    members = [...members, 'power']
    expect((await desk.proposals()).map(({ id, state: of }) => [id, of])).toEqual([[made.id, 'open']])
  })

  it('is another one after the retraining, and the proposal is done', async () => {
    const desk = await served()
    members = [...members, 'power']
    const [{ id, request: wanted }] = await desk.proposals()
    expect(await desk.accept(id, () => 'run-2')).toBe('run-2')
    expect((await desk.proposals())[0]).toMatchObject({ state: 'accepted', run: 'run-2' })
    await desk.serve({ run: 'run-2', planHash: 'i', request: wanted })
    expect(await desk.status()).toMatchObject({ state: 'in force', model: { run: 'run-2' } })
    expect((await desk.proposals()).map((one) => one.state)).toEqual(['accepted'])
  })
})

describe('a proposal', () => {
  it('is accepted once, and again where its run failed', async () => {
    const desk = await served()
    members = [...members, 'power']
    const [{ id }] = await desk.proposals()
    const requests: object[] = []
    const start = (of: object) => `run-${requests.push(of) + 1}`
    await desk.accept(id, start)
    await expect(desk.accept(id, start)).rejects.toMatchObject({ code: 'YX_SERVER_PROPOSAL_CLOSED' })
    await expect(desk.accept('retrain-x', start)).rejects.toMatchObject({
      code: 'YX_SERVER_PROPOSAL_UNKNOWN',
    })
    await desk.failed('run-2')
    expect(await (await open()).accept(id, start)).toBe('run-3')
    expect(requests).toEqual(Array(2).fill(request('water', 'gas', 'tax', 'register', 'power')))
  })

  it('is open again after a restart that lost its run, and accepted where the run goes on', async () => {
    const desk = await served()
    members = [...members, 'power']
    const [{ id }] = await desk.proposals()
    await desk.accept(id, () => 'run-2')
    const started = await open()
    await started.recall('run-2', () => false)
    expect((await started.proposals())[0].state).toBe('accepted')
    await started.recall(null, (run) => run === 'run-2')
    expect((await started.proposals())[0].state).toBe('accepted')
    await started.recall(null, () => false)
    expect((await started.proposals())[0]).toMatchObject({ state: 'open', run: null })
  })

  it('stays open where its run cannot start', async () => {
    const desk = await served()
    members = [...members, 'power']
    const [{ id }] = await desk.proposals()
    const busy = () => {
      throw new Error('a run is in progress')
    }
    await expect(desk.accept(id, busy)).rejects.toThrow('in progress')
    expect((await desk.proposals())[0].state).toBe('open')
  })

  it('gives way to another where the providers change again', async () => {
    const desk = await served()
    members = [...members, 'power']
    await desk.proposals()
    members = [...members, 'customs']
    expect((await desk.proposals()).map((one) => one.state)).toEqual(['outdated', 'open'])
    expect(await readdir(join(state, 'proposals'))).toHaveLength(2)
  })
})

describe('a provider that is to be forgotten', () => {
  it('has its last vector deleted, and the model is not scored any more', async () => {
    members = [...members, 'power']
    const desk = await open()
    await desk.serve({ run: 'run-1', planHash: 'h', request: request(...members) })
    await expect(desk.forget('gas')).rejects.toMatchObject({ code: 'YX_SERVER_PROVIDER_STILL_MEMBER' })
    expect(forgotten).toEqual([])
    ;[day, members] = ['2026-12-01', members.filter((name) => name !== 'gas')]
    await desk.forget('gas')
    expect(forgotten).toEqual(['gas'])
    const status = await (await open()).status()
    expect(status).toMatchObject({
      state: 'closed',
      left: [{ provider: 'gas', since: '2026-12-01' }],
      forgotten: [{ provider: 'gas', since: '2026-12-01' }],
    })
    expect(status?.says[0]).toContain('its last scores stay with their date')
    expect(status?.retrain).not.toBeNull()
  })
})

it('a damaged file is named', async () => {
  await served()
  const file = join(state, 'model.json')
  await writeFile(file, (await readFile(file, 'utf8')).slice(0, 20))
  await expect(open()).rejects.toMatchObject({ code: 'YX_SERVER_NODE_FILE_UNREADABLE' })
})
