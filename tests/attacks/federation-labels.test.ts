/**
 * A bank that crafts its labels (protocol.md section 5A): one heavy row would make a gradient show a single firm's total to
 * a partner provider. The key holder's noisy squares and random combinations stand against it.
 */
import { describe, expect, it } from 'vitest'
import { addInto, packResidues, residueOf, T, unpackResidues } from '../../engine/index.ts'
import { PLATFORM } from '../../federation/index.ts'
import { LABEL_SUMS } from '../../federation/runs/label-sums.ts'
import type { ConsortiumInput, TestConsortium } from '../helpers/consortium.ts'
import { syntheticInput } from '../helpers/synthetic.ts'
import { changed, type Deviation, type Posted, runWith } from '../unit/federation/interception.ts'
import { all, crafted } from './crafted-labels.ts'

const ROWS = 240
const PASSED = 'the label check is passed'

const banks = (count: number, seed: number, sigma: number): ConsortiumInput => ({
  ...syntheticInput({ rows: ROWS, providers: 3, banks: count, seed, columns: 1, labelled: 0.8 }),
  sigma,
})

/** Ends the run as soon as it goes on after the labels. */
const untilChecked =
  (deviate: Deviation = () => undefined): Deviation =>
  (message, consortium: TestConsortium) => {
    if (message.type === 'basis.request') consortium.platform.cancel(new Error(PASSED))
    return deviate(message, consortium)
  }

/** The platform, in league with the bank, takes a value out of one of the sums that it sends: 3 = sum m^2, 4 = sum y^2. */
const withoutSquares =
  (index: number, value: number): Deviation =>
  (message: Posted) => {
    if (message.type !== 'labels.answer') return undefined
    const sums = unpackResidues(message.body.sums as Uint8Array, LABEL_SUMS)
    const taken = new Float64Array(LABEL_SUMS)
    taken[index] = residueOf(-value)
    addInto(sums, taken)
    return [changed(message, { sums: packResidues(sums) })]
  }

/** Two rows of training folds. */
const HEAVY = 1
const OTHER = 3

describe('crafted labels are refused', () => {
  it.each<[string, number, number, 'labelled' | 'bad', Record<number, number>]>([
    ['m = 2^19 on one row, one bank', 1, 4, 'labelled', { [HEAVY]: 2 ** 19 }],
    ['m = 2^19 on one row, three banks', 3, 4, 'labelled', { [HEAVY]: 2 ** 19 }],
    ['m = 2^44 on one row', 2, 4, 'labelled', { [HEAVY]: 2 ** 44 }],
    ['m = t - 5 on one row, one bank, no noise', 1, 0, 'labelled', { [HEAVY]: T - 5 }],
    ['m = t - 1000 on one row', 2, 4, 'labelled', { [HEAVY]: T - 1000 }],
    ['m = 1000 and -1000, the sum unchanged', 2, 4, 'labelled', { [HEAVY]: 1000, [OTHER]: -1000 }],
    ['y = 1000 on one row', 2, 4, 'bad', { [HEAVY]: 1000 }],
    ['y = t - 1000 on one row', 2, 4, 'bad', { [HEAVY]: T - 1000 }],
  ])('%s', async (_, count, sigma, vector, extra) => {
    const outcome = await runWith(banks(count, 1, sigma), untilChecked(crafted(vector, extra)))
    expect(outcome.code).toBe('YX_FEDERATION_LABELS_IMPLAUSIBLE')
    expect(outcome.recorded.some(({ type }) => type === 'labels.opened')).toBe(false)
    expect(outcome.recorded.some(({ type }) => type === 'basis.ready')).toBe(false)
  })

  it('it is the squares that refuse: with their excess taken out the same shares pass', async () => {
    // Small enough for the random combinations, which would refuse 2^19 by themselves.
    const heavy = 2 ** 12
    // What remains of the row's square is the mark itself, so that only the check from above could have refused.
    const excess = (heavy + 1) ** 2 - (heavy + 1)
    const outcome = await runWith(
      banks(2, 1, 4),
      untilChecked(all(crafted('labelled', { [HEAVY]: heavy }), withoutSquares(3, excess))),
    )
    expect(outcome.text).toBe(PASSED)
  })

  it('m = +-4.5 million on two rows, whose squares wrap around t', async () => {
    const heavy = 4_500_000
    expect(2 * heavy ** 2).toBeGreaterThan(T / 2)
    expect(2 * heavy ** 2).toBeLessThan(T)
    const outcome = await runWith(
      banks(2, 1, 4),
      untilChecked(crafted('labelled', { [HEAVY]: heavy, [OTHER]: -heavy })),
    )
    expect(outcome.code).toBe('YX_FEDERATION_LABELS_IMPLAUSIBLE')
  })

  it('a platform cannot leave the check out', async () => {
    const outcome = await runWith(banks(2, 1, 0), (message, consortium) => {
      if (message.type === 'labels.answer') {
        consortium.nodes.get('keyholder')!.post(PLATFORM, 'labels.opened', { sums: [150, 40, 190] })
        return []
      }
      if (message.type === 'plan.approve' && message.from === 'keyholder') {
        consortium.platform.cancel(new Error('signed unchecked'))
      }
      return undefined
    })
    expect(outcome.text).not.toBe('signed unchecked')
  })
})

describe('honest labels', () => {
  it('pass over 50 seeds with noise, four overlapping banks; what is opened has the noise of two servers', async () => {
    const SEEDS = 50
    const SIGMA = 4
    let squares = 0
    let most = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      const input = banks(4, seed, SIGMA)
      const outcome = await runWith(input, untilChecked())
      expect(outcome.text).toBe(PASSED)
      const opened = outcome.recorded.find(({ type }) => type === 'labels.opened')!.body.sums as number[]
      const truth = [0, 0, 0]
      input.folds.forEach((fold, row) => {
        const m = input.labelHolders.reduce((sum, { labelled }) => sum + labelled[row], 0)
        const y = input.labelHolders.reduce((sum, { bad }) => sum + bad[row], 0)
        most = Math.max(most, m)
        truth[2] += m
        if (fold !== 0) {
          truth[0] += m
          truth[1] += y
        }
      })
      expect(opened).toHaveLength(3)
      opened.forEach((value, index) => {
        squares += (value - truth[index]) ** 2
      })
    }
    expect(most).toBe(4)
    // 150 draws: the ratio of variances has sd 0.115; one server alone would give 0.5.
    const ratio = squares / (3 * SEEDS) / (2 * SIGMA ** 2)
    expect(ratio).toBeGreaterThan(0.62)
    expect(ratio).toBeLessThan(1.65)
  })
})

describe('labels that cannot train', () => {
  const labelsOf = (labelled: (row: number) => number, bad: (row: number) => number): ConsortiumInput => {
    const input = banks(1, 1, 0)
    const known = input.folds.map((_, row) => labelled(row))
    return { ...input, labelHolders: [{ labelled: known, bad: known.map((m, row) => m * bad(row)) }] }
  }
  const { folds } = banks(1, 1, 0)

  it.each<[string, ConsortiumInput]>([
    [
      'no label at all',
      labelsOf(
        () => 0,
        () => 0,
      ),
    ],
    [
      'no default',
      labelsOf(
        () => 1,
        () => 0,
      ),
    ],
    [
      'nothing but defaults',
      labelsOf(
        () => 1,
        () => 1,
      ),
    ],
    [
      'all labels in the test fold',
      labelsOf(
        (row) => (folds[row] === 0 ? 1 : 0),
        (row) => row % 2,
      ),
    ],
    [
      'all defaults in the test fold',
      labelsOf(
        () => 1,
        (row) => (folds[row] === 0 ? 1 : 0),
      ),
    ],
  ])('%s: one class', async (_, input) => {
    const outcome = await runWith(input, untilChecked())
    expect(outcome.code).toBe('YX_FEDERATION_ONE_CLASS')
    expect(outcome.recorded.some(({ type }) => type === 'basis.request')).toBe(false)
  })

  it('no label at all, with noise: what noise alone opens is no class', async () => {
    const outcome = await runWith(
      {
        ...labelsOf(
          () => 0,
          () => 0,
        ),
        sigma: 4,
      },
      untilChecked(),
    )
    expect(outcome.code).toBe('YX_FEDERATION_ONE_CLASS')
  })
})
