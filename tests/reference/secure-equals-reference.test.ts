import { describe, expect, it } from 'vitest'
import {
  CELL,
  type Column,
  offsetHundredths,
  type ProviderScorecard,
  pointsPerBin,
  type Trend,
} from '../../models/index.ts'
import { type ConsortiumInput, testConsortium } from '../helpers/consortium.ts'
import { syntheticInput } from '../helpers/synthetic.ts'
import { referenceExcluded, referenceModel, referenceTotals } from './reference.ts'

/** Runs the secure protocol with noise off and compares everything that it opens with the plaintext reference. */
async function expectEqual(input: ConsortiumInput): Promise<void> {
  const consortium = await testConsortium(input)
  try {
    const result = await consortium.run()
    const reference = referenceModel(input)
    expect(result.plan.labelled).toBe(reference.labelled)
    expect(result.plan.bads).toBe(reference.bads)
    expect(result.plan.scale.p0).toBe(reference.p0)
    expect(result.plan.providers.map(({ width }) => width)).toEqual(reference.bases.map(({ width }) => width))
    const { slope, offset, intercept } = result.assessment.calibration
    expect(offset).toBe(offsetHundredths(reference.p0, { intercept, slope }))
    const totals = referenceTotals(input, reference, slope).map((total) => total + offset)
    expect(result.assessment.totals).toEqual(totals)
    expect(result.assessment.excluded).toEqual(referenceExcluded(input))
    // What each grade promises: the mean of its firms' default probabilities.
    const { grades, scores, pds } = result.assessment
    for (const { from, to, firms, expectedRate } of grades) {
      const own = Array.from(pds).filter((_, row) => scores[row] >= from && scores[row] <= to)
      expect(own.length).toBe(firms)
      expect(expectedRate).toBeCloseTo(own.reduce((sum, pd) => sum + pd, 0) / Math.max(1, firms), 12)
    }
    const publicOnly = input.folds.map((_, row) => (input.authorised?.[row] === 0 ? 1 : 0))
    expect(result.assessment.publicOnly).toEqual(publicOnly)
    for (const [k, provider] of input.providers.entries()) {
      const card = consortium.scorecards.get(provider.name) as ProviderScorecard
      const bins = card.columns.flatMap((column) => column.bins)
      expect(bins.map((bin) => bin.points)).toEqual(Array.from(pointsPerBin(reference.weights[k], slope)))
      // The gate shows a bin with at least 50 rows, 5 bads and 5 goods, exactly here, and nothing of the others.
      const shown = reference.counts[k].map(({ n, bad }) =>
        n >= 50 && bad >= 5 && n - bad >= 5 ? { n, bad } : null,
      )
      expect(
        bins.map(({ labelled, bads }) => (labelled === null ? null : { n: labelled, bad: bads })),
      ).toEqual(shown)
      expect(card.columns.map(({ selected }) => selected ?? null)).toEqual(
        reference.choices[k].map(({ selected }) => selected),
      )
      // The bins that carry one weight: as many as the reference merges, none where no trend is stated.
      expect(card.columns.map(({ merged }) => merged?.bins.length ?? null)).toEqual(
        reference.choices[k].map(({ trend, merged }) => (trend ? Math.max(...merged) + 1 : null)),
      )
    }
  } finally {
    await consortium.close()
  }
}

/** All labels of every bank moved to the first one. */
function inOneBank(input: ConsortiumInput): ConsortiumInput {
  const [first, ...others] = input.labelHolders
  const empty = () => new Uint8Array(input.folds.length)
  return { ...input, labelHolders: [first, ...others.map(() => ({ labelled: empty(), bad: empty() }))] }
}

/** A column that nobody holds, at the first provider; with `alone` its only one. */
function withUnheldColumn(input: ConsortiumInput, alone: boolean): ConsortiumInput {
  const rows = input.folds.length
  const unheld = {
    kind: 'numeric' as const,
    name: 'unheld',
    values: new Float64Array(rows).fill(Number.NaN),
    state: new Uint8Array(rows).fill(CELL.notHeld),
  }
  const [first, ...others] = input.providers
  return {
    ...input,
    providers: [{ ...first, columns: alone ? [unheld] : [...first.columns, unheld] }, ...others],
  }
}

/** Every third firm has not authorised the use of its non-public data; the last provider's are public. */
function withList(input: ConsortiumInput): ConsortiumInput {
  const last = input.providers.at(-1)!
  return {
    ...input,
    authorised: input.folds.map((_, row) => (row % 3 === 0 ? 0 : 1)),
    publicProviders: [last.name],
  }
}

/** The first provider's rule allows training over firms without authorisation. */
function trainedOnAll(input: ConsortiumInput): ConsortiumInput {
  const [first, ...others] = input.providers
  return { ...input, providers: [{ ...first, trainedOn: 'all' }, ...others] }
}

/** Stated trends, some of them against the data: the values rise with the firms' health, so the risk falls. */
function withTrends(input: ConsortiumInput, trends: readonly Trend[]): ConsortiumInput {
  let at = 0
  const state = (column: Column): Column => ({ ...column, trend: trends[at++ % trends.length] })
  return {
    ...input,
    providers: input.providers.map((of) => ({ ...of, columns: of.columns.map(state) })),
  }
}

describe('the secure run with noise off equals the plaintext integer reference bit for bit', () => {
  it('three providers, one bank', () =>
    expectEqual(syntheticInput({ rows: 1500, providers: 3, banks: 1, seed: 1 })))

  it('three providers, two banks, under the national suite', () =>
    expectEqual({
      ...syntheticInput({ rows: 1500, providers: 3, banks: 2, seed: 12, rounds: 2 }),
      suite: 'national',
    }))

  it('four providers, three banks that know the same firms (m up to 3)', () =>
    expectEqual(syntheticInput({ rows: 1500, providers: 4, banks: 3, seed: 2, labelled: 0.7 })))

  it('six providers with more columns, rows not a multiple of any block', () =>
    expectEqual(syntheticInput({ rows: 9001, providers: 6, banks: 2, seed: 3, columns: 4, rounds: 4 })))

  it('ten providers', () =>
    expectEqual(syntheticInput({ rows: 2000, providers: 10, banks: 2, seed: 4, columns: 3 })))

  it('a roster of exactly one share block, and of one row more', async () => {
    await expectEqual(syntheticInput({ rows: 8192, providers: 3, banks: 1, seed: 5, rounds: 2 }))
    await expectEqual(syntheticInput({ rows: 8193, providers: 3, banks: 1, seed: 6, rounds: 2 }))
  })

  it('a column that nobody holds, also as the only column of its provider', async () => {
    const input = syntheticInput({ rows: 1500, providers: 3, banks: 1, seed: 7 })
    await expectEqual(withUnheldColumn(input, false))
    await expectEqual(withUnheldColumn(input, true))
  })

  it('hidden challenges among the rounds, at a provider without a usable column too', async () => {
    const input = syntheticInput({ rows: 900, providers: 3, banks: 2, seed: 8, columns: 1, rounds: 2 })
    await expectEqual({ ...withUnheldColumn(input, true), challenges: 2 })
  })

  it('logistic rounds after two openings, with challenges among them and three banks (m up to 3)', () =>
    expectEqual({
      ...syntheticInput({ rows: 1500, providers: 3, banks: 3, seed: 22, rounds: 2, labelled: 0.7 }),
      logisticRounds: 5,
      challenges: 1,
    }))

  it('logistic rounds with few bads, and with a provider that has no usable column', async () => {
    const input = syntheticInput({ rows: 4001, providers: 3, banks: 1, seed: 23, rounds: 2, columns: 1 })
    const [bank] = input.labelHolders
    const rare = { ...bank, bad: bank.bad.map((value, row) => (row % 9 === 0 ? value : 0)) }
    await expectEqual({ ...withUnheldColumn(input, true), labelHolders: [rare], logisticRounds: 2 })
  })

  it('boosted trees, grown inside every provider', async () => {
    await expectEqual({ ...syntheticInput({ rows: 1500, providers: 3, banks: 2, seed: 21 }), depth: 2 })
    await expectEqual({ ...syntheticInput({ rows: 1500, providers: 4, banks: 1, seed: 22 }), depth: 1 })
  })

  it('deeper trees, over firms of which not all have authorised the use of their data', () =>
    expectEqual({
      ...withList(syntheticInput({ rows: 3000, providers: 3, banks: 2, seed: 23, columns: 3, rounds: 2 })),
      depth: 4,
    }))

  it('trees with hidden challenges among their rounds, at a provider without a usable column too', async () => {
    const input = syntheticInput({ rows: 1500, providers: 3, banks: 1, seed: 24, rounds: 2 })
    await expectEqual({ ...withUnheldColumn(input, true), challenges: 2, depth: 3 })
  })

  it('firms that have not authorised the use of their non-public data', () =>
    expectEqual(withList(syntheticInput({ rows: 1500, providers: 4, banks: 2, seed: 13 }))))

  it('the same, with a provider that may train on all of them, under the national suite', () =>
    expectEqual({
      ...trainedOnAll(withList(syntheticInput({ rows: 1500, providers: 3, banks: 1, seed: 14, rounds: 2 }))),
      suite: 'national',
    }))

  it('stated trends: merged bins, and weights that are pooled where they run against them', async () => {
    const input = syntheticInput({ rows: 3000, providers: 3, banks: 1, seed: 16, columns: 3, bins: 6 })
    await expectEqual(withTrends(input, ['falling', 'peak', 'free', 'rising', 'valley']))
  })

  it('columns that their providers leave out, at one provider all of them', async () => {
    const made = syntheticInput({ rows: 3000, providers: 3, banks: 1, seed: 17, columns: 3, bins: 6 })
    const rules = { select: { leastIv: 0.1, mostIv: 0.6, mostVif: 1.2 } }
    const policy = {
      leastProviders: 2,
      leastSigma: 0,
      overrideLimits: true,
      mostEpsilon: null,
      scorecard: rules,
    }
    const [first, ...others] = withTrends(made, ['falling', 'free']).providers
    // Its numeric columns against the data: a rising risk.
    const wrong = first.columns.slice(0, 2).map((column): Column => ({ ...column, trend: 'rising' }))
    await expectEqual({ ...made, providers: [{ ...first, columns: wrong }, ...others], rules, policy })
  })

  it('a list without a firm, and one with all', async () => {
    const input = withList(syntheticInput({ rows: 900, providers: 3, banks: 1, seed: 15, rounds: 2 }))
    await expectEqual({ ...input, authorised: new Uint8Array(900) })
    await expectEqual({ ...input, authorised: new Uint8Array(900).fill(1) })
  })

  it('all labels in one bank', () =>
    expectEqual(inOneBank(syntheticInput({ rows: 1500, providers: 3, banks: 3, seed: 8 }))))

  it('one labelled firm of each outcome in a tiny roster', async () => {
    const input = syntheticInput({ rows: 12, providers: 3, banks: 1, seed: 9, rounds: 2 })
    const labelled = new Uint8Array(12)
    const bad = new Uint8Array(12)
    const [good, worse] = input.folds.map((fold, row) => (fold === 0 ? -1 : row)).filter((row) => row >= 0)
    labelled[good] = labelled[worse] = bad[worse] = 1
    await expectEqual({ ...input, labelHolders: [{ labelled, bad }] })
  })

  it('a roster of one firm that two banks judge differently', async () => {
    const input = syntheticInput({ rows: 1, providers: 3, banks: 2, seed: 10, rounds: 2 })
    const known = Uint8Array.of(1)
    const labelHolders = [
      { labelled: known, bad: Uint8Array.of(1) },
      { labelled: known, bad: Uint8Array.of(0) },
    ]
    await expectEqual({ ...input, labelHolders })
  })

  it('noise on changes the outcome: the comparison can fail', async () => {
    await expect(
      expectEqual({ ...syntheticInput({ rows: 1500, providers: 3, banks: 1, seed: 1 }), sigma: 2 }),
    ).rejects.toThrow()
  })
})
