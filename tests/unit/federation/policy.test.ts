/** A party's own rules: what a plan breaks is named in full, and what a rule does not speak of is not its affair. */
import { describe, expect, it } from 'vitest'
import { labelSumsCharge } from '../../../federation/charges.ts'
import { KEY_HOLDER, type PartyPolicy, type RunPlan } from '../../../federation/index.ts'
import { refusalsOf } from '../../../federation/policy.ts'
import { changed, expectStopped, runWith, smallInput } from './interception.ts'

const NOW = new Date('2025-07-01T00:00:00Z')
const provider = (name: string, ...columns: string[]) => ({
  name,
  columns: columns.map((column) => ({ name: column, kind: 'numeric', bins: 4 })),
})
const PLAN = {
  purpose: 'credit',
  sigma: 4,
  labelSigma: 4,
  rounds: 8,
  evaluations: 3,
  labelHolders: ['bank-1', 'bank-2'],
  providers: [provider('tax', 'tax.late', 'tax.paid'), provider('water', 'water.usage')],
  ledger: { entries: 1, hash: '', ...labelSumsCharge(2, 4) },
  flags: ['no-pooled'],
  expires: '2025-07-02T00:00:00Z',
} as unknown as RunPlan
const OPEN: PartyPolicy = { leastProviders: 2, leastSigma: 4, overrideLimits: false, mostEpsilon: null }

const refusals = (policy: Partial<PartyPolicy>, plan: Partial<RunPlan> = {}, party = 'tax') =>
  refusalsOf({ ...PLAN, ...plan }, { ...OPEN, ...policy }, party, NOW)

describe('the rules of a party', () => {
  it('that are left out refuse nothing', () => expect(refusals({})).toEqual([]))

  it.each<[string, Partial<PartyPolicy>, Partial<RunPlan>]>([
    ['noise 3 is below', {}, { sigma: 3 }],
    ['noise 3 of the label sums is below', {}, { labelSigma: 3 }],
    ['purpose "credit" is none', { purposes: ['research'] }, {}],
    ['8 rounds, more than', { mostRounds: 7 }, {}],
    ['3 evaluations, more than', { mostEvaluations: 2 }, {}],
    ['2 label holders, fewer than', { leastLabelHolders: 3 }, {}],
    ['water may not take part', { parties: { allowed: ['tax', 'bank-1', 'bank-2'] } }, {}],
    ['fund must take part', { parties: { required: ['tax', 'fund'] } }, {}],
    ['flags no-pooled are none', { flags: [] }, {}],
    ['it overrides the limits', {}, { flags: ['override-limits'] }],
    ['its label period was used before', { labelPeriodsOnce: true }, { ledger: { ...PLAN.ledger, rho: 9 } }],
    ['it expires in more than', { mostDays: 0.5 }, {}],
    ['it has expired', {}, { expires: '2025-06-30T00:00:00Z' }],
    ['columns tax.paid may not take part', { columns: ['tax.late'] }, {}],
  ])('say: %s', (text, policy, plan) => {
    expect(refusals(policy, plan)).toEqual([expect.stringContaining(text)])
  })

  it.each<[string, Partial<PartyPolicy>]>([
    ['purpose', { purposes: ['research', 'credit'] }],
    ['rounds', { mostRounds: 8 }],
    ['evaluations', { mostEvaluations: 3 }],
    ['label holders', { leastLabelHolders: 2 }],
    ['parties', { parties: { allowed: ['tax', 'water', 'bank-1', 'bank-2'], required: ['water'] } }],
    ['flags', { flags: ['no-pooled', 'other'] }],
    ['label periods', { labelPeriodsOnce: true }],
    ['days', { mostDays: 1 }],
    ['columns by name', { columns: ['tax.late', 'tax.paid'] }],
    ['columns by their beginning', { columns: ['tax.*'] }],
  ])('are kept at their very bound: %s', (_, policy) => expect(refusals(policy)).toEqual([]))

  it('name every one that is broken, not the first', () => {
    const broken = refusals({ purposes: [], mostRounds: 1, mostEvaluations: 1, columns: [] }, { sigma: 1 })
    expect(broken).toHaveLength(5)
  })

  it('on columns concern a provider by its own, and anybody else by all', () => {
    expect(refusals({ columns: ['tax.*'] }, {}, 'tax')).toEqual([])
    expect(refusals({ columns: ['tax.*'] }, {}, 'bank-1')).toEqual(['columns water.usage may not take part'])
  })
})

describe('a plan that breaks a rule', () => {
  it.each(['provider-1', KEY_HOLDER, 'bank-1'])(
    'is refused by %s, with all of its reasons',
    async (party) => {
      const outcome = await runWith(
        smallInput({
          policy: { ...OPEN, leastSigma: 0, overrideLimits: true, mostRounds: 2, purposes: ['test'] },
        }),
        (message) => {
          if (message.type !== 'plan.propose' || message.to !== party) return undefined
          const plan = JSON.parse(message.body.plan as string)
          return [changed(message, { plan: JSON.stringify({ ...plan, rounds: 3, purpose: 'other' }) })]
        },
      )
      expectStopped(outcome, 'PLAN_REFUSED', party)
      expect(outcome.text).toContain('purpose "other"')
      expect(outcome.text).toContain('3 rounds')
    },
  )
})
