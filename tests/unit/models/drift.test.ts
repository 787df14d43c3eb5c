import { describe, expect, it } from 'vitest'
import {
  type BandMetrics,
  buildBasis,
  CELL,
  type Column,
  columnDrift,
  outcomeDrift,
  type ProviderScorecard,
  providerScorecard,
  scoreDistribution,
  scoreDrift,
} from '../../../models/index.ts'
import { generator } from '../../helpers/synthetic.ts'

const random = generator(3)
const ROWS = 4000
const scores = Int32Array.from({ length: ROWS }, () => Math.round(450 + 300 * ((random() + random()) / 2)))

/** The index by its definition, over counts without an empty bin. */
const stability = (before: readonly number[], now: readonly number[]): number => {
  const all = (counts: readonly number[]) => counts.reduce((sum, value) => sum + value, 0)
  let index = 0
  before.forEach((rows, b) => {
    const [e, a] = [rows / all(before), now[b] / all(now)]
    index += (a - e) * (Math.log(a) - Math.log(e))
  })
  return index
}

describe('scores of a later day', () => {
  const { tenths } = scoreDistribution(scores)

  it('of the same population are stable, moved ones are found in tenths of the reference', () => {
    expect(scoreDrift(tenths, scores)).toEqual({ index: 0, state: 'ok', firms: tenths.firms })
    for (const [shift, state] of [
      [5, 'ok'],
      [-27, 'watch'],
      [60, 'act'],
    ] as const) {
      const moved = scores.map((score) => score + shift)
      const drift = scoreDrift(tenths, moved)
      const edges = [Number.NEGATIVE_INFINITY, ...tenths.edges, Number.POSITIVE_INFINITY]
      const counted = tenths.firms.map(
        (_, b) => Array.from(moved).filter((score) => score >= edges[b] && score < edges[b + 1]).length,
      )
      expect(drift.firms).toEqual(counted)
      expect(drift.index).toBeCloseTo(stability(tenths.firms, counted), 9)
      expect(drift.state).toBe(state)
    }
    expect(scoreDrift(tenths, []).index).toBe(0)
  })
})

describe('outcomes of newer labels', () => {
  const figures = (ks: number, ksSe: number, badRate = 0.06, labelled = 4000) => ({
    metrics: { train: {}, validation: null, test: { ks, ksSe, badRate, labelled } } as unknown as {
      train: BandMetrics
      validation: null
      test: BandMetrics
    },
    countSd: 5,
  })

  it('freeze only where KS fell by more than 0.10 and noise does not explain it', () => {
    const ks = (now: number, se: number) => outcomeDrift(figures(0.5, se), figures(now, se)).ks
    expect([ks(0.55, 0.01), ks(0.4, 0.01), ks(0.39, 0.01), ks(0.39, 0.2)]).toEqual([
      'ok',
      'ok',
      'act',
      'watch',
    ])
  })

  it('watch a share of bads that changed by more than its error and a quarter', () => {
    const share = (now: number, rows: number) =>
      outcomeDrift(figures(0.5, 0.1, 0.06, rows), figures(0.5, 0.1, now, rows)).calibration
    expect([share(0.06, 4000), share(0.07, 400_000), share(0.12, 4000), share(0.09, 300)]).toEqual([
      ...['ok', 'ok', 'watch', 'ok'],
    ])
  })
})

describe('columns at their provider', () => {
  const column = (values: number[], state?: number[]): Column => ({
    ...{ name: 'usage', kind: 'numeric' as const, values: Float64Array.from(values) },
    state: Uint8Array.from(state ?? values.map(() => CELL.held)),
  })
  /** One firm in ten has a value. */
  const held = Array.from({ length: ROWS }, (_, row) => (row % 10 === 0 ? CELL.held : CELL.notHeld))
  const values = Array.from({ length: ROWS }, () => 100 * random())
  const rows = Int32Array.from({ length: ROWS }, (_, row) => row)
  const basis = buildBasis([column(values, held)], { bins: 4, rows })
  const scorecard: ProviderScorecard = providerScorecard({
    ...{
      provider: 'gas',
      run: 'r',
      planHash: 'h',
      basis,
      part: { weights: new Float64Array(basis.width), trees: [] },
    },
    ...{ slope: 1, counts: [], authorisation: null },
  })
  const drift = (of: Column) => columnDrift(scorecard, [of], ROWS)[0]

  it('are stable on the data of training', () => {
    expect(drift(column(values, held))).toMatchObject({ column: 'usage', values: 0, held: 0, state: 'ok' })
  })

  it('are found where the few that have a value move, or more of them have one', () => {
    const moved = drift(
      column(
        values.map((value) => value * 0.6),
        held,
      ),
    )
    const bins = scorecard.columns[0].bins.filter(({ special }) => special === undefined)
    const cuts = scorecard.columns[0].cuts as number[]
    const now = bins.map(() => 0)
    values.forEach((value, row) => {
      if (held[row] === CELL.held) now[cuts.filter((cut) => value * 0.6 > cut).length]++
    })
    const index = stability(
      bins.map((bin) => bin.rows),
      now.map((count) => Math.max(0.5, count)),
    )
    expect(moved.values).toBeCloseTo(index, 2)
    expect(moved).toMatchObject({ held: 0, state: 'act' })
    const more = drift(
      column(
        values,
        held.map((state, row) => (row % 3 === 0 ? CELL.held : state)),
      ),
    )
    expect(more.held).toBeCloseTo(stability([400, 3600], [1600, 2400]), 1)
    expect(more.state).toBe('act')
  })

  it('leave firms out that have not authorised the use', () => {
    const fewer = held.map((state, row) => (row % 2 === 1 ? CELL.notAuthorised : state))
    const some = drift(column(values, fewer))
    expect(some.values).toBe(0)
    expect(some.bins.reduce((sum, { today }) => sum + today, 0)).toBeCloseTo(1, 9)
  })
})
