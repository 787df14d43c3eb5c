import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { federationErrors, type PlatformRole } from '../../../federation/index.ts'
import { Operator } from '../../../server/operator/operator.ts'
import { registerControl } from '../../../server/platform/control/control-api.ts'
import type { ControlEvent, Publisher, RunRequest } from '../../../server/platform/control/run-report.ts'
import { RunService } from '../../../server/platform/control/run-service.ts'
import type { Relay } from '../../../server/transport/relay.ts'
import type { TlsMaterial } from '../../../server/transport/tls-files.ts'
import { issue, newAuthority } from '../../helpers/certificates.ts'
import { testPlatform } from './test-platform.ts'

const TOKEN = 'the token of a made-up operator'
const request: RunRequest = {
  providers: ['water', 'gas'],
  labelHolders: ['bank'],
  production: true,
  settings: {},
  flags: [],
  leastProviders: 2,
  targetPd: 0.03,
}

/** A role whose runs go step by step when the test says so, and end when they are cancelled. */
function steppedRole() {
  let progress: Parameters<PlatformRole['run']>[1] | undefined
  let fail: (fault: unknown) => void = () => {}
  let unfinished: string | null = null
  const begin = (run: string, told: typeof progress) => {
    progress = told
    unfinished = run
    return new Promise((_done, reject) => {
      fail = reject
    })
  }
  const role = {
    parties: ['water', 'gas', 'bank', 'keyholder'],
    waitingFor: () => [],
    unfinished: async () => unfinished,
    end: async () => {
      unfinished = null
    },
    drop: async () => {
      unfinished = null
    },
    missing: (parties: readonly string[]) => parties,
    lost: (party: string, phase: string) => fail(new federationErrors.PartyLost(party, phase)),
    pause: (fault: unknown) => fail(fault),
    cancel: (fault: unknown) => {
      unfinished = null
      fail(fault)
    },
    run: ({ run }: { run: string }, told: typeof progress) => begin(run, told),
    resume: begin,
  } as unknown as PlatformRole
  return {
    role,
    phase: () => progress?.phase('training', 4),
    step: (done: number) => progress?.step('training', done, `round ${done}`),
  }
}

let app: FastifyInstance
let service: RunService
let base = ''
/** Parties that the relay has not heard of, and the platform's clock. */
let silent: string[] = []
let now = 0
let stepped: ReturnType<typeof steppedRole>
beforeEach(async () => {
  stepped = steppedRole()
  silent = []
  now = Date.parse('2026-01-05T00:00:00Z')
  const relay = { silent: () => silent, onTraffic: () => {} } as unknown as Relay
  const clock = { now: () => new Date(now) }
  service = new RunService(stepped.role, relay, {} as Publisher, clock, {
    silenceSeconds: 6,
    patienceSeconds: 60,
  })
  ;({ app } = await testPlatform())
  registerControl(app, createHash('sha256').update(TOKEN).digest('hex'), service)
  base = await app.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(() => app.close())

/** Follows until the run ends or the follower has seen so many events. */
async function follow(run: string, events = Number.POSITIVE_INFINITY): Promise<ControlEvent[]> {
  const seen: ControlEvent[] = []
  for await (const event of new Operator(base, TOKEN).events(run, new AbortController().signal)) {
    if (seen.push(event) >= events) break
  }
  return seen
}

const kinds = (events: readonly ControlEvent[]) =>
  events.map((event) => (event.event === 'step' ? `step ${event.done}` : event.event))

describe("the operator's port", () => {
  it('shows every follower the whole run, whenever it attaches, and goes on when one leaves', async () => {
    const operator = new Operator(base, TOKEN)
    const run = await operator.start(request)
    const early = follow(run)
    stepped.phase()
    stepped.step(1)
    expect(kinds(await follow('current', 2)), 'this follower leaves in the middle').toEqual([
      'phase',
      'step 1',
    ])
    stepped.step(2)
    const late = follow('current')
    await sleep(20)
    await operator.act(run, 'stop')
    const whole = ['phase', 'step 1', 'step 2', 'stopped']
    expect(kinds(await early)).toEqual(whole)
    expect(kinds(await late)).toEqual(whole)
    expect(kinds(await follow(run)), 'after the end').toEqual(whole)
  })

  it('lists where a run is, and why it ended', async () => {
    const operator = new Operator(base, TOKEN)
    const run = await operator.start(request)
    stepped.phase()
    stepped.step(3)
    expect(await operator.runs()).toMatchObject([
      { run, state: 'running', phase: 'training', done: 3, total: 4 },
    ])
    await operator.act(run, 'stop')
    await follow(run)
    expect(await operator.runs()).toMatchObject([{ run, state: 'stopped', code: 'YX_SERVER_RUN_STOPPED' }])
  })

  it('refuses a second run, an unknown one, and to stop one that is over, each with its own code', async () => {
    const operator = new Operator(base, TOKEN)
    const over = await operator.start(request)
    await operator.act(over, 'drop')
    await follow(over)
    await operator.start(request)
    await expect(operator.start(request)).rejects.toMatchObject({ code: 'YX_SERVER_RUN_IN_PROGRESS' })
    await expect(operator.act('run-none', 'stop')).rejects.toMatchObject({ code: 'YX_SERVER_RUN_UNKNOWN' })
    await expect(operator.act(over, 'stop')).rejects.toMatchObject({ code: 'YX_SERVER_RUN_NOT_RUNNING' })
    await expect(follow('run-none')).rejects.toMatchObject({ code: 'YX_SERVER_RUN_UNKNOWN' })
  })

  it('goes on with a stopped run under its events, and not with one that was given up', async () => {
    const operator = new Operator(base, TOKEN)
    const run = await operator.start(request)
    stepped.phase()
    await operator.act(run, 'stop')
    await follow(run)
    await operator.act(run, 'resume')
    stepped.phase()
    expect(kinds(await follow(run, 4))).toEqual(['phase', 'stopped', 'resumed', 'phase'])
    expect(await operator.runs()).toMatchObject([{ run, state: 'running', code: null }])
    await operator.act(run, 'stop')
    await follow(run)
    await operator.act(run, 'drop')
    expect(await operator.runs()).toMatchObject([{ run, state: 'failed', code: 'YX_SERVER_RUN_DROPPED' }])
    await expect(operator.act(run, 'resume')).rejects.toMatchObject({ code: 'YX_SERVER_RUN_NOT_RESUMABLE' })
  })

  it('names a silent party at once, goes on when it is back, and stops for it after the patience', async () => {
    const operator = new Operator(base, TOKEN)
    const run = await operator.start(request)
    silent = ['water']
    expect(await follow(run, 1)).toMatchObject([{ event: 'waiting', parties: ['water'] }])
    expect(await operator.runs()).toMatchObject([{ state: 'waiting', waitingFor: ['water'] }])
    silent = []
    expect((await follow(run, 2))[1]).toMatchObject({ event: 'waiting', parties: [] })
    now += 59_000
    silent = ['water']
    expect((await follow(run, 3))[2]).toMatchObject({ parties: ['water'] })
    now += 59_000
    await sleep(1200)
    expect(await operator.runs(), 'the patience began when it fell silent again').toMatchObject([
      { state: 'waiting' },
    ])
    now += 2000
    expect((await follow(run)).at(-1)).toMatchObject({ event: 'stopped', code: 'YX_FEDERATION_PARTY_LOST' })
  })

  it('does nothing for a stranger', async () => {
    const stranger = new Operator(base, 'a guess')
    for (const call of [stranger.start(request), stranger.runs(), stranger.act('current', 'stop')])
      await expect(call).rejects.toMatchObject({ code: 'YX_SERVER_OPERATOR_REFUSED' })
  })
})

describe('an operator of a platform with TLS', () => {
  const platformWith = async (material: TlsMaterial) => {
    await app.close()
    ;({ app } = await testPlatform({ tls: material }))
    registerControl(app, createHash('sha256').update(TOKEN).digest('hex'), service)
    return app.listen({ host: '127.0.0.1', port: 0 })
  }

  it('asks it by an address of this machine, whatever names its certificate has', async () => {
    const authority = await newAuthority()
    const address = await platformWith(await issue({ name: 'platform', authority, hosts: ['platform.test'] }))
    expect(await new Operator(address, TOKEN, authority.certificate).runs()).toEqual([])
  })

  it.each([
    ['another member', 'water', false],
    ['a platform of another consortium', 'platform', true],
  ])('keeps its token from %s', async (_who, name, foreign) => {
    const authority = await newAuthority()
    const other = foreign ? await newAuthority() : authority
    const address = await platformWith(await issue({ name, authority: other, hosts: ['127.0.0.1'] }))
    let asked = false
    app.server.on('request', () => {
      asked = true
    })
    await expect(new Operator(address, TOKEN, authority.certificate).runs()).rejects.toMatchObject({
      code: 'YX_SERVER_PLATFORM_UNREACHABLE',
    })
    expect(asked).toBe(false)
  })
})
