// The package's functions read a day in the time zone of the process and are one day off west of Greenwich, and they take a year
// that they do not know for a year without holidays. Its data has neither fault.
import calendar from 'chinese-days/dist/chinese-days.json' with { type: 'json' }
import { addDays, weekday } from '../days.ts'
import { featuresErrors } from '../errors.ts'

const HOLIDAYS: ReadonlySet<string> = new Set(Object.keys(calendar.holidays))
/** Saturdays and Sundays that are worked in exchange for a holiday. */
const WORKED_WEEKENDS: ReadonlySet<string> = new Set(Object.keys(calendar.workdays))
const KNOWN_YEARS: ReadonlySet<string> = new Set([...HOLIDAYS].map((day) => day.slice(0, 4)))

/**
 * True for a working day of the mainland's calendar, with the holidays that the State Council announces.
 *
 * @param day `YYYY-MM-DD`
 * @throws YX_FEATURES_CALENDAR_YEAR_UNKNOWN for a year whose holidays are not in the calendar
 */
export function isWorkingDay(day: string): boolean {
  const year = day.slice(0, 4)
  if (!KNOWN_YEARS.has(year)) {
    const years = [...KNOWN_YEARS].sort()
    throw new featuresErrors.CalendarYearUnknown(year, years[0], years[years.length - 1])
  }
  if (WORKED_WEEKENDS.has(day)) return true
  return !HOLIDAYS.has(day) && weekday(day) >= 1 && weekday(day) <= 5
}

/**
 * The earliest day of which a record received on a certain day is still in time: no more than `workingDays` working days lie after
 * it, up to and including the day of receipt. Only the calendar between the two days is looked at.
 *
 * @param received `YYYY-MM-DD`
 * @throws YX_FEATURES_CALENDAR_YEAR_UNKNOWN
 */
export function earliestInTime(received: string, workingDays: number): string {
  let day = received
  let after = isWorkingDay(day) ? 1 : 0
  while (after <= workingDays) {
    day = addDays(day, -1)
    if (isWorkingDay(day)) after++
  }
  return day
}
