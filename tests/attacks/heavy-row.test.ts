/**
 * A bank that marks one firm 2^19 times (protocol.md section 5A, security.md T13). In league with it is a provider that
 * answers honestly from its own columns: the residual of that firm outweighs all others, so the gradient of the bin that
 * the firm occupies is the firm's own total, and what the provider's own part leaves of it are the other providers' parts.
 * The key holder's check of the squares and of random combinations stands against it.
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { TOTAL_BOUND } from '../../engine/index.ts'

import { rowsOfFolds } from '../../federation/index.ts'
import { additiveTotals, buildBasis, encodeBasis, LocalStep } from '../../models/index.ts'
import type { ConsortiumInput, TestConsortium } from '../helpers/consortium.ts'
import { syntheticInput } from '../helpers/synthetic.ts'
import { type Deviation, type Outcome, runWith } from '../unit/federation/interception.ts'
import { all, crafted } from './crafted-labels.ts'

const weakened = vi.hoisted(() => ({ check: false }))

/** The weak build: the limits of the label check are out of reach. */
vi.mock('../../federation/runs/label-sums.ts', async (original) => {
  const actual = await original<typeof import('../../federation/runs/label-sums.ts')>()
  return {
    ...actual,
    get COMBINATION_LIMIT() {
      return weakened.check ? Number.POSITIVE_INFINITY : actual.COMBINATION_LIMIT
    },
    get SQUARES_SLACK() {
      return weakened.check ? Number.POSITIVE_INFINITY : actual.SQUARES_SLACK
    },
  }
})

afterEach(() => {
  weakened.check = false
})

const SIGMA = 4
const HEAVY = 2 ** 19
const REFUSED = 'YX_FEDERATION_LABELS_IMPLAUSIBLE'
const SEEN = 'the second gradient is in'

/** Providers with 3, 1 and 2 columns, so that each is known by the length of its gradient; the first is the partner. */
const input: ConsortiumInput = (() => {
  const made = syntheticInput({ rows: 600, providers: 3, banks: 2, seed: 3, rounds: 2, columns: 3 })
  const kept = [3, 1, 2]
  const providers = made.providers.map((provider, k) => ({
    ...provider,
    columns: provider.columns.slice(0, kept[k]),
  }))
  return { ...made, providers, sigma: SIGMA }
})()
const trainRows = rowsOfFolds(input.folds, input.trainFolds)

interface Bins {
  readonly width: number
  readonly codes: Uint8Array[]
}

/** Bins of every provider's columns over the training rows, as the providers cut them. */
const bases: Bins[] = input.providers.map(({ columns }) => {
  const basis = buildBasis(columns, { bins: input.bins, rows: trainRows, maxWidth: 128 })
  return { width: basis.width, codes: encodeBasis(basis, columns, trainRows) }
})
const [own, ...others] = bases

const untilSecondGradient: Deviation = (message, { platform }: TestConsortium) => {
  if (message.type === 'score.request') platform.cancel(new Error(SEEN))
  return undefined
}

/** Runs two rounds; keeps each provider's gradients and the look-ahead points that its totals came from. */
async function attack(
  deviate: Deviation,
): Promise<Outcome & { steps: { V: Float64Array; G: Float64Array }[][] }> {
  const steps = new Map<LocalStep, { V: Float64Array; G: Float64Array }[]>()
  const { advance } = LocalStep.prototype
  const spy = vi.spyOn(LocalStep.prototype, 'advance').mockImplementation(function (
    this: LocalStep,
    gradient,
  ) {
    const before = steps.get(this) ?? []
    steps.set(this, [...before, { V: Float64Array.from(this.lookAhead), G: gradient }])
    advance.call(this, gradient)
  })
  const outcome = await runWith(input, all(untilSecondGradient, deviate)).finally(() => spy.mockRestore())
  return { ...outcome, steps: [...steps.values()] }
}

/** Position among the training rows, and the row itself, of firms in which the others differ. */
const targets = (() => {
  const kinds = new Map<string, number>()
  trainRows.forEach((_, at) => {
    kinds.set(others.map(({ codes: [column] }) => column[at]).join(), at)
  })
  return [...kinds.values()].slice(0, 3)
})()

describe('the check refuses', () => {
  it.each<[string, Deviation]>([
    ['one bank', crafted('labelled', { [trainRows[targets[0]]]: HEAVY })],
    [
      'two banks in league that share the marks',
      all(
        crafted('labelled', { [trainRows[targets[0]]]: HEAVY / 2 }, 'bank-1'),
        crafted('labelled', { [trainRows[targets[0]]]: HEAVY / 2 }, 'bank-2'),
      ),
    ],
    [
      'two banks in league whose marks cancel in the sum',
      all(
        crafted('labelled', { [trainRows[targets[0]]]: HEAVY }, 'bank-1'),
        crafted('labelled', { [trainRows[targets[1]]]: -HEAVY }, 'bank-2'),
      ),
    ],
    ['a negative mark', crafted('labelled', { [trainRows[targets[0]]]: -HEAVY })],
    [
      'marks whose squares wrap around t',
      crafted('labelled', { [trainRows[targets[0]]]: 4_500_000, [trainRows[targets[1]]]: -4_500_000 }),
    ],
    ['2^19 defaults of one firm', crafted('bad', { [trainRows[targets[0]]]: HEAVY })],
  ])('%s', async (_, deviate) => {
    const { code, steps } = await attack(deviate)
    expect(code).toBe(REFUSED)
    expect(steps).toEqual([])
  })
})

describe('what the check lets pass', () => {
  it('is a default without a label: it moves a gradient by C and carries no total', async () => {
    const nobodys = trainRows.find((row) => input.labelHolders.every(({ labelled }) => labelled[row] === 0))!
    const { text } = await attack(crafted('bad', { [nobodys]: 1 }))
    expect(text).toBe(SEEN)
  })
})

/** In units of 1/4096 of a logit: a twentieth of a logit, more than six sd of what noise does to the reading. */
const NEAR = 200

describe('control: without the check', () => {
  it.each(targets)("the others' part of the total at training row %i is read", async (at) => {
    weakened.check = true
    const { text, steps } = await attack(crafted('labelled', { [trainRows[at]]: HEAVY }))
    expect(text).toBe(SEEN)
    const stepsOf = ({ width }: Bins) => steps.find(([{ G }]) => G.length === width)!
    const totalOf = (bins: Bins) => additiveTotals(bins.codes, stepsOf(bins)[1].V, TOTAL_BOUND).totals[at]
    const truth = others.reduce((sum, bins) => sum + totalOf(bins), 0)
    // In round 1 all totals are zero: the difference is 2^19 times the firm's total, plus noise of both servers.
    const bin = own.codes[0][at]
    const [first, second] = stepsOf(own)
    const read = (second.G[bin] - first.G[bin]) / HEAVY - totalOf(own)
    expect(Math.abs(truth)).toBeGreaterThan(10 * NEAR)
    expect(Math.abs(read - truth)).toBeLessThan(NEAR)
  })
})
