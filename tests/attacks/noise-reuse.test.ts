/**
 * security.md T12, T22: a key holder that was stopped draws its noise once more from the secret of the step, so that what it sends
 * again is what it sent. A provider that gets it to handle another answer in the same step, by a rolled back disk or a second
 * answer that nothing refuses, has two sums under one secret. Were the noise drawn by purpose, round and provider alone, it
 * would be the same in both and fall out of the difference: the row in which the answers differ stands there bare.
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { gaussianNoise, international, lift, subtractInto } from '../../engine/index.ts'
import type { Node } from '../../federation/index.ts'
import { KeyHolderRun } from '../../federation/roles/keyholder/run.ts'
import { StepSecret } from '../../federation/step-secret.ts'
import { seededIntegers, seededRandom } from '../unit/engine/fixtures.ts'

const COLUMNS = 40
const SIGMA = 10
const random = seededRandom('noise reuse')
const integer = seededIntegers('noise reuse')

/** A key holder in a step; of its run only what noise takes. */
const keyHolder = (secret: Uint8Array): KeyHolderRun =>
  new KeyHolderRun(
    {
      membership: { suite: international, pairSecret: () => secret },
      current: { run: 'run-1' },
    } as unknown as Node,
    ...([{}, { folds: new Uint8Array(0), size: 0 }, {}] as unknown as [never, never, never]),
    { labelHolders: [], snapshot: '', production: false } as never,
    new StepSecret(international, secret),
  )

const released = (secret: Uint8Array, sums: Float64Array): Float64Array => {
  const values = sums.slice()
  const noise = (drawn: typeof random) => gaussianNoise(drawn, SIGMA, values.length)
  keyHolder(secret).addNoise(values, noise, 'gradient noise', 1, 'provider-1', 0, COLUMNS)
  return values
}

/** Columns in which the difference of two released answers is exactly that of the sums. */
function shown(sums: readonly Float64Array[]): number {
  const secret = random(32)
  const [first, second] = sums.map((one) => released(secret, one))
  subtractInto(second, first)
  return second.filter((value, j) => lift(value) === sums[1][j] - sums[0][j]).length
}

/** Sums over all rows, and over all but one that counts once in every column. */
const twoAnswers = (): Float64Array[] => {
  const sums = Float64Array.from({ length: COLUMNS }, () => 1_000_000 + integer(1000))
  return [sums, sums.map((value) => value - 1)]
}

afterEach(() => vi.restoreAllMocks())

describe('two answers in one step of the key holder', () => {
  it('control: noise that does not bind what it is added to falls out of the difference, in every column', () => {
    const bound = StepSecret.prototype.random
    vi.spyOn(StepSecret.prototype, 'random').mockImplementation(function (
      this: StepSecret,
      purpose,
      ...about
    ) {
      return bound.call(this, purpose, ...about.slice(0, -1))
    })
    expect(shown(twoAnswers())).toBe(COLUMNS)
  })

  it('bound to it, the difference carries the noise of both', () => {
    // A difference of two draws of sd 10 is 0 with probability 0.028.
    const rounds = Array.from({ length: 25 }, () => shown(twoAnswers()))
    const share = rounds.reduce((sum, one) => sum + one, 0) / (25 * COLUMNS)
    expect(share).toBeLessThan(0.028 + 6 * Math.sqrt((0.028 * 0.972) / (25 * COLUMNS)))
  })

  it('the same answer gets the same noise, however often the step is gone through', () => {
    const [sums] = twoAnswers()
    const secret = random(32)
    expect(released(secret, sums)).toEqual(released(secret, sums))
    expect(released(secret, sums)).not.toEqual(sums)
  })
})
