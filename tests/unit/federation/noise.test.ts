/**
 * The noise of two servers in everything that a run opens about labels: its variance, measured on what the parties receive,
 * and the privacy statement, recomputed from the formula of protocol.md section 8.
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { splitCounts } from '../../../engine/index.ts'
import { rowsOfFolds, secureRandom } from '../../../federation/index.ts'
import { MaskedExchange } from '../../../federation/roles/masked-exchange.ts'
import { LABEL_SUMS, labelNoise } from '../../../federation/runs/label-sums.ts'
import { countNoise } from '../../../federation/runs/packed-counts.ts'
import { gradeBands, scoreBands } from '../../../models/index.ts'
import { testConsortium } from '../../helpers/consortium.ts'
import { syntheticInput } from '../../helpers/synthetic.ts'
import { referenceModel } from '../../reference/reference.ts'
import { intercept, openedCounts, runWith, smallInput } from './interception.ts'

afterEach(() => vi.restoreAllMocks())

const meanSquare = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value * value, 0) / values.length

/** Mean square of `count` normal draws over their variance stays within five sd, sqrt(2/count) each. */
function expectVariance(values: readonly number[], variance: number): void {
  const ratio = meanSquare(values) / variance
  const sd = Math.sqrt(2 / values.length)
  expect(ratio).toBeGreaterThan(1 - 5 * sd)
  expect(ratio).toBeLessThan(1 + 5 * sd)
}

describe('the noise of one server', () => {
  const DRAWS = 3000

  it('of packed counts has sd sigma in the rows and in the bads', () => {
    const counts = Array.from(countNoise(secureRandom, 4, DRAWS), splitCounts)
    expectVariance(
      counts.map(({ n }) => n),
      16,
    )
    expectVariance(
      counts.map(({ bad }) => bad),
      16,
    )
  })

  it('of the label sums has sd sigma in the counts and hides the random combinations widely', () => {
    const draws = Array.from({ length: 400 }, () => Array.from(labelNoise(secureRandom, 4)))
    expect(draws[0]).toHaveLength(LABEL_SUMS)
    expectVariance(
      draws.flatMap((sums) => sums.slice(0, 5)),
      16,
    )
    expectVariance(
      draws.flatMap((sums) => sums.slice(5)),
      2 ** 40,
    )
  })

  it('is nothing where it is switched off', () => {
    expect(
      [...countNoise(secureRandom, 0, 5), ...labelNoise(secureRandom, 0)].every((value) => value === 0),
    ).toBe(true)
  })
})

describe('what a run opens has the noise of both servers', () => {
  it('gradients sigma*C, fine bins and bands sigma, each twice', async () => {
    const SIGMA = 3
    const RUNS = 3
    const input = {
      ...syntheticInput({
        rows: 6000,
        providers: 3,
        banks: 2,
        seed: 3,
        columns: 8,
        rounds: 1,
        bins: 5,
        labelled: 0.9,
      }),
      sigma: SIGMA,
    }
    const { folds, labelHolders } = input
    const { counts: exact, bases } = referenceModel(input)
    const original = MaskedExchange.prototype.gradient
    let last: { gradient: Float64Array; order: Int32Array } | undefined
    vi.spyOn(MaskedExchange.prototype, 'gradient').mockImplementation(function (
      this: MaskedExchange,
      ...args
    ) {
      const gradient = original.apply(this, args)
      if (gradient) last = { gradient: gradient.slice(), order: this.order }
      return gradient
    })
    const gradientNoise: number[] = []
    const binNoise: number[] = []
    const bandNoise: number[] = []
    for (let run = 0; run < RUNS; run++) {
      const consortium = await testConsortium(input)
      const seen = new Map<string, { gradient: Float64Array; order: Int32Array }>()
      const recorded = intercept(consortium, ({ from, type }) => {
        if (type === 'round.done') seen.set(from, last!)
        return undefined
      })
      const { plan, assessment } = await consortium.run()
      await consortium.close()
      const { a, c } = plan.scale
      input.providers.forEach(({ name }, k) => {
        const { gradient, order } = seen.get(name)!
        // In the first round u = 0, so the gradient of a bin is A*m - C*y.
        exact[k].forEach(({ n, bad }, j) => {
          gradientNoise.push((gradient[j] - (a * n - c * bad)) / c)
        })
        for (const { type, to: provider, body } of recorded) {
          if (type !== 'bins.counts' || provider !== name) continue
          const { from, to } = body as { from: number; to: number }
          const { counts, open } = openedCounts(body)
          expect(open).not.toContain(false)
          for (let j = from; j < to; j++) {
            const truth = exact[k][order[j]]
            binNoise.push(counts[j - from].n - truth.n, counts[j - from].bad - truth.bad)
          }
        }
      })
      const band = (
        rows: ArrayLike<number>,
        index: ArrayLike<number>,
        opened: readonly { n: number; bad: number }[],
      ) => {
        const truth = opened.map(() => ({ n: 0, bad: 0 }))
        Array.from(rows).forEach((row, at) => {
          for (const { labelled, bad } of labelHolders) {
            truth[index[at]].n += labelled[row]
            truth[index[at]].bad += bad[row]
          }
        })
        opened.forEach(({ n, bad }, j) => {
          bandNoise.push(n - truth[j].n, bad - truth[j].bad)
        })
      }
      const [, tested, graded] = assessment.evaluations
      const test = rowsOfFolds(folds, [0])
      const totals = test.map((row) => assessment.totals[row])
      // So many bads that the platform asks for the most bands, 20.
      band(test, scoreBands(totals, { maxBands: 20, minRows: 100 }).band, tested)
      band(
        Array.from(folds, (_, row) => row),
        gradeBands(assessment.scores, 100).band,
        graded,
      )
    }
    expect(gradientNoise).toHaveLength(RUNS * bases.reduce((sum, { width }) => sum + width, 0))
    // Far enough from the 0.5 of one server alone: at five sd there must be more than 200 draws.
    for (const noise of [gradientNoise, binNoise]) expect(noise.length).toBeGreaterThan(250)
    expectVariance(gradientNoise, 2 * SIGMA ** 2)
    expectVariance(binNoise, 2 * SIGMA ** 2)
    expect(bandNoise.length).toBeGreaterThan(60)
    expectVariance(bandNoise, 2 * SIGMA ** 2)
  })
})

describe('the privacy statement', () => {
  const DELTA = 1e-6

  it('is the formula of protocol.md section 8, from the plan alone', async () => {
    for (const [banks, sigma, rounds] of [
      [1, 4, 2],
      [1, 10, 3],
    ] as const) {
      const input = syntheticInput({ rows: 1500, providers: 3, banks, seed: 2, rounds, columns: 2 })
      const { result } = await runWith({ ...input, sigma })
      const { plan, privacy } = result!
      const occupied = plan.providers.reduce((sum, { occupancy }) => sum + occupancy, 0)
      expect(occupied).toBe(6)
      // gradients of every round, fine bins, three evaluations of one partition and a rank sum, sum y and sum y^2
      const units = rounds * occupied + occupied + 3 * 2 + 2
      const rho = (banks ** 2 * units) / (2 * sigma ** 2)
      expect(privacy.rho).toBeCloseTo(rho, 10)
      expect(privacy.epsilon).toBeCloseTo(rho + 2 * Math.sqrt(rho * Math.log(1 / DELTA)), 10)
      expect(privacy.delta).toBe(DELTA)
    }
  })

  it('is none without noise, and every opening stands in the ledger with its sd', async () => {
    const { result } = await runWith(smallInput({ sigma: 0 }))
    expect(result!.privacy.epsilon).toBeNull()
    const noisy = await runWith(smallInput({ sigma: 2 }))
    const ledger = noisy.result!.ledger.map(({ what, sigma }) => [what, sigma])
    expect(ledger).toEqual([
      ['label sums', 2],
      ['fine bins of provider-1', 2],
      ['fine bins of provider-2', 2],
      ['fine bins of provider-3', 2],
      ['gradients of round 1', 2],
      ['totals of opening "evaluation"', null],
      ['bands of evaluation 0', 2],
      ['totals of opening "published"', null],
      ['bands of evaluation 1', 2],
      ['rank sum of evaluation 1', 2],
      ['bands of evaluation 2', 2],
    ])
  })
})
