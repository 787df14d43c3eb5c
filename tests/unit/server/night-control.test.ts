/** The operator's port while a night is in progress. */
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import type { PlatformNight, PlatformRole } from '../../../federation/index.ts'
import { exitCodeOf } from '../../../server/cli/exit-code-of.ts'
import { NightService, type NightServiceParts } from '../../../server/night/night-service.ts'
import { Operator } from '../../../server/operator/operator.ts'
import { registerControl } from '../../../server/platform/control/control-api.ts'
import type { Publisher, RunRequest } from '../../../server/platform/control/run-report.ts'
import { RunService } from '../../../server/platform/control/run-service.ts'
import { ModelDesk } from '../../../server/platform/models/model-desk.ts'
import type { Relay } from '../../../server/transport/relay.ts'
import { testPlatform } from './test-platform.ts'

const TOKEN = 'the token of a made-up operator'

it('stops the night by "stop" without a run; until then nobody is forgotten and no run begins', async () => {
  const state = await mkdtemp(join(tmpdir(), 'yinxin-night-'))
  const relay = { silent: () => [] } as unknown as Relay
  const clock = { now: () => new Date() }
  const role = { missing: () => [] } as unknown as PlatformRole
  // A night that waits until it is stopped.
  const run = vi.fn<PlatformNight['run']>(
    ({ stop }) => new Promise((_, reject) => stop?.addEventListener('abort', () => reject(stop.reason))),
  )
  const nights = { run, waitingFor: () => [], overdue: () => [] } as unknown as PlatformNight
  const models = {
    find: async () => ({}),
    challenger: async () => null,
  } as unknown as NightServiceParts['models']
  const patience = { silenceSeconds: 6, patienceSeconds: 60 }
  const service = new RunService(role, relay, {} as Publisher, clock, patience)
  const nightly = new NightService({
    ...{ nights, role, relay, models, silenceMs: 6000, patienceMs: 60_000, running: () => service.running },
    publisher: { publishNight: async () => 'a snapshot' },
    subjects: () => [],
    monitor: { assertThawed: () => {}, night: async () => {} },
  })
  service.nightUnderWay = () => nightly.running
  const forgotten: string[] = []
  const forget = (provider: string) => nightly.apart(async () => void forgotten.push(provider))
  const desk = await ModelDesk.open({ state, members: () => [], clock, forget })
  const { app } = await testPlatform()
  registerControl(app, createHash('sha256').update(TOKEN).digest('hex'), service, desk, nightly)
  const operator = new Operator(await app.listen({ host: '127.0.0.1', port: 0 }), TOKEN)

  const night = operator.night({})
  const stopped = expect(night).rejects.toMatchObject({ code: 'YX_SERVER_NIGHT_STOPPED' })
  await vi.waitFor(() => expect(run).toHaveBeenCalled())
  const inProgress = { code: 'YX_SERVER_RUN_IN_PROGRESS' }
  await expect(operator.forgetProvider('gas')).rejects.toMatchObject(inProgress)
  expect(forgotten).toEqual([])
  expect((await operator.model())?.forgotten ?? []).toEqual([])
  await expect(operator.start({} as RunRequest)).rejects.toMatchObject(inProgress)
  await expect(operator.act('run-none', 'stop')).rejects.toMatchObject({ code: 'YX_SERVER_RUN_UNKNOWN' })
  await operator.act('current', 'stop')
  await stopped
  expect(exitCodeOf('YX_SERVER_NIGHT_STOPPED')).toBe(26)

  await operator.forgetProvider('gas')
  expect(forgotten).toEqual(['gas'])
  // Nothing is in progress any more.
  await expect(operator.act('current', 'stop')).rejects.toMatchObject({ code: 'YX_SERVER_NO_RUN' })
  await app.close()
  await rm(state, { recursive: true })
})
