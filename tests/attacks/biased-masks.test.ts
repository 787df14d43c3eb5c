/**
 * security.md T07: t is no power of two, so that a mask made by `u64 % t` is biased, and what it covers shows through to
 * whoever sees many masked values. At 46 bits that bias is 2^-18 and beyond any sample of a test; so the draws are compared
 * with the uniform distribution in full size, and the attack with its control works on a modulus of eight bits.
 */
import { describe, expect, test } from 'vitest'
import { international, maskResidues, T } from '../../engine/index.ts'
import { freshResidues, type StreamLabel, uniformResidues } from '../../engine/stream.ts'
import { RunSecret } from '../../federation/run-secret.ts'
import { chiSquare, chiSquareLimit, seededRandom } from '../unit/engine/fixtures.ts'

const FULL = process.env.YINXIN_FULL === '1'
const DRAWS = FULL ? 10_000_000 : 1_000_000
const BITS = 46
const secret = new Uint8Array(32).fill(5)
const label: StreamLabel = {
  consortium: 'c',
  snapshot: 's',
  run: 'r',
  opening: '',
  phase: 'share',
  round: 1,
  attempt: 1,
}

/** Chi-square over 256 cells each: of the upper, the middle and the lower eight bits. */
function statistics(values: Float64Array): number[] {
  const cells = [0, 1, 2].map(() => new Uint32Array(256))
  for (const value of values) {
    cells[0][Math.floor((value / T) * 256)]++
    cells[1][Math.floor(value / 2 ** 19) % 256]++
    cells[2][value % 256]++
  }
  return cells.map((counts) => chiSquare(counts, () => values.length / 256))
}

describe('masks over the whole range', () => {
  test.each<[string, () => Float64Array]>([
    ['two parties derive from their secret', () => uniformResidues(international, secret, label, DRAWS)],
    ['a party draws for itself', () => freshResidues(seededRandom('fresh masks'), DRAWS)],
    [
      'a provider derives from its run secret',
      () => freshResidues(new RunSecret(international, secret).random('mask', 'round', 1), DRAWS),
    ],
    [
      'cover one and the same large value in every row',
      () => {
        const secrets = { keyHolder: secret, before: [], after: [] }
        return maskResidues(international, secrets, label, new Float64Array(DRAWS).fill(-(2 ** 40)))
      },
    ],
  ])('that %s are uniform in upper, middle and lower bits', (_, draw) => {
    for (const statistic of statistics(draw())) expect(statistic).toBeLessThan(chiSquareLimit(255))
  })

  test('every one of the 46 bits is set as often as it must be', () => {
    const values = uniformResidues(international, secret, { ...label, phase: 'bits' }, DRAWS)
    const HALF = BITS / 2
    const set = new Uint32Array(BITS)
    for (const value of values) {
      const high = Math.floor(value / 2 ** HALF)
      const low = value - high * 2 ** HALF
      for (let bit = 0; bit < HALF; bit++) {
        set[bit] += (low >> bit) & 1
        set[HALF + bit] += (high >> bit) & 1
      }
    }
    // Below t = 2^46 - 507903 every bit is set in half of the values, to within 2^-26.
    for (const count of set) expect(Math.abs(count - DRAWS / 2)).toBeLessThan(6 * Math.sqrt(DRAWS / 4))
  })
})

describe('the same attack on a modulus of eight bits', () => {
  const MODULUS = 193
  const BATCHES = 200
  const SIZE = 1000
  const PAYLOADS = [0, 77] as const
  const bytes = seededRandom('small modulus')(2 * BATCHES * SIZE)

  /** The residues below 256 - 193 come twice as often under `byte % 193`, moved by what is covered. */
  const fromStart = (values: Uint8Array, payload: number): number =>
    values.filter((value) => (value - payload + MODULUS) % MODULUS < 256 - MODULUS).length

  /** Batches in which the attacker says rightly which of two payloads is covered. */
  function attack(masks: Uint8Array): number {
    let right = 0
    for (let batch = 0; batch < BATCHES; batch++) {
      const payload = PAYLOADS[batch % 2]
      const masked = masks
        .subarray(batch * SIZE, (batch + 1) * SIZE)
        .map((mask) => (mask + payload) % MODULUS)
      const guess = fromStart(masked, PAYLOADS[0]) > fromStart(masked, PAYLOADS[1]) ? 0 : 1
      if (PAYLOADS[guess] === payload) right++
    }
    return right
  }

  test('control: under masks by the modulo every payload is told', () => {
    expect(attack(bytes.map((byte) => byte % MODULUS))).toBe(BATCHES)
  })

  test('under masks by rejection the attacker guesses', () => {
    const rejected = bytes.filter((byte) => byte < MODULUS)
    expect(rejected.length).toBeGreaterThan(BATCHES * SIZE)
    expect(Math.abs(attack(rejected) - BATCHES / 2)).toBeLessThan(4 * Math.sqrt(BATCHES / 4))
  })
})
