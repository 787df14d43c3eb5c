/**
 * security.md T22, protocol.md section 8 (messages): the relay keeps every envelope of whole runs and delivers it again, to
 * its receiver or to others, at once or later, in this run or in the next, under another session, or in another order.
 * The attacker has the wire, no key. Counters of the envelopes stop all of it; the roles, each step once, are a second lock.
 */
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { lift, residueOf, unpackResidues } from '../../engine/index.ts'
import { EnvelopeReader, KEY_HOLDER, secureRandom } from '../../federation/index.ts'
import { QueryGroup } from '../../federation/runs/query-group.ts'
import { StepSecret } from '../../federation/step-secret.ts'
import { type TestConsortium, testConsortium } from '../helpers/consortium.ts'
import { intercept, type Posted, smallInput } from '../unit/federation/interception.ts'
import { bodyOf, faultsOf, type Relay, type Sealed, tap, underHeader } from './wire-tap.ts'

const weakened = vi.hoisted(() => ({ counters: false }))

/** The weak build: streams that take every message, wherever it stands. */
vi.mock('../../federation/streams.ts', async (original) => {
  const actual = await original<typeof import('../../federation/streams.ts')>()
  return {
    ...actual,
    Streams: class extends actual.Streams {
      override take(...args: Parameters<InstanceType<typeof actual.Streams>['take']>) {
        if (!weakened.counters) super.take(...args)
      }
    },
  }
})

const REFUSED = 'YX_FEDERATION_ENVELOPE_REFUSED'
const REPLAYED = 'YX_FEDERATION_MESSAGE_REPLAYED'
const REORDERED = 'YX_FEDERATION_MESSAGE_REORDERED'
const FIRST = 'provider-1'
const full = process.env.YINXIN_FULL === '1'

function outcomeOf(read: () => unknown): string {
  try {
    read()
    return 'read'
  } catch (fault) {
    return (fault as { code: string }).code
  }
}

let consortium: TestConsortium
let recorded: Sealed[]
/** Envelopes of the first of the two recorded runs. */
let firstRun: Sealed[]

beforeAll(async () => {
  consortium = await testConsortium(smallInput())
  recorded = tap(consortium)
  await consortium.run()
  firstRun = [...recorded]
  await consortium.run({ run: 'run-2' })
  await consortium.close()
})

const readerOf = (name: string) => new EnvelopeReader(consortium.nodes.get(name)!.membership)
const parties = () => [...consortium.nodes.keys()]

describe('every envelope of two recorded runs', () => {
  it('was there: all parties, hundreds of messages', () => {
    expect(new Set(recorded.map(({ to }) => to)).size).toBe(parties().length)
    expect(firstRun.length).toBeGreaterThan(100)
    expect(recorded.length).toBeGreaterThan(firstRun.length + 80)
  })

  it('is refused at every later place, in its own run and in the next', () => {
    // At once, after the next one, and much later; at every later place in the full sweep.
    const again = (before: readonly Sealed[]) =>
      full ? before : [...before.slice(-2), before[Math.floor(before.length / 3)]]
    const seen = new Map<string, number>()
    let places = 0
    for (const name of parties()) {
      const reader = readerOf(name)
      const own = recorded.filter(({ to }) => to === name)
      own.forEach(({ envelope }, place) => {
        reader.read(envelope)
        for (const earlier of again(own.slice(0, place + 1))) {
          const outcome = outcomeOf(() => reader.read(earlier.envelope))
          seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
          places++
        }
      })
    }
    expect(places).toBeGreaterThan(2 * recorded.length)
    expect([...seen]).toEqual([[REPLAYED, places]])
  })

  it('is refused by everybody but its receiver', () => {
    const outcomes = new Set<string>()
    for (const { to, envelope } of firstRun) {
      for (const name of parties()) {
        if (name === to) continue
        outcomes.add(outcomeOf(() => readerOf(name).read(envelope)))
        outcomes.add(outcomeOf(() => readerOf(name).read(underHeader(envelope, { to: name }))))
      }
    }
    expect([...outcomes]).toEqual([REFUSED])
  })

  it('is refused under another session, counter, run, round, type, plan or sender', () => {
    const outcomes = new Set<string>()
    for (const { to, envelope, header } of firstRun) {
      for (const changes of [
        { session: 'another session' },
        { counter: header.counter + 1000 },
        { run: 'run-2' },
        { round: header.round + 1 },
        { type: header.type === 'round.start' ? 'bins.start' : 'round.start' } as const,
        { plan: '0'.repeat(64) },
        { from: parties().find((name) => name !== to && name !== header.from)! },
      ]) {
        outcomes.add(outcomeOf(() => readerOf(to).read(underHeader(envelope, changes))))
      }
    }
    expect([...outcomes]).toEqual([REFUSED])
  })

  it('is refused before the one that was sent before it', () => {
    let swapped = 0
    for (const from of parties()) {
      for (const to of parties()) {
        const stream = firstRun.filter(
          ({ header, to: receiver }) => header.from === from && receiver === to && header.run !== '',
        )
        const reader = readerOf(to)
        stream.slice(0, -1).forEach((first, index) => {
          expect(outcomeOf(() => reader.read(stream[index + 1].envelope))).toBe(REORDERED)
          reader.read(first.envelope)
          swapped++
        })
      }
    }
    expect(swapped).toBeGreaterThan(80)
  })

  it('shares no 32 bytes of its sealed body with any of the other run (T26)', () => {
    const BLOCK = 32
    const blocks = (sealed: readonly Sealed[]) =>
      sealed.flatMap(({ envelope }) => {
        const body = Buffer.from(bodyOf(envelope))
        return Array.from({ length: Math.floor(body.length / BLOCK) }, (_, index) =>
          body.toString('latin1', index * BLOCK, (index + 1) * BLOCK),
        )
      })
    const seen = new Set(blocks(firstRun))
    expect(seen.size).toBeGreaterThan(100_000)
    expect(blocks(recorded.slice(firstRun.length)).filter((block) => seen.has(block))).toEqual([])
  })

  it('control: a reader without counters reads all of them again', () => {
    weakened.counters = true
    try {
      for (const { to, envelope } of recorded) {
        const reader = readerOf(to)
        reader.read(envelope)
        expect(outcomeOf(() => reader.read(envelope))).toBe('read')
      }
    } finally {
      weakened.counters = false
    }
  })
})

interface Attacked {
  readonly ended: string
  readonly faults: readonly string[]
  /** What was refused without stopping the run. */
  readonly notices: readonly string[]
  readonly posted: readonly Posted[]
  readonly scorecards: number
}

/** A run on a wire that the attacker holds. */
async function attacked(sigma: number, relay: Relay): Promise<Attacked> {
  const victim = await testConsortium({ ...smallInput(), sigma })
  const posted = intercept(victim)
  tap(victim, relay)
  const faults = faultsOf(victim)
  const notices: string[] = []
  for (const [name, node] of victim.nodes) node.onNotice = (text) => void notices.push(`${name} ${text}`)
  const ended = await victim.run().then(
    () => 'well',
    () => 'stopped',
  )
  await new Promise((resolve) => setTimeout(resolve, 30))
  await victim.close()
  return { ended, faults, notices, posted, scorecards: victim.scorecards.size }
}

/** Which things were opened more than once. */
function openedTwice(posted: readonly Posted[]): string[] {
  const opened = posted
    .filter(({ type }) =>
      /^(labels|evaluation)\.opened|bins\.counts|round\.gradient|score\.masks$/.test(type),
    )
    .map(({ from, to, type, round, body }) => {
      const { group, from: first, opening, evaluation, vector } = body
      return JSON.stringify([from, to, type, round, group, first, opening, evaluation, vector])
    })
  return opened.filter((name, index) => opened.indexOf(name) !== index)
}

/** Repeats the first envelope that fits, at once or after a number of further ones. */
function again(fits: (sealed: Sealed) => boolean, later: number): Relay {
  let held: Sealed | undefined
  let wait = Number.NaN
  return (sealed) => {
    if (!held && fits(sealed)) {
      held = sealed
      wait = later
      return later === 0 ? [sealed, sealed] : undefined
    }
    if (!held || --wait !== 0) return undefined
    return [sealed, held]
  }
}

describe('in a living run an envelope that comes twice', () => {
  it.each([
    [0, 20],
    [1, 72],
    [10, 95],
  ])(
    'after %i others opens nothing a second time',
    async (later, sample) => {
      const places = full ? [...firstRun.keys()].slice(0, firstRun.length - later - 1) : [sample]
      for (const place of places) {
        let number = 0
        const relay = again(() => number++ === place, later)
        const { ended, faults, notices, posted, scorecards } = await attacked(0, relay)
        expect([place, openedTwice(posted)]).toEqual([place, []])
        // Told apart from a deviation: the run goes on as if nothing had come.
        expect([place, ended, faults, scorecards]).toEqual([place, 'well', [], 3])
        expect([place, notices]).toEqual([place, [expect.stringContaining('came again')]])
      }
    },
    1_200_000,
  )
})

describe("a provider's answer of one round, repeated to the key holder", () => {
  const SIGMA = 4
  const COPIES = 8
  /** As soon as the key holder has released its part, the answer comes again and again. */
  const repeated = (): Relay => {
    let answer: Sealed | undefined
    return (sealed) => {
      const { to, header } = sealed
      if (to === KEY_HOLDER && header.from === FIRST && header.type === 'round.answer') answer = sealed
      const released = header.from === KEY_HOLDER && to === FIRST && header.type === 'round.gradient'
      if (!released || !answer) return undefined
      const copies = Array<Sealed>(COPIES).fill(answer)
      answer = undefined
      return [sealed, ...copies]
    }
  }
  const releases = (posted: readonly Posted[]) =>
    posted.filter(({ from, to, type }) => from === KEY_HOLDER && to === FIRST && type === 'round.gradient')

  it('is not handled again', async () => {
    const { faults, notices, posted } = await attacked(SIGMA, repeated())
    expect([faults, notices.length]).toEqual([[], COPIES])
    expect(releases(posted)).toHaveLength(1)
  })

  it('without counters is refused as a second answer', async () => {
    weakened.counters = true
    const { faults, posted } = await attacked(SIGMA, repeated()).finally(() => {
      weakened.counters = false
    })
    expect(faults).toContain(`${KEY_HOLDER} YX_FEDERATION_SECOND_ANSWER`)
    expect(releases(posted)).toHaveLength(1)
  })

  it('control: without counters, and from a key group that forgets and draws anew, gives one sum under many noises', async () => {
    weakened.counters = true
    const { take } = QueryGroup.prototype
    const taken = new Map<QueryGroup, Awaited<ReturnType<typeof take>>>()
    const spy = vi.spyOn(QueryGroup.prototype, 'take').mockImplementation(async function (
      this: QueryGroup,
      ...args: Parameters<typeof take>
    ) {
      const before = taken.get(this)
      const answers = before ?? (await take.apply(this, args))
      if (answers)
        taken.set(
          this,
          answers.map((one) => ({ ...one, values: Float64Array.from(one.values) })),
        )
      return answers
    })
    // Noise that is bound to what it is added to would be the same each time.
    const drawn = vi.spyOn(StepSecret.prototype, 'random').mockImplementation(() => secureRandom)
    const { posted } = await attacked(SIGMA, repeated()).finally(() => {
      weakened.counters = false
      spy.mockRestore()
      drawn.mockRestore()
    })
    const parts = releases(posted).map(({ body }) => {
      const { from, to, values } = body as { from: number; to: number; values: Uint8Array }
      return unpackResidues(values, to - from)
    })
    expect(parts).toHaveLength(1 + COPIES)
    const plan = JSON.parse(posted.find(({ type }) => type === 'plan.propose')!.body.plan as string)
    const noise = SIGMA * plan.scale.c
    // Under one mask the copies differ by their noise alone, so their mean has less and less of it.
    for (const part of parts.slice(1)) {
      const differences = Array.from(part, (value, j) => Math.abs(lift(residueOf(value - parts[0][j]))))
      expect(Math.max(...differences)).toBeGreaterThan(0)
      expect(Math.max(...differences)).toBeLessThan(12 * noise)
    }
  })
})
