/**
 * security.md T12, defence A: a provider that answers some exchange from another column is caught if that exchange is a
 * hidden challenge. It cannot tell one before it has answered. The control is a provider that knows the places.
 */
import { describe, expect, it } from 'vitest'
import {
  always,
  createEngine,
  createIdentity,
  exchangesOf,
  KEY_HOLDER,
  MADE_UP_DATA,
  Membership,
  memoryFineBins,
  PLATFORM,
  ProviderRole,
  type RunPlan,
  secureRandom,
} from '../../federation/index.ts'
import { encodeBody } from '../../federation/messages/codec.ts'
import { Challenges } from '../../federation/runs/challenges.ts'
import { testConsortium } from '../helpers/consortium.ts'
import { generator, syntheticInput } from '../helpers/synthetic.ts'
import { changed, type Deviation, intercept, type Posted, runWith } from '../unit/federation/interception.ts'

const FIRST = 'provider-1'
const inputOf = (rounds: number, challenges: number) => ({
  ...syntheticInput({ rows: 600, providers: 3, banks: 1, seed: 4, rounds, columns: 1 }),
  challenges,
})

/** Runs with a provider that swaps a column in the exchanges that it picks; `isChallenge` is what the servers alone know. */
async function runSwapping(pick: (exchange: number, isChallenge: boolean) => boolean) {
  const input = inputOf(2, 1)
  const consortium = await testConsortium(input)
  let challenges: Challenges | undefined
  let swaps = 0
  const recorded = intercept(consortium, ({ type, body }) => {
    if (type !== 'plan.propose') return undefined
    const plan = JSON.parse(body.plan as string) as RunPlan
    challenges ??= new Challenges(consortium.nodes.get(PLATFORM)!.membership, plan, secureRandom)
    return undefined
  })
  const engine = createEngine(0)
  const deviating: typeof engine = {
    ...engine,
    async linearResponder(packing, columns, budget) {
      const honest = await engine.linearResponder(packing, columns, budget)
      const codes = columns.codes.map((code) => code.slice().reverse())
      const other = await engine.linearResponder(packing, { ...columns, codes }, budget)
      // The fine bins take two answers, then every exchange does.
      let answers = -2
      return {
        answer: (...args) => {
          const exchange = Math.floor(answers++ / 2) + 1
          const swap = exchange > 0 && pick(exchange, challenges!.has(exchange))
          if (swap) swaps++
          return (swap ? other : honest).answer(...args)
        },
        async close() {
          await honest.close()
          await other.close()
        },
      }
    },
  }
  const node = consortium.nodes.get(FIRST)!
  const services = { engine: deviating, random: secureRandom, clock: { now: () => new Date() } }
  const data = input.providers.find(({ name }) => name === FIRST)!
  const policy = { leastProviders: 2, leastSigma: 0, mostEpsilon: null, overrideLimits: true }
  const sink = { keep: async () => {} }
  node.attach(
    new ProviderRole(
      node,
      services,
      always({ roster: consortium.roster, data, authorisation: MADE_UP_DATA }),
      policy,
      sink,
      memoryFineBins(),
    ),
  )
  const fault = await consortium.run().then(
    () => null,
    (cause) => cause as { cause?: string; message: string },
  )
  await consortium.close()
  return { fault, recorded, swaps }
}

describe('a column swapped in one exchange', () => {
  it('is caught, by name, where the exchange is a challenge', async () => {
    let first: number | undefined
    const { fault, recorded, swaps } = await runSwapping((exchange, isChallenge) => {
      if (isChallenge) first ??= exchange
      return exchange === first
    })
    expect(swaps).toBe(2)
    expect(fault?.cause).toBe('YX_FEDERATION_CHALLENGE_FAILED')
    expect(fault?.message).toContain(FIRST)
    expect(recorded.some(({ type }) => type === 'run.finish')).toBe(false)
  })

  it('control: a provider that knows the places swaps columns in all other exchanges and passes', async () => {
    const { fault, recorded, swaps } = await runSwapping((_, isChallenge) => !isChallenge)
    expect(swaps).toBe(4)
    expect(fault).toBeNull()
    expect(recorded.filter(({ type }) => type === 'challenge.passed')).toHaveLength(2)
  })
})

describe('places of challenges', () => {
  const made = [
    createIdentity(PLATFORM, 'platform'),
    createIdentity(KEY_HOLDER, 'keyholder'),
    createIdentity(FIRST, 'provider'),
  ]
  const list = { consortium: 'c', suite: 'international', members: made.map(({ member }) => member) } as const
  const [platform, keyHolder] = made.map(({ identity }) => new Membership(list, identity))
  const planOf = (run: string, rounds: number, challenges: number) =>
    ({ consortium: 'c', snapshot: 's', run, rounds, challenges, trainRows: 50 }) as unknown as RunPlan

  it('catch a swap in one exchange with the share of challenges, over 400 runs', () => {
    const draw = generator(7)
    const runs = 400
    let caught = 0
    for (let index = 0; index < runs; index++) {
      const plan = planOf(`run ${index}`, 8, 2)
      const challenges = new Challenges(keyHolder, plan, secureRandom)
      if (challenges.has(1 + Math.floor(draw() * exchangesOf(plan)))) caught++
    }
    const share = 3 / 11
    const sd = Math.sqrt(runs * share * (1 - share))
    expect(Math.abs(caught - runs * share)).toBeLessThan(5.5 * sd)
  })

  it('control: fixed places never meet a provider that has learnt them', () => {
    const fixed = new Challenges(keyHolder, planOf('run 0', 8, 2), secureRandom)
    const safe = Array.from({ length: 11 }, (_, index) => index + 1).find((exchange) => !fixed.has(exchange))!
    let caughtFixed = 0
    let caughtDrawn = 0
    for (let index = 0; index < 100; index++) {
      if (fixed.has(safe)) caughtFixed++
      if (new Challenges(keyHolder, planOf(`run ${index}`, 8, 2), secureRandom).has(safe)) caughtDrawn++
    }
    expect(caughtFixed).toBe(0)
    expect(caughtDrawn).toBeGreaterThan(0)
  })

  it('are known to both servers, as many as the plan says, none without challenges', () => {
    for (const challenges of [0, 1, 3]) {
      const plan = planOf('run', 5, challenges)
      const [p, h] = [platform, keyHolder].map((server) => new Challenges(server, plan, secureRandom))
      const places = Array.from({ length: exchangesOf(plan) }, (_, index) => index + 1)
      expect(places.filter((place) => p.has(place))).toEqual(places.filter((place) => h.has(place)))
      expect(places.filter((place) => p.has(place))).toHaveLength(challenges === 0 ? 0 : challenges + 1)
    }
  })

  it('share one vector that neither server knows, split anew each time', () => {
    const T = 2 ** 46 - 507903
    const plan = planOf('run', 3, 2)
    const [p, h] = [platform, keyHolder].map((server) => new Challenges(server, plan, secureRandom))
    const sums = [1, 2, 3].map((exchange) => {
      const other = h.share(exchange)
      return p.share(exchange).map((value, row) => (value + other[row]) % T)
    })
    expect(sums[1]).toEqual(sums[0])
    expect(sums[2]).toEqual(sums[0])
    expect(p.share(1)).not.toEqual(p.share(2))
    expect(new Set(sums[0]).size).toBe(50)
    const another = new Challenges(keyHolder, plan, secureRandom).share(1)
    expect(another).not.toEqual(h.share(1))
  })
})

describe('before a challenge is declared', () => {
  it('nothing that a provider sends or receives differs from a round in kind, order or size', async () => {
    const consortium = await testConsortium(inputOf(2, 1))
    const recorded = intercept(consortium)
    const { plan } = await consortium.run()
    await consortium.close()
    const challenges = new Challenges(consortium.nodes.get(PLATFORM)!.membership, plan, secureRandom)
    const seen = (exchange: number) =>
      recorded
        .filter(({ from, to, round }) => round === exchange && (from === FIRST || to === FIRST))
        .filter(({ type }) => ['round.start', 'round.share', 'round.query', 'round.answer'].includes(type))
        .map(({ from, to, type, body }) => `${from} -> ${to} ${type} ${encodeBody(body).length}`)
    const exchanges = [1, 2, 3, 4]
    for (const exchange of exchanges) expect([...seen(exchange)].sort()).toEqual([...seen(1)].sort())
    expect(seen(1)).toHaveLength(6)
    expect(exchanges.filter((exchange) => challenges.has(exchange))).toHaveLength(2)
    const outcome = (exchange: number) =>
      recorded.find(
        ({ to, round, type }) =>
          to === FIRST && round === exchange && ['round.gradient', 'challenge.declare'].includes(type),
      )
    for (const exchange of exchanges) {
      expect(outcome(exchange)?.type).toBe(challenges.has(exchange) ? 'challenge.declare' : 'round.gradient')
    }
  })
})

describe('a provider opens no masks of a true round', () => {
  const declaring =
    (servers: readonly string[]): Deviation =>
    (message) => {
      const { from, to, type, body } = message
      if (type !== 'round.gradient' || to !== FIRST || !servers.includes(from)) return undefined
      return [{ ...changed(message, {}), type: 'challenge.declare', body: { group: body.group } }]
    }
  const opened = (recorded: readonly Posted[]) =>
    recorded.filter(({ from, type }) => from === FIRST && type === 'challenge.masks')

  it.each([[[PLATFORM]], [[KEY_HOLDER]]])('when %s alone calls it a challenge', async (servers) => {
    const outcome = await runWith(inputOf(1, 0), declaring(servers))
    expect(outcome.code).toBe('YX_FEDERATION_MESSAGE_UNEXPECTED')
    expect(opened(outcome.recorded)).toEqual([])
  })

  it('when both do so and the plan has no challenges', async () => {
    const outcome = await runWith(inputOf(1, 0), declaring([PLATFORM, KEY_HOLDER]))
    expect(outcome.code).toBe('YX_FEDERATION_MESSAGE_UNEXPECTED')
    expect(opened(outcome.recorded)).toEqual([])
  })
})
