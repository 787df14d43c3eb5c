import { describe, expect, test } from 'vitest'
import { chargeOf, epsilonOf } from '../../../engine/index.ts'

/** default_credit: 23 columns of which a row occupies one bin each, gradients only, delta 1e-6 (protocol.md section 8). */
const COLUMNS = 23

test.each([
  ['sigma 10, 8 rounds', 10, 8, 8.1, 1],
  ['sigma 4, 4 rounds', 4, 4, 15.5, 1],
  ['booster, 30 rounds of depth 2, sigma 10', 10, 60, 26, 0],
])('the published figure: %s', (_name, sigma, rounds, expected, digits) => {
  const rho = Array.from({ length: rounds }, () => chargeOf(COLUMNS, sigma, 1)).reduce((a, b) => a + b)
  expect(epsilonOf(rho, 1e-6)).toBeCloseTo(expected, digits)
})

describe('a charge, worked by hand', () => {
  // rho = J^2 * units / (2 sd^2)
  test.each([
    ['8 rounds of 23 columns', 8 * 23, 10, 1, 0.92],
    ['half the noise costs four times', 8 * 23, 5, 1, 3.68],
    ['two label holders on one firm', 8 * 23, 10, 2, 3.68],
    ['nothing that a row takes part in', 0, 10, 3, 0],
    ['nothing, without noise', 0, 0, 3, 0],
    ['no noise', 1, 0, 1, Number.POSITIVE_INFINITY],
  ])('%s', (_name, units, sd, overlap, rho) => {
    expect(chargeOf(units, sd, overlap)).toBeCloseTo(rho, 12)
  })

  test('epsilon = rho + 2 sqrt(rho ln(1/delta))', () => {
    expect(epsilonOf(1, Math.exp(-4))).toBeCloseTo(1 + 2 * 2, 12)
    expect(epsilonOf(0, 1e-6)).toBe(0)
  })
})

const refused = expect.objectContaining({ code: 'YX_ENGINE_OUT_OF_RANGE' })

test.each([0, 1, Number.NaN])('a delta of %s is refused', (delta) => {
  expect(() => epsilonOf(1, delta)).toThrow(refused)
})

test.each([
  [1, -10, 1],
  [1, Number.NaN, 1],
  [1, Number.POSITIVE_INFINITY, 1],
  [-1, 10, 1],
  [Number.NaN, 10, 1],
  [1, 10, -1],
])('units %s with noise %s over %s label holders are refused', (units, sd, overlap) => {
  expect(() => chargeOf(units, sd, overlap)).toThrow(refused)
})
