/** What a deviating platform or member might try, found by review: each attempt ends without anything being released. */
import { describe, expect, it } from 'vitest'
import { subtractInto, unpackResidues } from '../../engine/index.ts'
import { KEY_HOLDER, PLATFORM, type RunPlan } from '../../federation/index.ts'
import { encodeBody } from '../../federation/messages/codec.ts'
import { testConsortium } from '../helpers/consortium.ts'
import { syntheticInput } from '../helpers/synthetic.ts'
import {
  changed,
  type Deviation,
  intercept,
  type Outcome,
  onFirst,
  type Posted,
  runWith,
  smallInput,
} from '../unit/federation/interception.ts'

const FIRST = 'provider-1'
const twice = (message: Posted) => [message, message]
const STRICT = { leastProviders: 2, leastSigma: 4, overrideLimits: true, mostEpsilon: null }

/** All parties, the platform's own part of the run included, get the changed plan: hashes agree as after a bad proposal. */
const proposing =
  (change: (plan: RunPlan) => object): Deviation =>
  (message) => {
    if (message.type !== 'plan.propose') return undefined
    const plan = JSON.parse(message.body.plan as string) as RunPlan
    return [changed(message, { plan: JSON.stringify({ ...plan, ...change(plan) }) })]
  }

const signedBy = (outcome: Outcome): string[] => [
  ...new Set(outcome.recorded.filter(({ type }) => type === 'plan.approve').map(({ from }) => from)),
]
const of = (outcome: Outcome, type: string, from?: string): Posted[] =>
  outcome.recorded.filter((message) => message.type === type && (!from || message.from === from))

describe('a plan whose numbers nobody but the platform knows to be wrong is signed by none', () => {
  it.each<[string, (plan: RunPlan) => object]>([
    ['C = 0: noise of sd sigma*C vanishes', ({ scale }) => ({ scale: { ...scale, c: 0 } })],
    ['another p0 than the one opened', ({ scale }) => ({ scale: { ...scale, p0: 0.01 } })],
    ['another noise of the labels than the one used', () => ({ labelSigma: 99 })],
    ['more labelled firms than were opened', ({ labelled }) => ({ labelled: labelled * 50 })],
    ['a group twice: two releases of one column', ({ groups }) => ({ groups: [...groups, ...groups] })],
    ['fine bins twice', ({ binGroups }) => ({ binGroups: [...binGroups, ...binGroups] })],
    ['another step size', () => ({ kappa: 10 })],
  ])('%s', async (_, change) => {
    const outcome = await runWith(smallInput(), proposing(change))
    expect(signedBy(outcome)).not.toContain(KEY_HOLDER)
  })
})

describe('a plan that is about something else than the opened run is signed by nobody at all', () => {
  it.each<[string, (plan: RunPlan) => object]>([
    ['a flag that the run was not opened with', ({ flags }) => ({ flags: [...flags, 'allow-two'] })],
    ['the flag that lifts limits, which was not raised', () => ({ flags: ['override-limits', 'x'] })],
    ['another roster', () => ({ rosterDigest: '0'.repeat(64) })],
    ['a roster of another length', ({ rows }) => ({ rows: rows + 1 })],
    ['a date that is past', () => ({ expires: '2020-01-01T00:00:00.000Z' })],
    ['a provider less', ({ providers }) => ({ providers: providers.slice(1) })],
    ['a bank less', ({ labelHolders }) => ({ labelHolders: labelHolders.slice(1) })],
    ['another run', () => ({ run: 'another' })],
    ['another consortium', () => ({ consortium: 'another' })],
    ['another label snapshot', () => ({ snapshot: '0'.repeat(64) })],
  ])('%s', async (_, change) => {
    const outcome = await runWith(smallInput(), proposing(change))
    expect(of(outcome, 'plan.propose').length).toBeGreaterThan(0)
    expect(signedBy(outcome)).toEqual([])
  })

  it('control: the plan as it was made is signed by everybody', async () => {
    const outcome = await runWith(
      smallInput(),
      proposing(() => ({})),
    )
    expect(signedBy(outcome).length).toBe(new Set(of(outcome, 'plan.propose').map(({ to }) => to)).size)
  })
})

describe('what only a provider can know of a plan', () => {
  it('is its own columns: others than it reported are signed by no provider', async () => {
    const outcome = await runWith(
      smallInput(),
      proposing(({ providers }) => ({
        providers: providers.map((provider) => ({ ...provider, columns: [] })),
      })),
    )
    expect(signedBy(outcome)).not.toContain(FIRST)
  })
})

describe('a run is opened and signed once', () => {
  it('a second proposal does not start the count of evaluations again', async () => {
    let plan: Posted | undefined
    const count = { 'evaluation.start': 0, 'evaluation.answer': 0 }
    const outcome = await runWith(smallInput(), (message) => {
      const { type, to } = message
      if (type === 'plan.propose' && to === KEY_HOLDER) plan = message
      if (type !== 'evaluation.start' && type !== 'evaluation.answer') return undefined
      count[type]++
      if (count[type] !== 2) return undefined
      const again = changed(message, { evaluation: 0 })
      return type === 'evaluation.start' ? [plan!, again] : [again]
    })
    expect(of(outcome, 'evaluation.opened').length).toBeLessThanOrEqual(1)
  })

  it('fine bins are not opened again after a second proposal', async () => {
    let plan: Posted | undefined
    const outcome = await runWith(smallInput(), (message) => {
      if (message.type === 'plan.propose' && message.to === KEY_HOLDER) plan = message
      if (message.type !== 'round.start' || message.to !== KEY_HOLDER) return undefined
      return [plan!, { ...message, type: 'bins.start', round: 0 }, message]
    })
    const queries = of(outcome, 'bins.query', KEY_HOLDER).filter(({ to }) => to === FIRST)
    expect(queries).toHaveLength(1)
  })

  it('a provider does not mask other totals under the labels of a run that was opened before', async () => {
    // With noise the second attempt has other gradients, so the totals of round 2 differ under one mask.
    const input = smallInput({ rounds: 2, sigma: 1 })
    const consortium = await testConsortium(input)
    const recorded = intercept(consortium)
    await consortium.run()
    await consortium.run().catch(() => {})
    await consortium.close()
    const shares = recorded
      .filter(({ from, type, round }) => from === FIRST && type === 'round.share' && round === 2)
      .map(({ body }) => unpackResidues(body.totals as Uint8Array, 480))
    const same = shares.length < 2 || shares[0].every((value, row) => value === shares[1][row])
    expect(same).toBe(true)
  })

  it('an opening of points is answered once: asked again, the masked exclusions show whose rule fired', async () => {
    const input = smallInput()
    const outcome = await runWith(
      input,
      (() => {
        let done = false
        return (message: Posted) => {
          const wanted = message.type === 'score.request' && message.to === FIRST && message.body.exclusions
          if (!wanted || done) return undefined
          done = true
          return twice(message)
        }
      })(),
    )
    const [one, two] = of(outcome, 'score.share', FIRST)
      .map(({ body }) => body.exclusions as Uint8Array)
      .filter(({ length }) => length > 0)
      .map((bytes) => unpackResidues(bytes, 600))
    if (!two) return
    subtractInto(one, two)
    const seen = Array.from(one, (difference) => (difference === 0 ? 0 : 1))
    expect(seen).not.toEqual([...input.providers[0].exclusions])
  })
})

describe('a party trusts its own rules from the first message on', () => {
  it('the key holder opens no label sum with less noise than its policy asks for', async () => {
    const outcome = await runWith(
      smallInput({ sigma: 4, policy: STRICT }),
      onFirst({ type: 'run.open', to: KEY_HOLDER }, (message) => [changed(message, { labelSigma: 0 })]),
    )
    expect(of(outcome, 'labels.opened')).toEqual([])
  })

  it.each([FIRST, 'bank-1'])('%s does not share without the masks of its peers', async (party) => {
    const field = party === FIRST ? 'providers' : 'labelHolders'
    const outcome = await runWith(
      smallInput(),
      onFirst({ type: 'run.open', to: party }, (message) => [changed(message, { [field]: [party] })]),
    )
    expect(of(outcome, party === FIRST ? 'round.share' : 'labels.share', party)).toEqual([])
  })

  it('a provider counts as public data only by the member list', async () => {
    const outcome = await runWith(
      { ...smallInput(), publicProviders: [FIRST] },
      proposing(({ providers }) => ({
        providers: providers.map((provider) => ({ ...provider, publicData: false })),
      })),
    )
    expect(signedBy(outcome)).toEqual([])
  })

  it('a step that names another plan is refused', async () => {
    const outcome = await runWith(
      smallInput(),
      onFirst({ type: 'round.start', to: FIRST }, (message, { nodes }) => {
        const { current } = nodes.get(PLATFORM)!
        const { plan } = current
        current.plan = '0'.repeat(64)
        queueMicrotask(() => {
          current.plan = plan
        })
        return [message]
      }),
    )
    expect(of(outcome, 'round.share', FIRST)).toEqual([])
  })

  it('totals are not opened before the last round', async () => {
    const request = { opening: 'early', intercept: 0, slope: 1000, exclusions: false }
    const outcome = await runWith(
      smallInput({ rounds: 2 }),
      onFirst({ type: 'round.start', round: 2 }, (message) => [
        ...['provider-1', 'provider-2', 'provider-3'].map(
          (to): Posted => ({ from: PLATFORM, to, type: 'score.request', round: 0, body: request }),
        ),
        {
          from: PLATFORM,
          to: KEY_HOLDER,
          type: 'score.commit',
          round: 0,
          body: {
            opening: 'early',
            providers: ['provider-1', 'provider-2', 'provider-3'],
            exclusions: false,
          },
        },
        message,
      ]),
    )
    const early = of(outcome, 'score.masks').filter(({ body }) => body.opening === 'early')
    expect(early).toEqual([])
  })

  it('a bank cannot end the run at the key holder', async () => {
    const outcome = await runWith(
      smallInput(),
      onFirst({ type: 'round.crossed' }, (message, { nodes }) => {
        const ledger = { entries: 0, hash: '' }
        const body = { accepted: true, p0: 0.1, intercept: 0, slope: 1, ledger }
        void nodes.get('bank-1')!.post(KEY_HOLDER, 'run.finish', body)
        return [message]
      }),
    )
    expect(of(outcome, 'round.gradient', KEY_HOLDER)).not.toEqual([])
  })
})

describe('noise that the plan names is there', () => {
  it('a fractional sigma is refused: it is rounded to no noise while epsilon is reported', async () => {
    const outcome = await runWith(smallInput({ sigma: 0.4 }))
    const opened = of(outcome, 'labels.opened')[0].body.sums as number[]
    const input = smallInput()
    const exact = input.labelHolders.reduce(
      (sum, { labelled }) => sum + labelled.reduce((a, b) => a + b, 0),
      0,
    )
    expect(outcome.result?.privacy.epsilon != null && opened[2] === exact).toBe(false)
  })
})

describe('sizes on the relay', () => {
  it('do not tell how many fine bins the gate suppressed', async () => {
    const sizes = new Set<number>()
    for (const share of [0.9, 0.1]) {
      const input = syntheticInput({
        rows: 600,
        providers: 3,
        banks: 1,
        seed: 1,
        rounds: 1,
        columns: 1,
        labelled: share,
      })
      const outcome = await runWith(input)
      const counts = of(outcome, 'bins.counts').find(({ to }) => to === FIRST)!
      sizes.add(encodeBody(counts.body).length)
    }
    expect(sizes.size).toBe(1)
  })
})
