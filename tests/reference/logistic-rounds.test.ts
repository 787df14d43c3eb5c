import { describe, expect, it } from 'vitest'
import { compareRounds } from '../helpers/linear-and-logistic.ts'
import { strongSignal } from '../helpers/strong-signal.ts'

const WITHIN = 0.003

describe('logistic rounds where columns say much', () => {
  it('come within 0.003 AUC of pooled logistic regression, where as many linear rounds stay further off', () => {
    const set = strongSignal(
      { rows: 16_000, providers: 4, columns: 3, strength: 1.9, intercept: -3, seed: 7 },
      8,
      100,
    )
    const { linear, logistic, pooled } = compareRounds(set, 5, 8)
    expect(pooled).toBeGreaterThan(0.93)
    expect(pooled).toBeLessThan(0.955)
    expect(pooled - logistic).toBeLessThan(WITHIN)
    expect(pooled - linear).toBeGreaterThan(WITHIN)
  })

  it('do not diverge where few firms are bad, with one opening or two, nor where the bank knows few of the bads', () => {
    const rare = strongSignal(
      { rows: 16_000, providers: 4, columns: 2, strength: 1.9, intercept: -8.8, seed: 3, labelled: 0.5 },
      6,
      50,
    )
    for (const rounds of [4, 8]) {
      const { p0, linear, logistic } = compareRounds(rare, 4, rounds)
      expect(p0).toBeLessThan(0.016)
      expect(logistic).toBeGreaterThan(linear - 0.002)
    }
    const { input, bad } = strongSignal(
      { rows: 16_000, providers: 4, columns: 2, strength: 1.9, intercept: -2, seed: 5 },
      6,
      50,
    )
    const [{ labelled }] = input.labelHolders
    const seldom = labelled.map((known, row) => (bad[row] === 1 && row % 10 !== 3 ? 0 : known))
    const labelHolders = [{ labelled: seldom, bad: seldom.map((known, row) => known * bad[row]) }]
    const { linear, logistic } = compareRounds({ input: { ...input, labelHolders }, bad }, 4, 8)
    expect(logistic).toBeGreaterThan(linear)
  })
})
