/** Calendar arithmetic of the second opinions, on texts `YYYY-MM-DD`. */

/** Months since year 0. */
export const monthOf = (date: string): number => Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7))

/** Days since 1970. */
export const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 86_400_000

/** The last month that was over at the end of a day. */
export function lastFullMonth(asOf: string): number {
  return monthOf(new Date((dayOf(asOf) + 1) * 86_400_000).toISOString().slice(0, 10)) - 1
}

/** Whole months from one day to a later one. */
export function wholeMonths(from: string, to: string): number {
  return monthOf(to) - monthOf(from) - (to.slice(8) < from.slice(8) ? 1 : 0)
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
