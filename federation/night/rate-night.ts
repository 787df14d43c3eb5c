/** From the totals of a night to what is published: scores, grades, default probabilities, the whitelist. */
import {
  gradeOf,
  pdOfScore,
  publishScore,
  SCALE,
  scoreOfPd,
  selectWhitelist,
  type WhitelistSelection,
} from '../../models/index.ts'
import type { NightTotals } from './night-context.ts'

/** Ratings of the roster; rows without one are in no list. */
export interface NightRatings {
  /** Total points in hundredths, the offset included. */
  readonly totals: Int32Array
  /** 0 to 1000. */
  readonly scores: Int32Array
  /** Index into GRADES. */
  readonly gradeOfRow: Uint8Array
  readonly pds: Float64Array
  readonly excluded: Uint8Array
  readonly publicOnly: Uint8Array
  readonly unrated: Uint8Array
  readonly whitelist: WhitelistSelection
}

/**
 * @param offset public offset of the model's scale, hundredths of a point
 * @param targetPd highest default probability of the whitelist
 */
export function rateNight(night: NightTotals, offset: number, targetPd: number): NightRatings {
  const { excluded, publicOnly, unrated } = night
  const totals = night.totals.map((total) => total + offset)
  const scores = totals.map(publishScore)
  const pds = Float64Array.from(totals, (total) => pdOfScore(total / 100))
  const floor = Math.min(SCALE.most, Math.max(SCALE.least, Math.ceil(scoreOfPd(targetPd))))
  // A firm that waits for its rating is not listed; it counts like an excluded one.
  const kept = excluded.map((hit, row) => hit | unrated[row])
  const whitelist = selectWhitelist({ scores, pds, excluded: kept, targetPd, floor })
  const gradeOfRow = Uint8Array.from(scores, gradeOf)
  return { totals, scores, gradeOfRow, pds, excluded, publicOnly, unrated, whitelist }
}
