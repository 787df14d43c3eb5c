/**
 * security.md T22, protocol.md section 8 (messages): the relay keeps every envelope of whole runs and delivers it again, to
 * its receiver or to others, at once or later, in this run or in the next, under another session, or in another order.
 * The attacker has the wire, no key. Counters of the envelopes stop all of it; the roles, each step once, are a second lock.
 */
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { lift, residueOf, unpackResidues } from '../../engine/index.ts'
import { EnvelopeReader, KEY_HOLDER } from '../../federation/index.ts'
import { QueryGroup } from '../../federation/runs/query-group.ts'
import { type TestConsortium, testConsortium } from '../helpers/consortium.ts'
import { intercept, type Posted, smallInput } from '../unit/federation/interception.ts'
import { bodyOf, faultsOf, type Relay, type Sealed, tap, underHeader } from './wire-tap.ts'

const weakened = vi.hoisted(() => ({ counters: false }))

/** The weak build: a reader that forgets the counters it has seen. */
vi.mock('../../federation/messages/envelope.ts', async (original) => {
  const actual = await original<typeof import('../../federation/messages/envelope.ts')>()
  return {
    ...actual,
    EnvelopeReader: class extends actual.EnvelopeReader {
      #membership
      constructor(membership: ConstructorParameters<typeof actual.EnvelopeReader>[0]) {
        super(membership)
        this.#membership = membership
      }
      override read(envelope: Uint8Array) {
        return weakened.counters
          ? new actual.EnvelopeReader(this.#membership).read(envelope)
          : super.read(envelope)
      }
    },
  }
})

const REFUSED = 'YX_FEDERATION_ENVELOPE_REFUSED'
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
    expect([...seen]).toEqual([[REFUSED, places]])
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

  it('is refused after its neighbour came first', () => {
    let swapped = 0
    for (const from of parties()) {
      for (const to of parties()) {
        const stream = recorded.filter((sealed) => sealed.header.from === from && sealed.to === to)
        stream.slice(1).forEach((second, index) => {
          const reader = readerOf(to)
          reader.read(second.envelope)
          expect(outcomeOf(() => reader.read(stream[index].envelope))).toBe(REFUSED)
          swapped++
        })
      }
    }
    expect(swapped).toBeGreaterThan(150)
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
  readonly posted: readonly Posted[]
  readonly scorecards: number
}

/** A run on a wire that the attacker holds. */
async function attacked(sigma: number, relay: Relay): Promise<Attacked> {
  const victim = await testConsortium({ ...smallInput(), sigma })
  const posted = intercept(victim)
  tap(victim, relay)
  const faults = faultsOf(victim)
  const ended = await victim.run().then(
    () => 'well',
    () => 'stopped',
  )
  await new Promise((resolve) => setTimeout(resolve, 30))
  await victim.close()
  return { ended, faults, posted, scorecards: victim.scorecards.size }
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
        const { ended, faults, posted, scorecards } = await attacked(0, relay)
        expect([place, openedTwice(posted)]).toEqual([place, []])
        expect([place, faults[0]]).toEqual([place, expect.stringContaining(REFUSED)])
        // A run that stopped leaves no scorecard behind, unless it had ended before the repetition came.
        const finished = ended === 'well' || posted.some(({ type }) => type === 'run.finish')
        expect([place, scorecards]).toEqual([place, finished ? 3 : 0])
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

  it('is refused as an envelope', async () => {
    const { faults, posted } = await attacked(SIGMA, repeated())
    expect(faults[0]).toBe(`${KEY_HOLDER} ${REFUSED}`)
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

  it('control: without counters, and from a key group that forgets, gives one sum under many noises', async () => {
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
    const { posted } = await attacked(SIGMA, repeated()).finally(() => {
      weakened.counters = false
      spy.mockRestore()
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
