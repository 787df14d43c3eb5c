/** A platform that goes on with a plan that not every party has signed as the rest did (protocol.md 8, "approvals bind"). */
import { describe, expect, it } from 'vitest'
import { KEY_HOLDER, PLATFORM, type RunPlan } from '../../federation/index.ts'
import { checkSignatures, signaturesOf, signersOf } from '../../federation/plan-signatures.ts'
import { type TestConsortium, testConsortium } from '../helpers/consortium.ts'
import {
  changed,
  type Deviation,
  intercept,
  type Posted,
  smallInput,
} from '../unit/federation/interception.ts'

const FIRST = 'provider-1'
/** Every step that a plan allows. */
const PLANNED = /^(bins|round|challenge|score|evaluation)\./

interface Approval {
  readonly party: string
  readonly signature: string
}

/** Changes the signatures that one party is shown. */
const showing =
  (to: string, change: (approvals: Approval[]) => Approval[]): Deviation =>
  (message) =>
    message.type === 'plan.signed' && message.to === to
      ? [changed(message, { approvals: change(message.body.approvals as Approval[]) })]
      : undefined

/** The one function that the attacks target, weakened: these nodes take any signature for a good one. */
function believing(consortium: TestConsortium, ...names: string[]): void {
  for (const name of names) {
    const { membership } = consortium.nodes.get(name)!
    membership.verify = () => true
  }
}

interface Attack {
  readonly code: string | null
  readonly text: string
  /** Messages of the plan that the attacked party sent. */
  readonly released: readonly Posted[]
}

async function attack(victim: string, deviate: Deviation, weak: readonly string[] = []): Promise<Attack> {
  const consortium = await testConsortium(smallInput())
  believing(consortium, ...weak)
  const recorded = intercept(consortium, deviate)
  const outcome = await consortium.run().then(
    () => ({ code: null, text: '' }),
    (fault: { code?: string; cause?: unknown; message: string }) => ({
      code: typeof fault.cause === 'string' ? fault.cause : (fault.code ?? 'no code'),
      text: fault.message,
    }),
  )
  await consortium.close()
  const released = recorded.filter(({ from, type }) => from === victim && PLANNED.test(type))
  return { ...outcome, released }
}

const ANOTHER_PLAN: Deviation = (message) => {
  if (message.type !== 'plan.propose' || message.to !== FIRST) return undefined
  const plan = JSON.parse(message.body.plan as string) as RunPlan
  return [changed(message, { plan: JSON.stringify({ ...plan, purpose: 'another purpose' }) })]
}

describe.each([KEY_HOLDER, FIRST, 'bank-1'])('%s', (victim) => {
  it.each<[string, (approvals: Approval[]) => Approval[], string, string]>([
    ['leaves out one signature', (all) => all.slice(1), 'PLAN_UNSIGNED', 'bank-1'],
    ['shows none', () => [], 'PLAN_UNSIGNED', KEY_HOLDER],
    ['shows one twice', (all) => [...all, all[0]], 'PLAN_UNSIGNED', 'in the order'],
    [
      'forges one',
      (all) => all.map((one, index) => (index === 2 ? { ...one, signature: '11'.repeat(64) } : one)),
      'PLAN_CHANGED',
      FIRST,
    ],
    [
      'exchanges the signatures of two',
      ([one, two, ...rest]) => [
        { ...one, signature: two.signature },
        { ...two, signature: one.signature },
        ...rest,
      ],
      'PLAN_CHANGED',
      'bank-1',
    ],
    ['exchanges two of them whole', ([one, two, ...rest]) => [two, one, ...rest], 'PLAN_UNSIGNED', 'order'],
  ])('stops the run where the platform %s', async (_, change, code, named) => {
    const outcome = await attack(victim, showing(victim, change))
    expect(outcome.code).toBe(`YX_FEDERATION_${code}`)
    expect(outcome.text).toContain(named)
    expect(outcome.released).toEqual([])
  })
})

describe('a platform that shows one provider another plan and looks away', () => {
  it('is found by the key holder before it releases anything', async () => {
    const outcome = await attack(KEY_HOLDER, tamperedApproval, [PLATFORM])
    expect(outcome.code).toBe('YX_FEDERATION_PLAN_CHANGED')
    expect(outcome.text).toContain(FIRST)
    expect(outcome.released).toEqual([])
  })

  it('control: a key holder that takes any signature goes on with it', async () => {
    const others = ['bank-1', 'bank-2', 'provider-2', 'provider-3']
    const outcome = await attack(KEY_HOLDER, tamperedApproval, [PLATFORM, KEY_HOLDER, ...others])
    expect(outcome.released.length).toBeGreaterThan(0)
  })

  it('is found by the provider that signed another text', async () => {
    const everyone = [PLATFORM, KEY_HOLDER, 'bank-1', 'bank-2', 'provider-2', 'provider-3', FIRST]
    const outcome = await attack(FIRST, tamperedApproval, everyone)
    expect(outcome.released).toEqual([])
  })

  it('is found by an honest platform, too', async () => {
    const outcome = await attack(FIRST, ANOTHER_PLAN)
    expect(outcome.code).toBe('YX_FEDERATION_PLAN_CHANGED')
    expect(outcome.text).toContain(FIRST)
  })
})

/** The provider signs another plan; the platform passes its signature on as one under the plan of the rest. */
const tamperedApproval: Deviation = (message, consortium) => {
  const shown = ANOTHER_PLAN(message, consortium)
  if (shown) return shown
  if (message.type === 'plan.propose' && message.to === KEY_HOLDER)
    honestHash.set(consortium, hashOf(consortium, message.body.plan as string))
  if (message.type !== 'plan.approve' || message.from !== FIRST) return undefined
  return [changed(message, { planHash: honestHash.get(consortium) })]
}
const honestHash = new WeakMap<TestConsortium, string>()
const hashOf = (consortium: TestConsortium, text: string): string => {
  const { suite } = consortium.nodes.get(PLATFORM)!.membership
  return Buffer.from(suite.hash(Buffer.from('yinxin plan 1\n'), Buffer.from(text, 'utf8'))).toString('hex')
}

describe('a platform that does not wait for the signatures', () => {
  it.each([
    ['bins.start', {}],
    ['round.start', {}],
    ['evaluation.start', { evaluation: 0, folds: [0], columns: 2, vector: 'counts' }],
    ['score.commit', { opening: 'raw', providers: [], exclusions: false }],
  ])('is refused by the key holder at %s', async (type, body) => {
    const early: Deviation = (message) =>
      message.type === 'plan.signed' && message.to === KEY_HOLDER
        ? [{ ...message, type: type as Posted['type'], body, round: type === 'round.start' ? 1 : 0 }]
        : undefined
    const outcome = await attack(KEY_HOLDER, early)
    expect(outcome.code).toBe('YX_FEDERATION_MESSAGE_UNEXPECTED')
    expect(outcome.text).toContain('not signed by every party')
    expect(outcome.released).toEqual([])
  })

  it('control: with the signatures the same run goes to its end', async () => {
    const outcome = await attack(KEY_HOLDER, () => undefined)
    expect(outcome.code).toBeNull()
    expect(outcome.released.length).toBeGreaterThan(0)
  })
})

describe('the signatures under a plan', () => {
  it('are one of each party in one order, and verify under one hash only', async () => {
    const { nodes, close } = await testConsortium(smallInput())
    const plan = { labelHolders: ['bank-1'], providers: [{ name: FIRST }] } as unknown as RunPlan
    const hash = '5a'.repeat(32)
    const signers = signersOf(plan)
    expect(signers).toEqual(['bank-1', FIRST, KEY_HOLDER])
    const { membership } = nodes.get(PLATFORM)!
    const sign = (name: string) => nodes.get(name)!.membership.sign(Buffer.from(hash, 'hex'))
    const answers = signers.map((from) => ({ from, body: { planHash: hash, signature: sign(from) } }))
    const approvals = signaturesOf(membership, hash, answers)
    expect(() => checkSignatures(membership, plan, hash, approvals)).not.toThrow()
    expect(() => checkSignatures(membership, plan, '5b'.repeat(32), approvals)).toThrow(/not the one/)
    await close()
  })
})
