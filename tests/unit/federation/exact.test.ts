/**
 * With noise off, what a run opens on its way equals the plaintext reference: every gradient and fine-bin count at its
 * provider, the suppression rule included, and every band count and rank sum at the platform.
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { KEY_HOLDER, PLATFORM, rowsOfFolds } from '../../../federation/index.ts'
import { MaskedExchange } from '../../../federation/roles/masked-exchange.ts'
import { bandOf, gradeBands, rankColumn, scoreBands } from '../../../models/index.ts'
import { testConsortium } from '../../helpers/consortium.ts'
import { syntheticInput } from '../../helpers/synthetic.ts'
import { referenceModel, referenceTotals } from '../../reference/reference.ts'
import { intercept, openedCounts } from './interception.ts'

afterEach(() => vi.restoreAllMocks())

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)

describe('a run without noise', () => {
  const input = syntheticInput({
    rows: 2500,
    providers: 3,
    banks: 3,
    seed: 11,
    columns: 3,
    rounds: 3,
    labelled: 0.15,
  })
  const reference = referenceModel(input)
  const { folds, labelHolders } = input
  const m = folds.map((_, row) => sum(labelHolders.map(({ labelled }) => labelled[row])))
  const y = folds.map((_, row) => sum(labelHolders.map(({ bad }) => bad[row])))

  it('opens the gradients, counts and bands of the reference', async () => {
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
    const gradients = new Map<string, Float64Array[]>()
    const orders = new Map<string, Int32Array>()
    const consortium = await testConsortium(input)
    const recorded = intercept(consortium, ({ from, type }) => {
      if (type !== 'round.done') return undefined
      // A provider says that its round is done in the turn in which its gradient was put together.
      gradients.set(from, [...(gradients.get(from) ?? []), last!.gradient])
      orders.set(from, last!.order)
      return undefined
    })
    const { assessment } = await consortium.run()
    await consortium.close()

    let open = 0
    let suppressed = 0
    input.providers.forEach(({ name }, k) => {
      expect(gradients.get(name)).toHaveLength(input.rounds)
      expect(gradients.get(name)).toEqual(reference.gradients.map((round) => round[k]))
      const counts = recorded.filter(({ type, to }) => type === 'bins.counts' && to === name)
      expect(counts.every(({ from }) => from === KEY_HOLDER)).toBe(true)
      const columns = new Set<number>()
      for (const { body } of counts) {
        const { from, to } = body as { from: number; to: number }
        const seen = openedCounts(body)
        for (let j = from; j < to; j++) {
          const column = orders.get(name)![j]
          columns.add(column)
          const { n, bad } = reference.counts[k][column]
          const shown = n >= 50 && bad >= 5 && n - bad >= 5
          const expected = shown ? [n, bad, true] : [0, 0, false]
          const own = seen.counts[j - from]
          expect([own.n, own.bad, seen.open[j - from]]).toEqual(expected)
          if (shown) open++
          else suppressed++
        }
      }
      expect(columns.size).toBe(reference.bases[k].width)
    })
    expect(open).toBeGreaterThan(5)
    expect(suppressed).toBeGreaterThan(0)

    const countsOf = (rows: ArrayLike<number>, band: ArrayLike<number>, bands: number) => {
      const counts = Array.from({ length: bands }, () => ({ n: 0, bad: 0 }))
      Array.from(rows).forEach((row, at) => {
        counts[band[at]].n += m[row]
        counts[band[at]].bad += y[row]
      })
      return counts
    }
    const train = rowsOfFolds(folds, input.trainFolds)
    const raw = Int32Array.from(referenceTotals(input, reference, 1))
    const rawTrain = train.map((row) => raw[row])
    const calibration = scoreBands(rawTrain, { maxBands: 10, minRows: 100 })
    const bands = calibration.edges.length + 1
    expect(bands).toBeGreaterThan(3)
    expect(assessment.evaluations[0]).toEqual(countsOf(train, bandOf(rawTrain, calibration.edges), bands))

    const test = rowsOfFolds(folds, [0])
    const totals = test.map((row) => assessment.totals[row])
    const tested = scoreBands(totals, { maxBands: 20, minRows: 100 })
    const testCounts = countsOf(test, tested.band, tested.edges.length + 1)
    expect(assessment.evaluations[1]).toEqual(testCounts)
    const shown = assessment.bands
    expect(shown.validation).toBeNull()
    expect(shown.train.map(({ n, bad }) => ({ n, bad }))).toEqual(assessment.evaluations[0])
    expect(shown.test.map(({ n, bad }) => ({ n, bad }))).toEqual(testCounts)
    shown.test.forEach(({ firms, from, to, expected }, band) => {
      const held = Array.from(test).filter((_, at) => tested.band[at] === band)
      const scores = held.map((row) => assessment.scores[row])
      expect([firms, from, to]).toEqual([held.length, Math.min(...scores), Math.max(...scores)])
      expect(expected).toBeCloseTo(sum(held.map((row) => assessment.pds[row])) / held.length, 12)
    })
    const rank = rankColumn(totals, tested.band, testCounts)
    const opened = recorded.filter(({ type, to }) => type === 'evaluation.opened' && to === PLATFORM)
    expect(opened).toHaveLength(4)
    expect(opened[2].body.values).toEqual([sum(Array.from(test, (row, at) => y[row] * rank[at]))])

    const grades = gradeBands(assessment.scores, 100)
    const everyRow = Array.from(folds, (_, row) => row)
    expect(assessment.evaluations[2]).toEqual(countsOf(everyRow, grades.band, grades.bands.length))
  })
})
