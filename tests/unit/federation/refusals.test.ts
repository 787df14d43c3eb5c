/** What protocol.md section 8 says is refused, one deviation a test: its code, the name of a party, and silence afterwards. */
import { describe, expect, it } from 'vitest'
import { packingFor } from '../../../engine/index.ts'
import { createEngine, KEY_HOLDER, PLATFORM, type RunPlan } from '../../../federation/index.ts'
import { CELL } from '../../../models/index.ts'
import type { TestConsortium } from '../../helpers/consortium.ts'
import { syntheticInput } from '../../helpers/synthetic.ts'
import {
  changed,
  expectStopped,
  onFirst,
  type Posted,
  releasedAfterStopping,
  runWith,
  smallInput,
} from './interception.ts'

const FIRST = 'provider-1'
const twice = (message: Posted) => [message, message]

describe('without a deviation', () => {
  it('the run ends well', async () => {
    const { code, scorecards } = await runWith(smallInput())
    expect(code).toBeNull()
    expect(scorecards.size).toBe(3)
  })
})

/** A well-formed query for the small input that encrypts something else. */
async function otherQuery(
  rows: number,
  width: number,
): Promise<{ publicKey: Uint8Array; blocks: Uint8Array }> {
  const engine = createEngine(0)
  const owner = await engine.linearOwner(packingFor(rows, width))
  const query = await owner.encrypt(new Float64Array(rows))
  await owner.close()
  await engine.close()
  return query
}

describe('encrypted queries', () => {
  it.each([
    ['round', PLATFORM],
    ['bins', PLATFORM],
    ['round', KEY_HOLDER],
    ['bins', KEY_HOLDER],
  ] as const)('%s: %s shows one provider another query than the rest', async (kind, server) => {
    const { result } = await runWith(smallInput())
    const { trainRows, providers } = result!.plan
    const other = await otherQuery(trainRows, Math.max(...providers.map(({ width }) => width)))
    const outcome = await runWith(
      smallInput(),
      onFirst({ type: `${kind}.query`, from: server, to: 'provider-2' }, (message) => [
        changed(message, other),
      ]),
    )
    expectStopped(outcome, 'QUERIES_DIFFER', '')
    const released = kind === 'round' ? 'round.gradient' : 'bins.counts'
    expect(outcome.recorded.filter(({ type }) => type === released)).toEqual([])
    const found = outcome.recorded.filter(({ from, type }) => from === KEY_HOLDER && type === 'run.abort')
    if (server === PLATFORM) expect(found[0].body.code).toBe('YX_FEDERATION_QUERIES_DIFFER')
  })

  it.each(['round', 'bins'] as const)('%s: a second query to one provider', async (kind) => {
    const outcome = await runWith(smallInput(), onFirst({ type: `${kind}.query`, to: FIRST }, twice))
    expectStopped(outcome, 'MESSAGE_UNEXPECTED', FIRST)
  })
})

describe('answers of a provider to the key holder', () => {
  const answer = { from: FIRST, to: KEY_HOLDER }

  it.each(['round.answer', 'bins.answer'] as const)('a second %s', async (type) => {
    expectStopped(await runWith(smallInput(), onFirst({ ...answer, type }, twice)), 'SECOND_ANSWER', FIRST)
  })

  // Open: the key holder reports the fault and goes on, so it still releases the group once the others have answered.
  it.fails.each(['round.answer', 'bins.answer'] as const)(
    'a second %s: the key holder itself releases nothing any more',
    async (type) => {
      const outcome = await runWith(smallInput(), onFirst({ ...answer, type }, twice))
      expect(releasedAfterStopping(outcome, KEY_HOLDER)).toEqual([])
    },
  )

  // Open: the platform's mailbox refuses a second message only while the first still waits there.
  it.fails.each(['round.answer', 'bins.answer', 'labels.share', 'score.share'] as const)(
    'a second %s to the platform',
    async (type) => {
      expect((await runWith(smallInput(), onFirst({ type, to: PLATFORM }, twice))).code).not.toBeNull()
    },
  )

  it.each([
    ['another group', { group: 7 }],
    ['more columns than its own', { to: 127 }],
    ['other columns', { from: 1 }],
  ])('for %s', async (_, fields) => {
    for (const type of ['round.answer', 'bins.answer'] as const) {
      const outcome = await runWith(
        smallInput(),
        onFirst({ ...answer, type }, (message) => [changed(message, fields)]),
      )
      expectStopped(outcome, 'MESSAGE_UNEXPECTED', FIRST)
    }
  })

  it('by a party that is no provider of the plan', async () => {
    const outcome = await runWith(
      smallInput(),
      onFirst({ ...answer, type: 'round.answer' }, (message, { nodes }) => {
        const { run, plan } = nodes.get(FIRST)!.current
        Object.assign(nodes.get('bank-1')!.current, { run, plan })
        void nodes.get('bank-1')!.post(KEY_HOLDER, 'round.answer', message.body as never, message.round)
        return []
      }),
    )
    expectStopped(outcome, 'MESSAGE_UNEXPECTED', 'bank-1')
  })
})

describe('openings of scores', () => {
  it('the same set a second time', async () => {
    const outcome = await runWith(smallInput(), onFirst({ type: 'score.commit' }, twice))
    expectStopped(outcome, 'SECOND_SET', KEY_HOLDER)
    expect(outcome.recorded.filter(({ type }) => type === 'score.masks').length).toBeLessThanOrEqual(1)
  })

  it('a smaller set after the whole one', async () => {
    const outcome = await runWith(
      smallInput(),
      onFirst({ type: 'score.commit' }, (message) => [
        message,
        changed(message, { providers: ['provider-1', 'provider-2'] }),
      ]),
    )
    expectStopped(outcome, 'SECOND_SET', KEY_HOLDER)
  })

  it.each([
    ['a smaller set', ['provider-1', 'provider-2'], 'MESSAGE_UNEXPECTED'],
    ['one provider', ['provider-1'], 'TOO_FEW_PROVIDERS'],
    ['one provider, repeated', ['provider-1', 'provider-1', 'provider-1'], 'TOO_FEW_PROVIDERS'],
    ['a party that gave no points', ['provider-1', 'provider-2', 'bank-1'], 'MESSAGE_UNEXPECTED'],
  ])('%s', async (_, providers, code) => {
    const outcome = await runWith(
      smallInput(),
      onFirst({ type: 'score.commit' }, (message) => [changed(message, { providers })]),
    )
    expectStopped(outcome, code, KEY_HOLDER)
    expect(outcome.recorded.some(({ type }) => type === 'score.masks')).toBe(false)
  })

  it('other points under the same opening', async () => {
    const outcome = await runWith(
      smallInput(),
      onFirst({ type: 'score.request', to: FIRST }, (message) => [message, changed(message, { slope: 1.5 })]),
    )
    expect(outcome.code).toBe('YX_ENGINE_LABEL_REUSED')
    expect(outcome.text).toContain(FIRST)
  })
})

describe('evaluations', () => {
  it.each([
    ['a fourth', { evaluation: 3 }, 'EVALUATION_SPENT'],
    ['one of 25 bands', { columns: 25 }, 'MESSAGE_UNEXPECTED'],
    ['one of no band', { columns: 0 }, 'MESSAGE_UNEXPECTED'],
    ['two rank sums', { vector: 'bads', columns: 2 }, 'MESSAGE_UNEXPECTED'],
  ])('%s', async (_, fields, code) => {
    const outcome = await runWith(
      smallInput(),
      onFirst({ type: 'evaluation.start' }, (message) => [changed(message, fields)]),
    )
    expectStopped(outcome, code, KEY_HOLDER)
    expect(outcome.recorded.some(({ type }) => type === 'evaluation.opened')).toBe(false)
  })

  it('one that was asked before', async () => {
    let first: Posted | undefined
    const outcome = await runWith(smallInput(), (message) => {
      if (message.type !== 'evaluation.start') return undefined
      if (!first) {
        first = message
        return undefined
      }
      return [first]
    })
    expectStopped(outcome, 'MESSAGE_UNEXPECTED', KEY_HOLDER)
    expect(outcome.recorded.filter(({ type }) => type === 'evaluation.opened')).toHaveLength(1)
  })
})

describe('the order of a run', () => {
  it.each([
    ['a later round first', (message: Posted) => [{ ...message, round: 2 }]],
    ['a round twice', twice],
    ['round 0', (message: Posted) => [{ ...message, round: 0 }]],
  ])('%s', async (_, instead) => {
    const outcome = await runWith(
      smallInput(),
      onFirst({ type: 'round.start', to: KEY_HOLDER, round: 1 }, instead),
    )
    expectStopped(outcome, 'MESSAGE_UNEXPECTED', KEY_HOLDER)
    expect(outcome.recorded.some(({ type }) => type === 'round.gradient')).toBe(false)
  })

  it('a round beyond the plan', async () => {
    const outcome = await runWith(
      smallInput(),
      onFirst({ type: 'score.request' }, (message) => [
        { from: PLATFORM, to: KEY_HOLDER, type: 'round.start', round: 2, body: {} },
        message,
      ]),
    )
    expectStopped(outcome, 'MESSAGE_UNEXPECTED', KEY_HOLDER)
  })

  it('fine bins a second time', async () => {
    expectStopped(
      await runWith(smallInput(), onFirst({ type: 'bins.start' }, twice)),
      'SECOND_ANSWER',
      KEY_HOLDER,
    )
  })

  it.each([
    ['round.start', 'bins.start'],
    ['score.request', 'round.start'],
  ] as const)('%s to a provider by a party that drives no run', async (type) => {
    const outcome = await runWith(
      smallInput(),
      onFirst({ type: 'round.start', to: FIRST }, (message, { nodes }) => {
        const bank = nodes.get('bank-1')!
        Object.assign(bank.current, nodes.get(PLATFORM)!.current)
        const body = type === 'round.start' ? {} : { opening: 'o', intercept: 0, slope: 1, exclusions: false }
        void bank.post(FIRST, type, body as never, 1)
        return [message]
      }),
    )
    expectStopped(outcome, 'MESSAGE_UNEXPECTED', 'bank-1')
  })

  it.each([FIRST, KEY_HOLDER])('a message of another run to %s', async (to) => {
    const outcome = await runWith(
      smallInput(),
      onFirst({ type: 'round.start', to, round: 1 }, (message, { nodes }) => {
        const { current } = nodes.get(PLATFORM)!
        const { run } = current
        current.run = 'run-0'
        // The envelope is written in this turn; what follows belongs to the right run again.
        queueMicrotask(() => {
          current.run = run
        })
        return [message]
      }),
    )
    expectStopped(outcome, 'MESSAGE_UNEXPECTED', to)
  })
})

describe('the plan', () => {
  const withPlan = (change: (plan: RunPlan) => object, to?: string) => (message: Posted) => {
    if (message.type !== 'plan.propose' || (to && message.to !== to)) return undefined
    const plan = JSON.parse(message.body.plan as string) as RunPlan
    return [changed(message, { plan: JSON.stringify({ ...plan, ...change(plan) }) })]
  }
  const first = (plan: RunPlan, fields: object) => ({
    providers: plan.providers.map((provider, k) => (k === 0 ? { ...provider, ...fields } : provider)),
  })

  it.each([FIRST, KEY_HOLDER, 'bank-1'])('%s is shown another plan than the rest', async (party) => {
    const outcome = await runWith(
      smallInput(),
      withPlan(({ lambda }) => ({ lambda: lambda + 1 }), party),
    )
    expectStopped(outcome, 'PLAN_REFUSED', party)
    expect(outcome.recorded.some(({ type }) => type === 'bins.query' || type === 'round.start')).toBe(false)
  })

  it.each<[string, string, (plan: RunPlan) => object]>([
    ['another roster', FIRST, () => ({ rosterDigest: '0'.repeat(64) })],
    ['another roster', KEY_HOLDER, () => ({ rosterDigest: '0'.repeat(64) })],
    ['another roster', 'bank-1', () => ({ rosterDigest: '0'.repeat(64) })],
    ['another number of rows', FIRST, ({ rows }) => ({ rows: rows + 1 })],
    ['another run', 'bank-1', () => ({ run: 'run-0' })],
    ['another consortium', KEY_HOLDER, () => ({ consortium: 'other' })],
    ['an expiry in the past', KEY_HOLDER, () => ({ expires: new Date(0).toISOString() })],
    ['no expiry', 'bank-1', () => ({ expires: 'never' })],
    ['another version', FIRST, () => ({ version: 2 })],
  ])('with %s is refused by %s', async (_, party, change) => {
    expectStopped(await runWith(smallInput(), withPlan(change, party)), 'PLAN_REFUSED', party)
  })

  it.each<[string, (plan: RunPlan) => object]>([
    ['another commitment', (plan) => first(plan, { commitment: '0'.repeat(64) })],
    ['another width', (plan) => first(plan, { width: plan.providers[0].width + 1 })],
    ['another occupancy', (plan) => first(plan, { occupancy: 0 })],
    ['without it', ({ providers }) => ({ providers: providers.slice(1) })],
    ['other training rows', ({ trainRows }) => ({ trainRows: trainRows - 1 })],
  ])('that shows a provider %s is refused', async (_, change) => {
    expectStopped(await runWith(smallInput(), withPlan(change, FIRST)), 'PLAN_REFUSED', FIRST)
  })

  it('with other participants is refused by the key holder', async () => {
    const outcome = await runWith(
      smallInput(),
      withPlan(({ providers }) => ({ providers: [...providers].reverse() }), KEY_HOLDER),
    )
    expectStopped(outcome, 'PLAN_REFUSED', KEY_HOLDER)
  })

  it("with less noise than a party's own least is refused", async () => {
    const policy = { leastProviders: 2, leastSigma: 4, overrideLimits: true }
    const outcome = await runWith(smallInput({ sigma: 3, policy }))
    expectStopped(outcome, 'PLAN_REFUSED', '')
    expect((await runWith(smallInput({ sigma: 4, policy }))).code).toBeNull()
  })

  it("that overrides the limits needs every party's consent", async () => {
    const policy = { leastProviders: 2, leastSigma: 0, overrideLimits: false }
    expectStopped(await runWith(smallInput({ policy })), 'PLAN_REFUSED', '')
    expectStopped(
      await runWith(smallInput({ policy, rounds: 16 }), undefined, { flags: [] }),
      'PLAN_LIMIT',
      '',
    )
  })
})

describe('the parties', () => {
  it.each([FIRST, KEY_HOLDER, 'bank-1'])('%s has another roster', async (party) => {
    const outcome = await runWith(
      smallInput(),
      onFirst({ type: 'party.hello', from: party }, (message) => [
        changed(message, { rosterDigest: '0'.repeat(64) }),
      ]),
    )
    expectStopped(outcome, 'ROSTER_DIFFERS', party)
    expect(outcome.recorded.every(({ type }) => type === 'party.hello')).toBe(true)
  })

  it('are too few; public data does not count', async () => {
    expectStopped(await runWith(smallInput(), undefined, { leastProviders: 4 }), 'TOO_FEW_PROVIDERS', '3')
    const four = (publicProviders: string[]) => ({
      ...syntheticInput({ rows: 600, providers: 4, banks: 2, seed: 1, rounds: 1, columns: 1 }),
      publicProviders,
    })
    expect((await runWith(four([]), undefined, { leastProviders: 4 })).code).toBeNull()
    const outcome = await runWith(four(['provider-4']), undefined, { leastProviders: 4 })
    expectStopped(outcome, 'TOO_FEW_PROVIDERS', '3')
    expect(outcome.recorded.every(({ type }) => type === 'party.hello')).toBe(true)
  })

  it("are too few by a party's own rule, whatever the platform's is", async () => {
    const policy = { leastProviders: 4, leastSigma: 0, overrideLimits: true }
    const outcome = await runWith(smallInput({ policy }))
    expect(outcome.code).toBe('YX_FEDERATION_TOO_FEW_PROVIDERS')
    expect(outcome.recorded.some(({ type }) => type === 'bins.query')).toBe(false)
  })

  it('a provider that would clip more than one row in a hundred stops the run', async () => {
    const input = syntheticInput({ rows: 1500, providers: 3, banks: 1, seed: 1, rounds: 15, lambda: 1e-3 })
    // The outcome itself as a column: with one bad in nine its bin wants about nine logits.
    const bad = input.folds.map((_, row) => (row % 9 === 0 ? 1 : 0))
    const values = Float64Array.from(bad)
    const leak = { kind: 'numeric' as const, name: 'leak', values, state: bad.map(() => CELL.held) }
    const [one, ...others] = input.providers
    const outcome = await runWith({
      ...input,
      providers: [{ ...one, columns: [leak] }, ...others.map((other) => ({ ...other, columns: [] }))],
      labelHolders: [{ labelled: bad.map(() => 1), bad }],
    })
    expectStopped(outcome, 'CLIPPING', FIRST)
  })

  it('a party that goes on after the run was stopped finds every door closed', async () => {
    const late: { consortium?: TestConsortium } = {}
    const outcome = await runWith(smallInput(), (message, consortium) => {
      if (message.type !== 'round.answer' || message.to !== KEY_HOLDER || late.consortium) return undefined
      late.consortium = consortium
      return [message, message]
    })
    expectStopped(outcome, 'SECOND_ANSWER', '')
    const { nodes } = late.consortium!
    const before = outcome.recorded.length
    const platform = nodes.get(PLATFORM)!
    await platform.post(KEY_HOLDER, 'round.start', {}, 2)
    await platform.post(FIRST, 'round.start', {}, 2)
    await new Promise((resolve) => setTimeout(resolve, 30))
    const answers = outcome.recorded.slice(before).filter(({ from }) => from !== PLATFORM)
    expect(answers.map(({ type }) => type)).toEqual(['run.abort', 'run.abort'])
  })
})
