import { CALENDAR, monthOfYear } from './calendar.ts'
import type { Trade } from './trades.ts'

/** Usage of a month over that of a usual month. */
type Seasons = readonly number[]

const SPRING_FESTIVAL_MONTHS = new Set([2])
const HEATING_MONTHS = new Set([11, 12, 1, 2, 3])
const SUMMER_MONTHS = new Set([6, 7, 8, 9])
const LIMIT_MONTHS = new Set([11, 12, 1])

interface SeasonTraits {
  readonly summer: number
  readonly heating: number
  readonly produces: boolean
  readonly limited: boolean
}

function seasonsOf({ summer, heating, produces, limited }: SeasonTraits): Seasons {
  return Array.from({ length: CALENDAR.months }, (_, month) => {
    const calendarMonth = monthOfYear(month)
    let factor = 1
    if (SUMMER_MONTHS.has(calendarMonth)) factor *= summer
    if (HEATING_MONTHS.has(calendarMonth)) factor *= heating
    if (produces && SPRING_FESTIVAL_MONTHS.has(calendarMonth)) factor *= 0.45
    if (limited && LIMIT_MONTHS.has(calendarMonth)) factor *= 0.75
    if (month === CALENDAR.shockMonth) factor *= produces ? 0.6 : 0.85
    return Math.round(factor * 1e6) / 1e6
  })
}

const QUIET = { summer: 1, heating: 1, produces: false, limited: false }

/** All courses of a year, by index. */
const COURSES: readonly Seasons[] = [
  seasonsOf({ ...QUIET, summer: 1.15 }),
  seasonsOf({ ...QUIET, summer: 1.15, produces: true }),
  seasonsOf({ ...QUIET, summer: 1.15, produces: true, limited: true }),
  seasonsOf({ ...QUIET, heating: 1.6 }),
  seasonsOf({ ...QUIET, heating: 1.15, produces: true }),
  seasonsOf({ ...QUIET, produces: true, limited: true }),
  seasonsOf({ ...QUIET, summer: 1.2, heating: 1.1 }),
]

/** Index of the course of a year that a trade's usage takes. */
export function courseOf(kind: 'water' | 'gas' | 'electricity', { produces, limited }: Trade): number {
  if (kind === 'water') return limited ? 2 : produces ? 1 : 0
  if (kind === 'gas') return limited ? 5 : produces ? 4 : 3
  return limited ? 5 : produces ? 1 : 6
}

/** SQL: the factor of month `m` in the course of index `course`. */
export function courseSql(): string {
  const cases = COURSES.map((course, index) => `WHEN ${index} THEN ([${course.join(', ')}]::DOUBLE[])[m + 1]`)
  return `CASE course ${cases.join(' ')} END`
}
