import { CALENDAR, dayOf } from './calendar.ts'

export type PenaltyClass = 'minor' | 'ordinary' | 'serious'

/** Days after 1 April 2024: how long a penalty is published, and from when it may be repaired. */
export interface Publication {
  readonly end: number
  readonly earliest: number
  readonly ruledBy: 'ndrc-58' | 'ndrc-36'
}

const MONTHS_3 = 91
const YEAR = 365

/**
 * The term of publication (design/domain.md 2.6). A decision before 1 April 2026 follows Order 58: at most three years, at least
 * three months, a year in the fields of safety. From that day on Order 36 counts by class: minor at most three months, ordinary
 * three months to a year, serious one to three years. Which order governs a term that spans the day is an open point of law;
 * here it is the one in force on the day of the decision.
 *
 * @param decided days after 1 April 2024
 * @param safety a field with a least term of one year under Order 58
 */
export function publicationOf(grade: PenaltyClass, decided: number, safety: boolean): Publication {
  if (decided < dayOf(CALENDAR.order36)) {
    return { end: decided + 3 * YEAR, earliest: decided + (safety ? YEAR : MONTHS_3), ruledBy: 'ndrc-58' }
  }
  if (grade === 'minor') return { end: decided + MONTHS_3, earliest: decided + MONTHS_3, ruledBy: 'ndrc-36' }
  if (grade === 'ordinary') return { end: decided + YEAR, earliest: decided + MONTHS_3, ruledBy: 'ndrc-36' }
  return { end: decided + 3 * YEAR, earliest: decided + YEAR, ruledBy: 'ndrc-36' }
}
