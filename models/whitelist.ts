/** The list of firms in good standing: exclusions first, then a cut by default probability (domain.md 3.4). */

import { modelsErrors } from './errors.ts'
import { SCALE } from './scorecard.ts'
import { requireInteger, requireLength } from './settings.ts'

/** Why a firm is listed or not. */
export const WHITELIST_STATUS = { listed: 0, excluded: 1, belowFloor: 2, belowCut: 3 } as const

export interface WhitelistInput {
  /** Published scores, one a firm. */
  readonly scores: Int32Array
  /** Default probability, one a firm; it falls as the score rises. */
  readonly pds: Float64Array
  /** 1 where an exclusion rule fired. */
  readonly excluded: Uint8Array
  /** Highest mean default probability of the listed firms. */
  readonly targetPd: number
  /** Lowest score that may be listed; 0 by default. */
  readonly floor?: number
}

export interface WhitelistSelection {
  /** One of `WHITELIST_STATUS` a firm. */
  readonly status: Uint8Array
  readonly listed: number
  /** Lowest listed score; one above the scale if no firm is listed. */
  readonly cut: number
  /** Mean default probability of the listed firms; 0 if there are none. */
  readonly meanPd: number
  /** Listed rows, best score first, equal scores by row. */
  readonly rows: Int32Array
  /** Firms per status. */
  readonly counts: { readonly [status in keyof typeof WHITELIST_STATUS]: number }
}

/**
 * Lists every firm that no rule excludes and whose score reaches the cut: the lowest score, not below the floor, at which
 * the mean default probability of all firms from it upwards is at most the target. Firms of one score stand or fall
 * together, so the list depends on nothing but its input.
 *
 * @throws SettingInvalid, ColumnLength
 */
export function selectWhitelist(input: WhitelistInput): WhitelistSelection {
  const { scores, pds, excluded, targetPd, floor = SCALE.least } = input
  if (!(targetPd > 0 && targetPd < 1)) {
    throw new modelsErrors.SettingInvalid('targetPd', targetPd, 'a number above 0 and below 1')
  }
  requireInteger('floor', floor, SCALE.least, SCALE.most)
  requireLength('Default probabilities', pds.length, scores.length)
  requireLength('Exclusions', excluded.length, scores.length)

  const order = Int32Array.from(scores.keys())
    .filter((row) => excluded[row] === 0 && scores[row] >= floor)
    .sort((a, b) => scores[b] - scores[a] || a - b)
  let listed = 0
  let meanPd = 0
  let sum = 0
  for (let at = 0; at < order.length; at++) {
    sum += pds[order[at]]
    const lastOfScore = at + 1 === order.length || scores[order[at + 1]] !== scores[order[at]]
    if (lastOfScore && sum / (at + 1) <= targetPd) {
      listed = at + 1
      meanPd = sum / listed
    }
  }
  const rows = order.slice(0, listed)
  const cut = listed > 0 ? scores[rows[listed - 1]] : SCALE.most + 1
  const { listed: yes, excluded: byRule, belowFloor, belowCut } = WHITELIST_STATUS
  const status = Uint8Array.from(scores, (score, row) => {
    if (excluded[row] !== 0) return byRule
    if (score < floor) return belowFloor
    return score >= cut ? yes : belowCut
  })
  const count = (wanted: number) => status.reduce((total, one) => total + (one === wanted ? 1 : 0), 0)
  const counts = {
    listed,
    excluded: count(byRule),
    belowFloor: count(belowFloor),
    belowCut: count(belowCut),
  }
  return { status, listed, cut, meanPd, rows, counts }
}
