/** Months and days of a raw city. A month is a whole number: 0 = April 2024. */
const FIRST_YEAR = 2024
const FIRST_MONTH_OF_YEAR = 4

export const CALENDAR = {
  /** April 2024 to October 2026. */
  months: 31,
  /** The features of training are those of this day, the last of its month. */
  asOf: '2025-06-30',
  asOfMonth: 14,
  /** A year later, for stability: the same features again. */
  laterAsOf: '2026-06-30',
  laterMonth: 26,
  /** Loans with an outcome are booked from here to `bookedTo`; the outcome shows within 12 months. */
  bookedFrom: '2025-07-01',
  bookedTo: '2025-10-31',
  /** What the files know is what was known on this day. */
  snapshot: '2026-10-31',
  /** Production is stopped for part of this month, November 2025. */
  shockMonth: 19,
  /** From this day on NDRC Order 36 governs publication and repair of penalties, Order 58 before. */
  order36: '2026-04-01',
} as const

const DAY_MS = 86_400_000
const FIRST_DAY = Date.UTC(FIRST_YEAR, FIRST_MONTH_OF_YEAR - 1, 1) / DAY_MS

/** Days from 1 April 2024 to a day `YYYY-MM-DD`. */
export function dayOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / DAY_MS - FIRST_DAY
}

/** The day `YYYY-MM-DD` so many days after 1 April 2024. */
export function dateOf(day: number): string {
  return new Date((day + FIRST_DAY) * DAY_MS).toISOString().slice(0, 10)
}

/** Days from 1 April 2024 to the first day of a month; months before and after the window count on. */
export function monthStart(month: number): number {
  return Date.UTC(FIRST_YEAR, FIRST_MONTH_OF_YEAR - 1 + month, 1) / DAY_MS - FIRST_DAY
}

/** 1 to 12. */
export function monthOfYear(month: number): number {
  return ((month + FIRST_MONTH_OF_YEAR - 1) % 12) + 1
}

/** The first day of the month `month` (an SQL expression, 0 = April 2024) as an SQL expression of type DATE. */
export function monthSql(month: string): string {
  const running = `(${month} + ${FIRST_MONTH_OF_YEAR - 1})`
  return `make_date(${FIRST_YEAR} + ${running} // 12, ${running} % 12 + 1, 1)`
}

/** A day (an SQL expression, days after 1 April 2024) as an SQL expression of type DATE. */
export function daySql(day: string): string {
  return `(DATE '${dateOf(0)}' + (${day})::INTEGER)`
}
