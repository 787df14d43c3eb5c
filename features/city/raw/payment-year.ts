import type { Stream } from '../random.ts'
import type { Bill } from '../utilities.ts'
import { CALENDAR, dayOf, monthStart } from './calendar.ts'
import { type MonthBits, placeMonths } from './month-bits.ts'

/** When the bills of an account are paid and which of its months are without use. */
export interface YearOfBills {
  readonly zero: MonthBits
  readonly late: MonthBits
  readonly daysLateBefore: number
  readonly daysLateAfter: number
  readonly unpaid: MonthBits
  /** Days after 1 April 2024 on which what was unpaid at the as-of date, or a year later, is paid; null = never. */
  readonly settledBefore: number | null
  readonly settledAfter: number | null
  /** Day of the month after the billed one on which a bill falls due. */
  readonly dueDay: number
}

/** Events lie in nine of a year's months: not in its last quarter, which is compared with that of the year before. */
const EVENT_MONTHS = 9
/** Share of arrears that nobody ever pays. */
const NEVER_PAID = 0.15

/** What was unpaid at the as-of date and is paid at all is paid before a later month than this falls due. */
export const LAST_SETTLED_MONTH = CALENDAR.asOfMonth + 2

/** Lays two years of bills out over the months: the one that ends with the as-of date and the one after. */
export function placeYear(before: Bill, after: Bill, stream: Stream): YearOfBills {
  const { asOfMonth, laterMonth } = CALENDAR
  const dueDay = 10 + Math.floor(16 * stream.uniform())
  const old = arrears(before, dayOf(CALENDAR.asOf), dueDay, stream)
  const fresh = arrears(after, dayOf(CALENDAR.laterAsOf), dueDay, stream)
  // Who never paid the old bills gets no new arrears beside them; otherwise the two never share a month.
  const kept =
    old.settled === null && old.months !== 0
      ? NOTHING
      : { ...fresh, months: fresh.months & ~((2 << LAST_SETTLED_MONTH) - 1) }
  return {
    zero:
      placeMonths(before.zeroMonths, asOfMonth - 11, EVENT_MONTHS, stream) |
      placeMonths(after.zeroMonths, laterMonth - 11, EVENT_MONTHS, stream),
    late:
      placeMonths(before.latePayments, asOfMonth - 11, EVENT_MONTHS, stream) |
      placeMonths(after.latePayments, laterMonth - 11, EVENT_MONTHS, stream),
    daysLateBefore: before.meanDaysLate,
    daysLateAfter: Math.max(1, after.meanDaysLate),
    unpaid: old.months | kept.months,
    settledBefore: old.settled,
    settledAfter: kept.settled,
    dueDay,
  }
}

const NOTHING = { months: 0, settled: null }

/** The bills that are unpaid on a day, the oldest of them overdue for about as long as drawn, and the day they are paid. */
function arrears(
  bill: Bill,
  day: number,
  dueDay: number,
  stream: Stream,
): { months: MonthBits; settled: number | null } {
  if (bill.arrearsDays === 0) return NOTHING
  const dueOf = (month: number): number => monthStart(month + 1) + dueDay - 1
  const end = day - bill.arrearsDays
  let oldest = CALENDAR.months - 1
  while (oldest > 0 && dueOf(oldest) > end) oldest--
  // Nearer the drawn length than the bill before it.
  if (dueOf(oldest + 1) - end < end - dueOf(oldest) && dueOf(oldest + 1) < day) oldest++
  const settled = stream.chance(NEVER_PAID) ? null : day + 5 + Math.floor(90 * stream.uniform())
  let months = 0
  for (let month = oldest; month < CALENDAR.months; month++) {
    if (settled !== null && dueOf(month) > settled) break
    months |= 1 << month
  }
  return { months, settled }
}
