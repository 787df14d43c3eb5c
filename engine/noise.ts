/**
 * Discrete Gaussian noise by exact integer arithmetic (Canonne, Kamath, Steinke: "The Discrete Gaussian for Differential
 * Privacy", 2020, algorithms 1 to 3). Floating-point samplers leak through their low bits (Mironov 2012), so none is used:
 * every decision below is a comparison of integers. BigInt is fine here, a round draws a few hundred values, not one a row.
 */
import { engineErrors } from './errors.ts'

export type RandomBytes = (length: number) => Uint8Array

/** Uniform integer in [0, bound) by rejection. */
function uniformBelow(random: RandomBytes, bound: bigint): bigint {
  const bits = bound.toString(2).length
  const bytes = Math.ceil(bits / 8)
  const mask = (1n << BigInt(bits)) - 1n
  for (;;) {
    let value = 0n
    for (const byte of random(bytes)) value = (value << 8n) | BigInt(byte)
    value &= mask
    if (value < bound) return value
  }
}

/** True with probability numerator/denominator. */
const bernoulli = (random: RandomBytes, numerator: bigint, denominator: bigint): boolean =>
  uniformBelow(random, denominator) < numerator

/** True with probability exp(-numerator/denominator), numerator/denominator in [0, 1]. */
function bernoulliExpSmall(random: RandomBytes, numerator: bigint, denominator: bigint): boolean {
  let k = 1n
  while (bernoulli(random, numerator, denominator * k)) k += 1n
  return k % 2n === 1n
}

/** True with probability exp(-numerator/denominator) for any non-negative ratio. */
function bernoulliExp(random: RandomBytes, numerator: bigint, denominator: bigint): boolean {
  let rest = numerator
  while (rest > denominator) {
    if (!bernoulliExpSmall(random, 1n, 1n)) return false
    rest -= denominator
  }
  return bernoulliExpSmall(random, rest, denominator)
}

/** Discrete Laplace of integer scale: P(x) proportional to exp(-|x|/scale). */
function discreteLaplace(random: RandomBytes, scale: bigint): bigint {
  for (;;) {
    const u = uniformBelow(random, scale)
    if (!bernoulliExpSmall(random, u, scale)) continue
    let v = 0n
    while (bernoulliExpSmall(random, 1n, 1n)) v += 1n
    const magnitude = u + scale * v
    const negative = uniformBelow(random, 2n) === 1n
    if (negative && magnitude === 0n) continue
    return negative ? -magnitude : magnitude
  }
}

/** One draw of the discrete Gaussian with variance sd^2: P(x) proportional to exp(-x^2 / (2 sd^2)). */
function discreteGaussian(random: RandomBytes, variance: bigint, scale: bigint): number {
  for (;;) {
    const y = discreteLaplace(random, scale)
    const magnitude = y < 0n ? -y : y
    // accept with probability exp(-(|y| - variance/scale)^2 / (2 variance)), cleared of fractions
    const distance = magnitude * scale - variance
    if (bernoulliExp(random, distance * distance, 2n * variance * scale * scale)) return Number(y)
  }
}

/**
 * `count` independent draws of discrete Gaussian noise.
 * @param sd standard deviation in integer units, rounded to an integer; 0 gives zeros (noise switched off by a flag)
 * @throws OutOfRange for a negative, infinite or too large sd
 */
export function gaussianNoise(random: RandomBytes, sd: number, count: number): Float64Array {
  if (!(sd >= 0) || sd > 2 ** 40)
    throw new engineErrors.OutOfRange('the noise', 'a standard deviation from 0 to 2^40')
  const noise = new Float64Array(count)
  const rounded = Math.round(sd)
  if (rounded === 0) return noise
  const variance = BigInt(rounded) * BigInt(rounded)
  const buffered = bufferedRandom(random)
  for (let i = 0; i < count; i++) noise[i] = discreteGaussian(buffered, variance, BigInt(rounded) + 1n)
  return noise
}

/** Hands out random bytes from larger reads: the sampler asks for a few bytes many times. */
function bufferedRandom(random: RandomBytes): RandomBytes {
  const size = 4096
  let pool: Uint8Array = new Uint8Array(0)
  let at = 0
  return (length) => {
    if (at + length > pool.length) {
      pool = random(Math.max(size, length))
      at = 0
    }
    at += length
    return pool.subarray(at - length, at)
  }
}
