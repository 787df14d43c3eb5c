/**
 * Masks of one night. Pairs derive a seed of their own for each night from what they share, so that a seed may be given away
 * without showing another night's masks (security.md section 6): points + PRG(k,H) + sum of +-PRG(k,k') mod 2^32 and
 * exclusions - PRG(k,H) + sum of +-PRG(k,k') mod t, the pairs being those who share that night.
 */
import {
  addInto,
  addWords,
  keyHolderShare,
  keyHolderWords,
  maskResidues,
  maskWords,
  mulmod,
  type PairSecrets,
  type Suite,
  subtractInto,
  subtractWords,
} from '../../engine/index.ts'
import { streamLabel } from '../runs/stream-label.ts'

export interface NightVectors {
  /** Hundredths of a point, or their masked form. */
  readonly points: Uint32Array
  /** Residues mod t: 0 or anything else where no rule or some rule fired, or their masked form. */
  readonly exclusions: Float64Array
}

/** What a pair draws its masks of one night from. @param pairSecret of the purpose "night" */
export const nightSeed = (suite: Suite, pairSecret: Uint8Array, night: string): Uint8Array =>
  suite.derive(pairSecret, `yinxin night 1\n${night}`)

const labelOf = (night: string, phase: string) =>
  streamLabel('night', { snapshot: night, run: night, opening: 'night', phase })

/** One stream under a seed: points, exclusions. */
export const maskOf = (suite: Suite, seed: Uint8Array, night: string, rows: number): NightVectors => ({
  points: keyHolderWords(suite, [seed], labelOf(night, 'points'), rows),
  exclusions: keyHolderShare(suite, [seed], labelOf(night, 'exclusions'), rows),
})

/** What a provider sends; `exclusions` of length 0 where none are asked for. */
export function maskNight(
  suite: Suite,
  seeds: PairSecrets,
  night: string,
  points: Int32Array,
  exclusions: Float64Array,
): NightVectors {
  return {
    points: maskWords(suite, seeds, labelOf(night, 'points'), points),
    exclusions: maskResidues(suite, seeds, labelOf(night, 'exclusions'), exclusions),
  }
}

/** Takes the mask of one pair off a provider's vector. @param standsBefore the other one stands before it in the set */
export function stripPair(
  suite: Suite,
  vectors: NightVectors,
  seed: Uint8Array,
  night: string,
  standsBefore: boolean,
): void {
  const mask = maskOf(suite, seed, night, vectors.points.length)
  if (standsBefore) {
    subtractWords(vectors.points, mask.points)
    subtractInto(vectors.exclusions, mask.exclusions)
  } else {
    addWords(vectors.points, mask.points)
    addInto(vectors.exclusions, mask.exclusions)
  }
}

export function addVectors(target: NightVectors, source: NightVectors): void {
  addWords(target.points, source.points)
  addInto(target.exclusions, source.exclusions)
}

export const noVectors = (rows: number): NightVectors => ({
  points: new Uint32Array(rows),
  exclusions: new Float64Array(rows),
})

/**
 * Factors and blinds of exclusions that a provider and the key holder share for one night. A residue that is carried over
 * would be seen again as the same number, which shows whose rule fired; times a factor unknown to the platform it does not.
 */
export function blindsOf(suite: Suite, seed: Uint8Array, night: string, rows: number) {
  const factors = keyHolderShare(suite, [seed], labelOf(night, 'factors'), rows)
  for (let row = 0; row < rows; row++) if (factors[row] === 0) factors[row] = 1
  return { factors, blinds: keyHolderShare(suite, [seed], labelOf(night, 'blinds'), rows) }
}

/** values[i] * factors[i] mod t. */
export const timesFactors = (values: Float64Array, factors: Float64Array): Float64Array =>
  values.map((value, row) => mulmod(value, factors[row]))
