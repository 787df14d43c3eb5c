/** What protocol.md section 8 says is refused, one deviation a test: its code, the name of a party, and silence afterwards. */
import { describe, expect, it } from 'vitest'
import { packingFor } from '../../../engine/index.ts'
import { createEngine, KEY_HOLDER, PLATFORM } from '../../../federation/index.ts'
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
  const owner = await engine.linearOwner(packingFor(rows, [width]))
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

  it.each(['round.answer', 'bins.answer'] as const)(
    'a second %s: the key holder itself releases nothing any more',
    async (type) => {
      const outcome = await runWith(smallInput(), onFirst({ ...answer, type }, twice))
      expect(releasedAfterStopping(outcome, KEY_HOLDER)).toEqual([])
    },
  )

  it.each(['round.answer', 'bins.answer', 'labels.share', 'score.share'] as const)(
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
    expect(outcome.code).toBe('YX_FEDERATION_SECOND_SET')
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
  it('one named like a night, whose messages are counted otherwise', async () => {
    const outcome = await runWith(smallInput(), undefined, { run: 'night-20261124-220000-01-0a1b2c3d' })
    expect(outcome.code).toBe('YX_FEDERATION_MESSAGE_UNEXPECTED')
    expect(outcome.recorded.filter(({ type }) => type === 'labels.share')).toEqual([])
  })

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

  it.each(['round.start', 'score.request'] as const)(
    '%s to a provider by a party that drives no run',
    async (type) => {
      const outcome = await runWith(
        smallInput(),
        onFirst({ type: 'round.start', to: FIRST }, (message, { nodes }) => {
          const bank = nodes.get('bank-1')!
          Object.assign(bank.current, nodes.get(PLATFORM)!.current)
          const body =
            type === 'round.start' ? {} : { opening: 'o', intercept: 0, slope: 1, exclusions: false }
          void bank.post(FIRST, type, body as never, 1)
          return [message]
        }),
      )
      expectStopped(outcome, 'MESSAGE_UNEXPECTED', 'bank-1')
    },
  )

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
