import { featuresErrors } from '../errors.ts'

/** A reproducible stream of random numbers for made-up data; never for anything secret. */
export interface Stream {
  /** Uniform in [0, 1), steps of 2^-32. */
  uniform(): number
  /** Standard normal (Marsaglia's polar method). */
  normal(): number
  /** Poisson with a mean up to about 50 (Knuth's product of uniforms). */
  poisson(mean: number): number
  /** True with this probability. */
  chance(probability: number): boolean
  /** An index, with probability proportional to its weight. */
  pick(weights: readonly number[]): number
}

/**
 * sfc32 of Chris Doty-Humphrey (PractRand 0.94: three words of state and a counter, 15 rounds discarded), seeded by splitmix32
 * over the FNV-1a hash of seed and label. Each label has a stream of its own, so a new column in one table leaves all other
 * tables as they were.
 *
 * @throws YX_FEATURES_CITY_INVALID if the seed is no whole number from 0 to 2^53 - 1
 */
export function openStream(seed: number, label: string): Stream {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new featuresErrors.CityInvalid('the seed', seed, 'a whole number from 0 to 2^53 - 1')
  }
  let mix = 0x811c9dc5
  for (const byte of Buffer.from(`${seed}/${label}`)) mix = Math.imul(mix ^ byte, 0x01000193)
  const splitmix = (): number => {
    mix = (mix + 0x9e3779b9) | 0
    let word = mix ^ (mix >>> 16)
    word = Math.imul(word, 0x21f0aaad)
    word ^= word >>> 15
    word = Math.imul(word, 0x735a2d97)
    return word ^ (word >>> 15)
  }
  let a = splitmix()
  let b = splitmix()
  let c = splitmix()
  let counter = 1
  const next = (): number => {
    const word = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + word) | 0
    return word >>> 0
  }
  for (let round = 0; round < 15; round++) next()
  const uniform = (): number => next() / 4294967296
  return {
    uniform,
    normal() {
      for (;;) {
        const x = 2 * uniform() - 1
        const y = 2 * uniform() - 1
        const square = x * x + y * y
        if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square)
      }
    },
    poisson(mean) {
      const limit = Math.exp(-mean)
      let count = 0
      for (let product = uniform(); product > limit; product *= uniform()) count++
      return count
    },
    chance: (probability) => uniform() < probability,
    pick(weights) {
      let rest = uniform() * weights.reduce((sum, weight) => sum + weight, 0)
      for (let index = 0; index < weights.length - 1; index++) {
        rest -= weights[index]
        if (rest < 0) return index
      }
      return weights.length - 1
    },
  }
}
