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
import { federationErrors } from '../errors.ts'
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

/** Totals of a model, and the public offset of its scale, hundredths of a point. */
export interface RatedNight {
  readonly night: NightTotals
  readonly offset: number
}

/** @param targetPd highest default probability of the whitelist */
export function rateNight(night: NightTotals, offset: number, targetPd: number): NightRatings {
  return withWhitelist(ratingsOf({ night, offset }), targetPd)
}

/**
 * Ratings of one roster by two models: each row by the one that it belongs to, and without a rating where that one has none, whatever
 * the other says; one whitelist over both.
 * @param ofChallenger 1 for each row that is the challenger's
 * @param targetPd highest default probability of the whitelist
 * @throws RosterDiffers where the two nights, or the split, are about different rosters
 */
export function rateSplitNight(
  champion: RatedNight,
  challenger: RatedNight,
  ofChallenger: Uint8Array,
  targetPd: number,
): NightRatings {
  const rows = ofChallenger.length
  const [first, second] = [champion.night, challenger.night]
  if (first.rosterDigest !== second.rosterDigest || first.totals.length !== rows)
    throw new federationErrors.RosterDiffers('the second night', rows, 'another number of')
  const [rated, others] = [ratingsOf(champion), ratingsOf(challenger)]
  for (let row = 0; row < rows; row++) {
    if (!ofChallenger[row]) continue
    rated.totals[row] = others.totals[row]
    rated.scores[row] = others.scores[row]
    rated.gradeOfRow[row] = others.gradeOfRow[row]
    rated.pds[row] = others.pds[row]
    rated.excluded[row] = others.excluded[row]
    rated.publicOnly[row] = others.publicOnly[row]
    rated.unrated[row] = others.unrated[row]
  }
  return withWhitelist(rated, targetPd)
}

type Rated = Omit<NightRatings, 'whitelist'>

function ratingsOf({ night, offset }: RatedNight): Rated {
  const totals = night.totals.map((total) => total + offset)
  const scores = totals.map(publishScore)
  return {
    ...{ totals, scores, pds: Float64Array.from(totals, (total) => pdOfScore(total / 100)) },
    gradeOfRow: Uint8Array.from(scores, gradeOf),
    excluded: Uint8Array.from(night.excluded),
    publicOnly: Uint8Array.from(night.publicOnly),
    unrated: Uint8Array.from(night.unrated),
  }
}

function withWhitelist(rated: Rated, targetPd: number): NightRatings {
  const { scores, pds, excluded, unrated } = rated
  const floor = Math.min(SCALE.most, Math.max(SCALE.least, Math.ceil(scoreOfPd(targetPd))))
  // A firm that waits for its rating is not listed; it counts like an excluded one.
  const kept = excluded.map((hit, row) => hit | unrated[row])
  return { ...rated, whitelist: selectWhitelist({ scores, pds, excluded: kept, targetPd, floor }) }
}
