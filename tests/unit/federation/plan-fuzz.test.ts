/** The plan as a platform may forge it: what passes the parser is judged by the rules of the party, never by a crash. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { residualScale } from '../../../engine/index.ts'
import { checkApproval } from '../../../federation/approval.ts'
import { createIdentity, Membership, MemoryTransport, Node } from '../../../federation/index.ts'
import { makePlan, planText, type RunPlan } from '../../../federation/plan.ts'
import { parseKeptPlan, parsePlan } from '../../../federation/plan-schema.ts'
import { CANARY, changedJson, jsonChanges } from './json-mutations.ts'

const RUNS = process.env.YINXIN_FULL === '1' ? 100_000 : 2000
const ROWS = 40
const names = ['platform', 'keyholder', 'water', 'power', 'bank'] as const
const roles = ['platform', 'keyholder', 'provider', 'provider', 'label-holder'] as const
const made = names.map((name, index) => createIdentity(name, roles[index]))
const list = { consortium: 'c', suite: 'international' as const, members: made.map(({ member }) => member) }
const node = new Node(new Membership(list, made[2].identity), new MemoryTransport(), {
  session: 's',
  life: 1,
})
const roster = { size: ROWS, digest: 'd', folds: Uint8Array.from({ length: ROWS }, (_, row) => row % 5) }
const policy = { leastProviders: 2, leastSigma: 0, overrideLimits: true, mostEpsilon: null }
const clock = { now: () => new Date(0) }
const opened = {
  ...{ run: 'r', snapshot: 's', providers: ['water', 'power'], labelHolders: ['bank'] },
  ...{
    production: false,
    labelSigma: 2,
    labelDigests: ['d'],
    labelPeriods: [''],
    ledger: { entries: 1, hash: 'h' },
    authorisation: null,
    flags: ['override-limits'],
  },
}
const good = makePlan({
  ...{ consortium: 'c', run: 'r', snapshot: 's', purpose: 'test', rosterDigest: 'd', rows: ROWS },
  authorisation: null,
  ...{
    trainFolds: [1, 2, 3, 4],
    trainRows: 32,
    labelHolders: ['bank'],
    bins: 4,
    rounds: 4,
    logistic: { rounds: 2, openings: 1 },
    challenges: 0,
    evaluations: 3,
    lambda: 5,
    sigma: 3,
    booster: null,
  },
  ...{ megabits: 1000, labelSigma: 2, labelled: 30, bads: 9, labelledAll: 38, scale: residualScale(0.3) },
  providers: ['water', 'power'].map((name) => ({
    ...{ name, publicData: false, width: 4, occupancy: 1, bins: 4, commitment: 'x', runSecret: 'y' },
    auditedOccupancy: null,
    trainedOn: 'all' as const,
    columns: [{ name: 'a', kind: 'numeric', bins: 4 }],
    extractors: [{ name: 'builtin:a', hash: 'z' }],
    grade: 'G2' as const,
  })),
  binned: ['water'],
  ledger: { entries: 1, hash: 'h', rho: 0.25, rhoCounted: 0.25 },
  flags: ['override-limits'],
  expires: '2100-01-01',
})
const judge = (text: string) => checkApproval(node, roster, policy, clock, opened, text)

/** The kinds of the fields of a value, place by place. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return [...new Set(value.map((item) => JSON.stringify(shapeOf(item))))].sort()
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(
    Object.entries(value)
      .sort()
      .map(([key, part]) => [key, shapeOf(part)]),
  )
}

/** As {@link shapeOf}, with empty lists counted as lists of anything. */
const sameShape = (plan: RunPlan): boolean => {
  const shape = shapeOf(plan) as Record<string, unknown>
  const wanted = shapeOf(good) as Record<string, unknown>
  return (
    Object.keys(wanted).join() === Object.keys(shape).join() &&
    Object.entries(wanted).every(([key, part]) => {
      const found = shape[key]
      return Array.isArray(part) ? Array.isArray(found) : typeof part === typeof found
    })
  )
}

it('a good plan passes', () => {
  expect(judge(planText(good)).plan).toEqual(good)
})

it('of an earlier build passes where it is kept, not where it is proposed', () => {
  const { logistic: _, booster: __, ...earlier } = good
  const text = JSON.stringify(earlier)
  expect(parsePlan(text)).toBeNull()
  expect(parseKeptPlan(text)).toEqual({ ...good, logistic: null, booster: null })
})

it('a forged plan is none, or one of the right form that the rules judge', { timeout: 600_000 }, () => {
  let parsed = 0
  let signed = 0
  const codes = new Set<string>()
  fc.assert(
    fc.property(jsonChanges, fc.boolean(), (changes, other) => {
      const text = changedJson(other ? { ...good, rounds: 3 } : good, changes)
      const plan = parsePlan(text)
      if (plan) {
        parsed++
        expect(planText(plan)).toBe(text)
        expect(text.isWellFormed() && !/\\ud[89ab]/i.test(text)).toBe(true)
        expect(sameShape(plan)).toBe(true)
      }
      try {
        judge(text)
        expect(plan).not.toBeNull()
        signed++
      } catch (fault) {
        const { code, message } = fault as { code?: string; message: string }
        expect(code, String(fault)).toMatch(/^YX_/)
        expect(message).not.toContain(CANARY)
        codes.add(code as string)
      }
    }),
    { numRuns: RUNS, seed: 20261124 },
  )
  expect(parsed).toBeGreaterThan(RUNS / 20)
  expect(signed).toBeGreaterThan(RUNS / 50)
  expect(codes).toContain('YX_FEDERATION_PLAN_REFUSED')
})
