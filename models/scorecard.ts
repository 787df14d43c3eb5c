/**
 * The published scale: 0 to 1000, 600 at good:bad 20:1, 50 points double the odds (domain.md 3.2).
 *
 *   score = 600 - factor*(ln(PD/(1-PD)) + ln 20),  factor = 50/ln 2
 *
 * Odds here are good:bad; libraries differ on this, and the wrong way round turns the scale upside down.
 */
import { modelsErrors } from './errors.ts'

export const SCALE = { base: 600, goodBadOdds: 20, pointsToDouble: 50, least: 0, most: 1000 } as const
const FACTOR = SCALE.pointsToDouble / Math.log(2)
const LOG_ODDS = Math.log(SCALE.goodBadOdds)

/** Nine grades from the best to the worst, with the lowest score of each. */
export const GRADES = [
  { grade: 'AAA', from: 803 },
  { grade: 'AA', from: 742 },
  { grade: 'A', from: 686 },
  { grade: 'BBB', from: 635 },
  { grade: 'BB', from: 583 },
  { grade: 'B', from: 528 },
  { grade: 'CCC', from: 484 },
  { grade: 'CC', from: 429 },
  { grade: 'C', from: 0 },
] as const

export interface Calibration {
  /** calibrated logit of PD = intercept + slope * raw logit */
  readonly intercept: number
  readonly slope: number
}

const scoreOfLogit = (logit: number): number => SCALE.base - FACTOR * (logit + LOG_ODDS)

/** @throws PdOutOfRange */
export function scoreOfPd(pd: number): number {
  if (!(pd > 0 && pd < 1)) throw new modelsErrors.PdOutOfRange(pd)
  return scoreOfLogit(Math.log(pd / (1 - pd)))
}

/** The default probability that a score stands for. */
export function pdOfScore(score: number): number {
  const logit = (SCALE.base - score) / FACTOR - LOG_ODDS
  return 1 / (1 + Math.exp(-logit))
}

/** Index into GRADES. */
export const gradeOf = (score: number): number => GRADES.findIndex(({ from }) => score >= from)

/** Points of every basis bin in hundredths: -100*factor*slope*w, rounded once per bin. */
export function pointsPerBin(weights: Float64Array, slope: number): Int32Array {
  return Int32Array.from(weights, (weight) => Math.round(-100 * FACTOR * slope * weight))
}

/** The public offset in hundredths: the score of a row whose bins all have weight 0. */
export function offsetHundredths(p0: number, { intercept, slope }: Calibration): number {
  return Math.round(100 * scoreOfLogit(intercept + slope * Math.log(p0 / (1 - p0))))
}

/** The logit of PD that a sum of points in hundredths (offset included) stands for. */
export function logitOfTotal(hundredths: number): number {
  return (SCALE.base - hundredths / 100) / FACTOR - LOG_ODDS
}

/** The published score of a sum of points in hundredths (offset included): whole points, clamped. */
export function publishScore(hundredths: number): number {
  return Math.min(SCALE.most, Math.max(SCALE.least, Math.round(hundredths / 100)))
}
