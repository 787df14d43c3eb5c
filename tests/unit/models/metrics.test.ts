import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  auc,
  aucStandardError,
  bandBrier,
  bandMetrics,
  interval95,
  ks,
  populationStability,
  rankAuc,
  rankColumn,
  scoreBands,
} from '../../../models/index.ts'

/** Small generator with a fixed start (mulberry32), so that figures repeat. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
const normal = (uniform: () => number) =>
  Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())

const rowsOf = fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.boolean()), {
  minLength: 2,
  maxLength: 60,
})

/** 6,000 firms, worse scores default more often. */
function sample(seed: number) {
  const uniform = random(seed)
  const scores = Int32Array.from({ length: 6000 }, () => Math.round(600 + 60 * normal(uniform)))
  const bad = Uint8Array.from(scores, (score) => (uniform() < 1 / (1 + Math.exp((score - 560) / 40)) ? 1 : 0))
  return { scores, bad }
}

function bandCounts(band: Uint8Array, bad: Uint8Array, bands: number) {
  const counts = Array.from({ length: bands }, () => ({ n: 0, bad: 0 }))
  band.forEach((b, i) => {
    counts[b].n++
    counts[b].bad += bad[i]
  })
  return counts
}

describe('exact metrics', () => {
  it('AUC is the share of pairs in order, KS the largest distance, whatever the row order', () => {
    fc.assert(
      fc.property(rowsOf, (rows) => {
        const scores = rows.map(([score]) => score)
        const bad = Uint8Array.from(rows, ([, isBad]) => Number(isBad))
        const bads = scores.filter((_, i) => bad[i] === 1)
        const goods = scores.filter((_, i) => bad[i] === 0)
        const turned = Uint8Array.from(bad).reverse()
        expect(auc([...scores].reverse(), turned)).toBeCloseTo(auc(scores, bad), 12)
        if (bads.length === 0 || goods.length === 0) {
          expect([auc(scores, bad), ks(scores, bad)]).toEqual([0.5, 0])
          return
        }
        let wins = 0
        for (const g of goods) for (const b of bads) wins += g > b ? 1 : g === b ? 0.5 : 0
        expect(auc(scores, bad)).toBeCloseTo(wins / (bads.length * goods.length), 12)
        const below = (list: number[], x: number) => list.filter((score) => score <= x).length / list.length
        const far = Math.max(...scores.map((x) => Math.abs(below(bads, x) - below(goods, x))))
        expect(ks(scores, bad)).toBeCloseTo(far, 12)
      }),
    )
  })

  it('the Hanley-McNeil error is the spread of the AUC under its own model, exponential scores', () => {
    const uniform = random(11)
    const bad = Uint8Array.from({ length: 110 }, (_, i) => (i < 50 ? 1 : 0))
    const draws = Array.from({ length: 3000 }, () =>
      auc(
        Array.from(bad, (isBad) => -Math.log(1 - uniform()) * (isBad ? 1 : 4)),
        bad,
      ),
    )
    const mean = draws.reduce((x, y) => x + y) / draws.length
    const spread = Math.sqrt(draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length)
    expect(mean).toBeCloseTo(0.8, 2)
    expect(aucStandardError(0.8, 60, 50) / spread).toBeGreaterThan(0.95)
    expect(aucStandardError(0.8, 60, 50) / spread).toBeLessThan(1.05)
  })
})

describe('metrics from band counts', () => {
  it('with one band per score equal the exact ones', () => {
    const { scores, bad } = sample(1)
    const distinct = [...new Set(scores)].sort((a, b) => a - b)
    const index = new Map(distinct.map((score, b) => [score, b]))
    const counts = distinct.map(() => ({ n: 0, bad: 0 }))
    scores.forEach((score, i) => {
      counts[index.get(score)!].n++
      counts[index.get(score)!].bad += bad[i]
    })
    const metrics = bandMetrics(counts)
    expect(metrics.auc).toBeCloseTo(auc(scores, bad), 12)
    expect(metrics.ks).toBeCloseTo(ks(scores, bad), 12)
    expect(metrics.gini).toBeCloseTo(2 * metrics.auc - 1, 12)
  })

  it('lift and capture of the worst tenth', () => {
    const { lift10, capture10, badRate } = bandMetrics([
      { n: 100, bad: 40 },
      { n: 900, bad: 60 },
    ])
    expect(capture10).toBeCloseTo(0.4, 12)
    expect(lift10).toBeCloseTo(4, 12)
    expect(badRate).toBeCloseTo(0.1, 12)
  })

  it('the standard error holds the noise of the counts (delta method against simulation)', () => {
    const uniform = random(7)
    const bands = [400, 240, 160, 130, 105, 90, 75, 60, 45, 35].map((bad) => ({ n: 606, bad }))
    const sd = 10 * Math.SQRT2
    const draws = Array.from(
      { length: 4000 },
      () =>
        bandMetrics(
          bands.map(({ n, bad }) => ({ n: n + sd * normal(uniform), bad: bad + sd * normal(uniform) })),
        ).auc,
    )
    const mean = draws.reduce((a, b) => a + b) / draws.length
    const simulated = Math.sqrt(draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length)
    const noise = Math.sqrt(bandMetrics(bands, sd).aucSe ** 2 - bandMetrics(bands, 0).aucSe ** 2)
    expect(noise / simulated).toBeGreaterThan(0.95)
    expect(noise / simulated).toBeLessThan(1.05)
  })

  it('the standard error of KS holds sampling and the noise of the counts (against simulation)', () => {
    const uniform = random(23)
    // Shares of bads and goods in three bands; the first edge is clearly the widest.
    const shares = { bad: [0.6, 0.3, 0.1], good: [0.2, 0.4, 0.4] }
    const drawn = (share: readonly number[], count: number) => {
      const counts = share.map(() => 0)
      for (let i = 0; i < count; i++) {
        const at = uniform()
        const band = at < share[0] ? 0 : at < share[0] + share[1] ? 1 : 2
        counts[band]++
      }
      return counts
    }
    const expected = [0, 1, 2].map((band) => ({
      n: 200 * shares.bad[band] + 1000 * shares.good[band],
      bad: 200 * shares.bad[band],
    }))
    const ratio = (sd: number) => {
      const draws = Array.from({ length: 3000 }, () => {
        const bads = drawn(shares.bad, 200)
        const goods = drawn(shares.good, 1000)
        return bandMetrics(
          bads.map((bad, band) => ({
            n: bad + goods[band] + sd * normal(uniform),
            bad: bad + sd * normal(uniform),
          })),
        ).ks
      })
      const mean = draws.reduce((a, b) => a + b) / draws.length
      const simulated = Math.sqrt(draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length)
      return bandMetrics(expected, sd).ksSe / simulated
    }
    for (const sd of [0, 6]) {
      expect(ratio(sd)).toBeGreaterThan(0.93)
      expect(ratio(sd)).toBeLessThan(1.07)
    }
  })

  it('a 95 % interval is the published normal one, within 0 and 1', () => {
    expect(interval95(0.8, 0.02).from).toBeCloseTo(0.7608, 4)
    expect(interval95(0.8, 0.02).to).toBeCloseTo(0.8392, 4)
    expect(interval95(0.98, 0.05)).toMatchObject({ to: 1 })
    expect(interval95(0.02, 0.05)).toMatchObject({ from: 0 })
  })

  it('noise does not shift the AUC of few bads: bands without a bad draw negative counts too', () => {
    const uniform = random(11)
    const bands = [26, 16, 11, 8, 6, 5, 3, 2, 2, 1].map((bad) => ({ n: 160, bad }))
    const exact = bandMetrics(bands).auc
    const draw = (atLeast: number) =>
      bandMetrics(
        bands.map(({ n, bad }) => ({
          n: n + 5.7 * normal(uniform),
          bad: Math.max(atLeast, bad + 5.7 * normal(uniform)),
        })),
      ).auc
    const mean = (atLeast: number) =>
      Array.from({ length: 4000 }, () => draw(atLeast)).reduce((a, b) => a + b) / 4000
    expect(Math.abs(mean(Number.NEGATIVE_INFINITY) - exact)).toBeLessThan(0.02)
    // Control: counts that are cut at zero pull it down by several times that.
    expect(exact - mean(0)).toBeGreaterThan(0.03)
  })

  it('are finite for any noisy counts, also one class and none', () => {
    const count = fc.integer({ min: -40, max: 400 })
    fc.assert(
      fc.property(fc.array(fc.record({ n: count, bad: count }), { maxLength: 9 }), (bands) => {
        for (const value of Object.values(bandMetrics(bands, 14))) expect(Number.isFinite(value)).toBe(true)
        const brier = bandBrier(
          bands,
          bands.map(() => 0.1),
        )
        expect(brier === null || (brier >= 0 && brier <= 1)).toBe(true)
      }),
    )
    expect(bandBrier([], [])).toBeNull()
  })

  it('Brier score: a certain right forecast 0, a coin 1/4', () => {
    expect(
      bandBrier(
        [
          { n: 10, bad: 10 },
          { n: 5, bad: 0 },
        ],
        [1, 0],
      ),
    ).toBe(0)
    expect(bandBrier([{ n: 10, bad: 3 }], [0.5])).toBeCloseTo(0.25, 12)
  })
})

describe('rank column', () => {
  it('gives the AUC from sum(y*rank) within its rounding', () => {
    for (const seed of [1, 2, 3]) {
      const { scores, bad } = sample(seed)
      const { band, rows } = scoreBands(scores, { maxBands: 20, minRows: 100 })
      const rank = rankColumn(scores, band, bandCounts(band, bad, rows.length))
      const bads = bad.reduce((a, b) => a + b, 0)
      const sum = bad.reduce((total, y, i) => total + y * rank[i], 0)
      expect(Math.abs(rankAuc(sum, bads) - auc(scores, bad))).toBeLessThan(0.002)
      expect(rank.every((value) => Math.abs(value) <= 128)).toBe(true)
      scores.forEach((score, i) => {
        if (i > 0 && score === scores[i - 1]) expect(rank[i]).toBe(rank[i - 1])
        if (i > 0 && score > scores[i - 1]) expect(rank[i]).toBeGreaterThanOrEqual(rank[i - 1])
      })
    }
  })

  it('is zero where noise leaves no good, and its AUC stays in range', () => {
    expect([...rankColumn([1, 2], Uint8Array.of(0, 0), [{ n: -3, bad: 1 }])]).toEqual([0, 0])
    expect([rankAuc(5, 0), rankAuc(-1e9, 3), rankAuc(1e9, 3)]).toEqual([0.5, 1, 0])
  })
})

describe('population stability', () => {
  it('is 0 for equal shares and follows its formula', () => {
    expect(populationStability([10, 20], [100, 200])).toBeCloseTo(0, 12)
    const expected = (0.5 - 0.25) * Math.log(0.5 / 0.25) + (0.5 - 0.75) * Math.log(0.5 / 0.75)
    expect(populationStability([25, 75], [50, 50])).toBeCloseTo(expected, 12)
    expect(Number.isFinite(populationStability([10, -4], [0, 9]))).toBe(true)
  })
})
