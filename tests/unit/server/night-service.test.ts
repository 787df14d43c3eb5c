/** Nights of a platform's process: nothing makes one stand for ever, and nothing changes beside one what it reads. */
import { describe, expect, it, vi } from 'vitest'
import { KEY_HOLDER, type NightRatings, PLATFORM } from '../../../federation/index.ts'
import type { MessageType } from '../../../federation/messages/schema.ts'
import { serverErrors } from '../../../server/errors.ts'
import { NightService, type NightServiceParts } from '../../../server/night/night-service.ts'
import { challengersRows } from '../../../server/night/split.ts'
import { type NightWorld, worldsOfFile } from '../../helpers/nights.ts'
import { intercept } from '../federation/interception.ts'

const PATIENCE_MS = 600_000

const worldOf = worldsOfFile()

/** A service of a world that has had its first night; every party polls all the time. @param challenger a second model, of another offset */
async function service(
  challenger: { share: number; offset: number } | null = null,
  monitor: Partial<NightServiceParts['monitor']> = {},
) {
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
  const published: { ratings: NightRatings; rows: Uint8Array }[] = []
  const ids = Array.from(world.totals(), (_, row) => `firm-${row}`)
  const nightly = new NightService({
    nights: world.consortium.nights,
    role: world.consortium.platform,
    relay: { silent: () => [] },
    models: {
      find: async () => model,
      challenger: async () =>
        challenger && {
          ...{ salt: 'ab'.repeat(32), share: challenger.share },
          model: { ...model, version: 2, run: 'run-2', offset: challenger.offset },
        },
    },
    publisher: {
      publishNight: async (_model, ratings, _report, rows) => {
        published.push({ ratings, rows })
        return 'a snapshot'
      },
    },
    subjects: () => ids,
    monitor: { assertThawed: () => {}, night: async () => {}, ...monitor },
    ...{ silenceMs: 60_000, patienceMs: PATIENCE_MS, running: () => undefined },
  })
  const pass = (milliseconds: number) => {
    world.clock = new Date(world.clock.getTime() + milliseconds)
  }
  pass(86_400_000)
  const waitFor = (...parties: string[]) =>
    vi.waitFor(() => expect(world.consortium.nights.waitingFor().sort()).toEqual(parties), 10_000)
  return { world, nightly, pass, waitFor, published, ids }
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

it('publishes nothing of a model that its monitor freezes, and begins no night of one that is frozen', async () => {
  const frozen = new serverErrors.ModelFrozen('today', 'its scores have moved')
  let begins = true
  const judged: number[] = []
  const { world, nightly, pass, published } = await service(null, {
    assertThawed: () => {
      if (!begins) throw frozen
    },
    night: async (_model, _night, scores) => {
      judged.push(scores.length)
      throw frozen
    },
  })
  await expect(nightly.night({})).rejects.toBe(frozen)
  expect(judged).toEqual([world.consortium.roster.size])
  begins = false
  pass(86_400_000)
  const recorded = intercept(world.consortium)
  await expect(nightly.night({})).rejects.toBe(frozen)
  expect(recorded.filter(({ type }) => type === 'night.open')).toEqual([])
  expect(published).toEqual([])
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

describe('a challenger', () => {
  const OFFSET = 100_000

  it('rates its share and the champion the rest; each opening shows the rows of its own model and no other', async () => {
    const { world, nightly, published, ids } = await service({ share: 300, offset: OFFSET })
    const recorded = intercept(world.consortium)
    const report = await nightly.night({})
    const plain = world.totals()
    const [{ ratings, rows }] = published
    expect([...rows]).toEqual([...challengersRows({ salt: 'ab'.repeat(32), share: 300 }, ids)])
    expect([...ratings.totals]).toEqual(Array.from(plain, (total, row) => total + rows[row] * OFFSET))
    expect(ratings.unrated.includes(1)).toBe(false)
    const its = rows.reduce((sum, one) => sum + one, 0)
    expect(report).toMatchObject({ model: 1, rated: ids.length, challenger: { model: 2, rated: its } })
    expect(its).toBeGreaterThan(0)
    // What the key holder released: nothing of the rows of the other model.
    const masks = recorded
      .filter(({ type }) => type === 'night.masks')
      .map(({ body }) => body.points as Uint8Array)
    expect(masks).toHaveLength(2)
    for (const [index, bytes] of masks.entries()) {
      const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const released = Array.from(rows, (_, row) => words.getUint32(4 * row, true) !== 0)
      expect(released.filter((is, row) => is && rows[row] === index)).toEqual([])
      expect(released.filter(Boolean).length).toBeGreaterThan(0)
    }
    const commits = recorded.filter(({ type }) => type === 'night.commit')
    expect(commits).toHaveLength(2)
  })

  it('whose opening is refused ends the night with a clear error: nothing is opened of the champion, nothing published', async () => {
    const { world, nightly, pass, waitFor, published } = await service({ share: 300, offset: OFFSET })
    const recorded = neverAnswers(world, KEY_HOLDER, 'night.masks')
    const night = expect(nightly.night({})).rejects.toMatchObject({
      code: 'YX_SERVER_MODEL_CHALLENGER_NOT_OPENED',
      message: expect.stringMatching(/model 2.*keyholder.*Mend/s),
    })
    await waitFor(KEY_HOLDER)
    pass(PATIENCE_MS)
    await night
    expect(recorded.filter(({ type }) => type === 'night.commit')).toHaveLength(1)
    expect(published).toEqual([])
    expect(nightly.running).toBe(false)
  })

  it('that the operator stops in the middle is a night that was stopped', async () => {
    const { world, nightly, waitFor, published } = await service({ share: 300, offset: OFFSET })
    neverAnswers(world, 'provider-2', 'night.share')
    const night = expect(nightly.night({})).rejects.toMatchObject({ code: 'YX_SERVER_NIGHT_STOPPED' })
    await waitFor('provider-2')
    nightly.stop()
    await night
    expect(published).toEqual([])
  })
})
