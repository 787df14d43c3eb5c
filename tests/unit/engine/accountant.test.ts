import { describe, expect, test } from 'vitest'
import { type PrivacySpending, privacySpent } from '../../../engine/index.ts'

/** default_credit: 23 columns of which a row occupies one bin each, gradients only (protocol.md section 8). */
const defaultCredit: PrivacySpending = {
  sigma: 10,
  sigmaBins: 10,
  rounds: 8,
  levels: 1,
  occupancy: [4, 4, 4, 4, 4, 3],
  binOccupancy: [],
  evaluations: [],
  openings: 0,
  sigmaOpenings: 10,
  overlap: 1,
  delta: 1e-6,
}
const epsilon = (change: Partial<PrivacySpending>) => privacySpent({ ...defaultCredit, ...change })!.epsilon
const rho = (change: Partial<PrivacySpending>) => privacySpent({ ...defaultCredit, ...change })!.rho

test.each([
  ['sigma 10, 8 rounds', {}, 8.1, 1],
  ['sigma 4, 4 rounds', { sigma: 4, rounds: 4 }, 15.5, 1],
  ['booster, 30 rounds of depth 2, sigma 10', { rounds: 30, levels: 2 }, 26, 0],
])('the published figure: %s', (_name, change, expected, digits) => {
  expect(epsilon(change)).toBeCloseTo(expected, digits)
})

describe('each term of the formula, worked by hand', () => {
  // rho = J^2 * units / (2 sigma^2); 8 rounds * 23 = 184 units at sigma 10 is 0.92
  test.each([
    ['gradients alone', {}, 0.92],
    [
      'fine bins at half the noise cost four times',
      { binOccupancy: [10, 13], sigmaBins: 5 },
      0.92 + (23 * 4) / 200,
    ],
    ['an evaluation over bands, and one of three columns', { evaluations: [1, 3] }, 0.92 + (2 + 4) / 200],
    ['an opening', { openings: 1 }, 0.92 + 1 / 200],
    ['an opening with less noise', { openings: 1, sigmaOpenings: 5 }, 0.92 + 4 / 200],
    ['two label holders on one firm', { overlap: 2 }, 0.92 * 4],
  ])('%s', (_name, change, expected) => {
    expect(rho(change)).toBeCloseTo(expected, 12)
  })

  test('epsilon = rho + 2 sqrt(rho ln(1/delta))', () => {
    expect(epsilon({ delta: Math.exp(-4), rounds: 1, occupancy: [200] })).toBeCloseTo(1 + 2 * 2, 12)
  })
})

test('without noise there is no epsilon', () => {
  expect(privacySpent({ ...defaultCredit, sigma: 0 })).toBeNull()
  expect(privacySpent({ ...defaultCredit, binOccupancy: [1], sigmaBins: 0 })).toBeNull()
  // fine bins that were never opened need no noise
  expect(privacySpent({ ...defaultCredit, sigmaBins: 0 })).not.toBeNull()
})

test.each([
  { delta: 0 },
  { delta: 1 },
  { delta: Number.NaN },
  { sigma: -10 },
  { sigma: Number.NaN },
  { sigma: Number.POSITIVE_INFINITY },
  { sigmaBins: -1 },
])('%o is refused', (change) => {
  expect(() => privacySpent({ ...defaultCredit, ...change })).toThrow(
    expect.objectContaining({ code: 'YX_ENGINE_OUT_OF_RANGE' }),
  )
})
