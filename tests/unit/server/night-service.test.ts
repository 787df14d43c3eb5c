/** Nights of a platform's process: nothing makes one stand for ever, and nothing changes beside one what it reads. */
import { describe, expect, it, vi } from 'vitest'
import { KEY_HOLDER, PLATFORM } from '../../../federation/index.ts'
import type { MessageType } from '../../../federation/messages/schema.ts'
import { NightService } from '../../../server/night/night-service.ts'
import { type NightWorld, worldsOfFile } from '../../helpers/nights.ts'
import { intercept } from '../federation/interception.ts'

const PATIENCE_MS = 600_000

const worldOf = worldsOfFile()

/** A service of a world that has had its first night; every party polls all the time. */
async function service() {
  const world = await worldOf()
  await world.night()
  const model = {
    ...world.model,
    version: 1,
    run: 'run-1',
    offset: 0,
    targetPd: 0.03,
    publicPart: 0,
    card: {},
  }
  const nightly = new NightService({
    nights: world.consortium.nights,
    role: world.consortium.platform,
    relay: { silent: () => [] },
    models: { find: async () => model },
    publisher: { publishNight: async () => 'a snapshot' },
    ...{ silenceMs: 60_000, patienceMs: PATIENCE_MS, running: () => undefined },
  })
  const pass = (milliseconds: number) => {
    world.clock = new Date(world.clock.getTime() + milliseconds)
  }
  pass(86_400_000)
  const waitFor = (...parties: string[]) =>
    vi.waitFor(() => expect(world.consortium.nights.waitingFor().sort()).toEqual(parties), 10_000)
  return { world, nightly, pass, waitFor }
}

/** Parties that poll and never answer one kind of message of a night. */
const neverAnswers = ({ consortium }: NightWorld, from: string, type: MessageType) =>
  intercept(consortium, (message) => (message.from === from && message.type === type ? [] : undefined))

describe('a party that polls and never answers', () => {
  it('is left out after the patience, at whatever step, and is not waited for again that night', async () => {
    const { world, nightly, pass, waitFor } = await service()
    neverAnswers(world, 'provider-4', 'night.ready')
    const recorded = neverAnswers(world, 'provider-1', 'night.share')
    const night = nightly.night({})
    await waitFor('provider-4')
    pass(PATIENCE_MS - 1)
    expect(world.consortium.nights.overdue(PATIENCE_MS)).toEqual([])
    pass(1)
    await waitFor('provider-1')
    // A step has its own patience.
    expect(world.consortium.nights.overdue(PATIENCE_MS)).toEqual([])
    pass(PATIENCE_MS)
    const { parts } = await night
    expect(parts.map(({ part }) => part).join(' ')).toBe('carried fresh fresh carried')
    expect(parts[0].reason).toBe('it stopped answering')
    const opened = recorded.filter(({ type }) => type === 'night.open')
    expect(opened.filter(({ to }) => to === 'provider-4')).toHaveLength(1)
    expect(nightly.running).toBe(false)
  })

  it.each(['night.agreed', 'night.masks'] as const)(
    'ends the night with its name where it is the key holder, at %s',
    async (type) => {
      const { world, nightly, pass, waitFor } = await service()
      neverAnswers(world, KEY_HOLDER, type)
      const night = nightly.night({})
      await waitFor(KEY_HOLDER)
      pass(PATIENCE_MS)
      await expect(night).rejects.toThrow(/keyholder/)
      expect(nightly.running).toBe(false)
    },
  )
})

describe('the operator', () => {
  it('stops a night, whatever it waits for, and the next one finds everything in its place', async () => {
    const { world, nightly, pass, waitFor } = await service()
    expect(nightly.stop()).toBe(false)
    let hung = true
    intercept(world.consortium, ({ from, type }) =>
      hung && from === 'provider-2' && type === 'night.share' ? [] : undefined,
    )
    const night = nightly.night({})
    await waitFor('provider-2')
    await expect(nightly.night({})).rejects.toMatchObject({ code: 'YX_SERVER_RUN_IN_PROGRESS' })
    expect(nightly.stop()).toBe(true)
    await expect(night).rejects.toMatchObject({ code: 'YX_SERVER_NIGHT_STOPPED' })
    expect(nightly.running).toBe(false)
    hung = false
    pass(60_000)
    const { parts } = await nightly.night({})
    expect(parts.map(({ part }) => part).join(' ')).toBe('fresh fresh fresh fresh')
  })

  it('stops a night that has not begun to wait', async () => {
    const { nightly, world } = await service()
    const recorded = intercept(world.consortium)
    const night = nightly.night({})
    expect(nightly.stop()).toBe(true)
    await expect(night).rejects.toMatchObject({ code: 'YX_SERVER_NIGHT_STOPPED' })
    expect(recorded.filter(({ from, type }) => from === PLATFORM && type === 'night.open')).toEqual([])
  })
})

it('what a night reads is not changed beside it, and no night begins while it is changed', async () => {
  const { world, nightly, waitFor } = await service()
  const changes: string[] = []
  const change = async () => void changes.push('changed')
  neverAnswers(world, 'provider-3', 'night.ready')
  const night = nightly.night({})
  await waitFor('provider-3')
  await expect(nightly.apart(change)).rejects.toMatchObject({ code: 'YX_SERVER_RUN_IN_PROGRESS' })
  expect(changes).toEqual([])
  nightly.stop()
  await expect(night).rejects.toMatchObject({ code: 'YX_SERVER_NIGHT_STOPPED' })
  const changing = nightly.apart(change)
  await expect(nightly.night({})).rejects.toMatchObject({ code: 'YX_SERVER_RUN_IN_PROGRESS' })
  await changing
  expect(changes).toEqual(['changed'])
})
