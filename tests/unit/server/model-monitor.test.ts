import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type BandMetrics, modelCard, scoreDistribution } from '../../../models/index.ts'
import { driftFile } from '../../../server/node/column-drift-file.ts'
import { watchLines } from '../../../server/operator/monitor-command.ts'
import { ModelMonitor } from '../../../server/platform/monitor/model-monitor.ts'
import { registerMonitor } from '../../../server/platform/monitor/routes.ts'
import { cardInput } from '../../helpers/model-card.ts'

const scores = Int32Array.from({ length: 2000 }, (_, row) => 400 + ((row * 7) % 400))
const card = { ...modelCard({ ...cardInput(), scores: scoreDistribution(scores) }) }
const model = { planHash: 'a', card }
const clock = { now: () => new Date('2026-11-24T02:00:00Z') }
const night = (at: number) => ({ night: `night-${at}`, at: `2026-11-${at}T02:00:00Z` })
const frozen = expect.objectContaining({ code: 'YX_SERVER_MODEL_FROZEN' })

let state = ''
let monitor: ModelMonitor
const open = async () => {
  monitor = await ModelMonitor.open(state, clock)
}
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'yinxin-monitor-'))
  await open()
})
afterEach(() => rm(state, { recursive: true, force: true }))

const moved = scores.map((score) => score + 120)

describe('a model under watch', () => {
  it('goes on as long as its scores lie as they did, and says so', async () => {
    await monitor.champion(model)
    expect(monitor.watch?.state).toBe('unknown')
    await monitor.night(model, night(24), scores)
    expect(monitor.watch).toMatchObject({ state: 'ok', nights: [{ index: 0, state: 'ok' }], frozen: null })
    await monitor.night(
      model,
      night(25),
      scores.map((score) => score - 32),
    )
    expect(monitor.watch?.state).toBe('watch')
    expect(() => monitor.assertThawed(model)).not.toThrow()
  })

  it('is frozen above 0.25 until a person decides, whatever comes after and through a restart', async () => {
    await monitor.champion(model)
    await expect(monitor.night(model, night(24), moved)).rejects.toEqual(frozen)
    await open()
    expect(() => monitor.assertThawed(model)).toThrow(frozen)
    expect(monitor.watch?.state).toBe('frozen')
    expect(watchLines(monitor.watch)).toContain('its scores have moved')
    await monitor.accept('the price of gas rose')
    expect(monitor.watch).toMatchObject({ frozen: null, decisions: [{ note: 'the price of gas rose' }] })
    await monitor.night(model, night(25), moved)
    expect(monitor.watch?.state, 'the population of the frozen night is the reference').toBe('ok')
    await expect(monitor.night(model, night(26), scores)).rejects.toEqual(frozen)
    await expect(monitor.accept('twice').then(() => monitor.accept('twice'))).rejects.toMatchObject({
      code: 'YX_SERVER_MODEL_NOT_FROZEN',
    })
  })

  it('another champion begins anew, the same one does not', async () => {
    await expect(monitor.night(model, night(24), moved)).rejects.toEqual(frozen)
    await monitor.champion(model)
    expect(monitor.watch?.state).toBe('frozen')
    await monitor.champion({ planHash: 'b' })
    expect(monitor.watch?.state).toBe('unknown')
    expect(() => monitor.assertThawed({ planHash: 'b' })).not.toThrow()
  })

  it('is frozen by newer labels on which KS fell for sure', async () => {
    const withKs = (ks: number, ksSe: number) => ({
      countSd: 1,
      metrics: { ...card.metrics, test: { ...card.metrics.test, ks, ksSe } as BandMetrics },
    })
    const good = { planHash: 'a', card: { ...card, ...withKs(0.5, 0.01) } }
    await monitor.outcomes(good, 'run-2', withKs(0.35, 0.2))
    expect(monitor.watch).toMatchObject({ state: 'watch', outcomes: { run: 'run-2', ks: 'watch' } })
    await monitor.outcomes(good, 'run-3', withKs(0.35, 0.01))
    expect(monitor.watch?.state).toBe('frozen')
    expect((await monitor.accept('a better one is in training')).state).toBe('unknown')
  })

  it('of an older platform, whose card says nothing, is not judged', async () => {
    const old = { planHash: 'a', card: { format: 'yinxin/model-card/1' } }
    await monitor.night(old, night(24), moved)
    await monitor.outcomes(old, 'run-2', card)
    expect(monitor.watch).toBeNull()
  })

  it('a damaged file is named', async () => {
    await writeFile(join(state, 'monitor.json'), '{')
    await expect(open()).rejects.toMatchObject({ code: 'YX_SERVER_NODE_FILE_UNREADABLE' })
  })
})

it("the operator's routes say how it stands and take a decision with a note only", async () => {
  const app = Fastify()
  registerMonitor(app, {}, monitor, (work) => work())
  await expect(monitor.night(model, night(24), moved)).rejects.toEqual(frozen)
  const at = async (payload: object) =>
    app.inject({ method: 'POST', url: '/control/model/monitor/accept', payload })
  expect((await app.inject('/control/model/monitor')).json().watch.state).toBe('frozen')
  expect((await at({})).statusCode).toBe(400)
  expect((await at({ note: '' })).statusCode).toBe(400)
  expect((await at({ note: 'seen' })).json().watch.frozen).toBeNull()
})

it('a provider keeps what moved in its own house and is warned of it by name', async () => {
  const said: string[] = []
  const column = (name: string, values: number, how: 'ok' | 'watch') => ({
    ...{ column: name, values, held: 0, state: how, bins: [] },
  })
  const drift = {
    night: 'n',
    planHash: 'h',
    columns: [column('usage', 0.18, 'watch'), column('days', 0, 'ok')],
  }
  await driftFile(state, (text) => said.push(text))(drift)
  expect(JSON.parse(await readFile(join(state, 'column-drift.json'), 'utf8'))).toEqual(drift)
  expect(said).toEqual(['column "usage" has moved since training (watch): 0.180'])
})
