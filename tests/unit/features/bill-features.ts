/** The features of a utility's bills computed again, record by record in plain TypeScript, as the test's second opinion. */
import { dayOf, lastFullMonth, monthOf, sum } from './months.ts'

export interface Bill {
  readonly uscc: string
  readonly name: string
  readonly accountName: string
  readonly account: string
  /** `YYYY-MM-DD`, the first of the month. */
  readonly month: string
  /** Hundredths. */
  readonly usage: number
  readonly due: number
  readonly paid: number | null
  readonly dueDate: string
  readonly paidDate: string | null
}

type Cells = Record<string, number | null>

/** Usage of `count` months up to `last`, newest first, null where no account has a bill. */
function monthlyUsage(bills: readonly Bill[], last: number, count: number): (number | null)[] {
  return Array.from({ length: count }, (_, age) => {
    const month = bills.filter((bill) => monthOf(bill.month) === last - age)
    return month.length === 0 ? null : sum(month.map((bill) => bill.usage))
  })
}

/** Two years of comparable months, newest first: January and February each half of both. */
function comparableUsage(bills: readonly Bill[], last: number): (number | null)[] {
  const raw = monthlyUsage(bills, last, 25)
  return raw.slice(0, 24).map((usage, age) => {
    const calendar = (last - age - 1) % 12
    const partner = calendar === 0 ? raw[age - 1] : calendar === 1 ? raw[age + 1] : usage
    return usage === null || partner === null ? null : (usage + partner) / 2
  })
}

/**
 * Features of every enterprise that has a bill by `asOf`.
 *
 * @param utility decides about `prepaid_share_12m` and `capacity_step`
 */
export function billFeatures(
  all: readonly Bill[],
  asOf: string,
  utility: 'water' | 'gas' | 'electricity',
): Map<string, Cells> {
  const known = all
    .filter((bill) => bill.month <= asOf)
    .map((bill) =>
      bill.paidDate !== null && bill.paidDate <= asOf ? bill : { ...bill, paidDate: null, paid: null },
    )
  const fullMonth = lastFullMonth(asOf)
  const compared = fullMonth % 12 === 1 ? fullMonth - 1 : fullMonth
  const groups = Map.groupBy(known, (bill) => bill.uscc)
  const usage = new Map([...groups].map(([uscc, bills]) => [uscc, comparableUsage(bills, compared)]))
  const complete = [...usage.values()].filter((months) =>
    months.slice(0, 12).every((month) => month !== null),
  )
  const season =
    complete.length < 30
      ? null
      : Array.from({ length: 12 }, (_, age) => sum(complete.map((months) => months[age] as number)))
  return new Map(
    [...groups].map(([uscc, bills]) => {
      const months = usage.get(uscc) as (number | null)[]
      const cells: Cells = {
        ...averages(bills, fullMonth),
        ...comparisons(months, season),
        ...accounts(bills, fullMonth),
        ...payments(bills, asOf),
      }
      const recent = bills.filter((bill) => {
        const age = fullMonth - monthOf(bill.month)
        return age >= 0 && age < 12
      })
      if (utility === 'gas') {
        const prepaid = recent.filter((bill) => bill.paidDate !== null && bill.paidDate <= bill.month)
        cells.prepaid_share_12m = recent.length === 0 ? null : prepaid.length / recent.length
      }
      if (utility === 'electricity') {
        const held = months.slice(0, 12).filter((month) => month !== null)
        cells.capacity_step =
          held.length === 0 ? null : (Math.floor(Math.max(sum(held) / held.length, 0) / 100_000) + 1) * 10
      }
      return [uscc, cells]
    }),
  )
}

function averages(bills: readonly Bill[], fullMonth: number): Cells {
  const mean = (count: number): number | null => {
    const months = monthlyUsage(bills, fullMonth, count)
    return months.includes(null) ? null : sum(months as number[]) / (100 * count)
  }
  return { usage_avg_3m: mean(3), usage_avg_6m: mean(6) }
}

function comparisons(months: readonly (number | null)[], season: readonly number[] | null): Cells {
  const at = (age: number): number => months[age] as number
  const ages = (from: number, to: number): number[] =>
    Array.from({ length: to - from }, (_, index) => from + index).filter((age) => months[age] !== null)
  const total = (list: readonly number[]): number => sum(list.map(at))
  const year = ages(0, 12)
  const mean = year.length === 0 ? null : total(year) / year.length
  const three = ages(0, 3)
  const six = ages(0, 6)
  const before = ages(3, 12)
  const change = (pairs: readonly number[]): number | null => {
    const yearBefore = sum(pairs.map((age) => at(age + 12)))
    return yearBefore > 0 ? total(pairs) / yearBefore - 1 : null
  }
  const paired = year.filter((age) => months[age + 12] !== null)
  const pairedThree = paired.filter((age) => age < 3)
  const seasonOf = (list: readonly number[]): number => sum(list.map((age) => season?.[age] ?? 0))
  const corrected = (): number | null => {
    if (three.length < 2 || before.length < 3 || total(before) <= 0) return null
    if (seasonOf(three) <= 0 || seasonOf(before) <= 0) return null
    return total(three) / seasonOf(three) / (total(before) / seasonOf(before)) - 1
  }
  const trend = (): number => {
    const centre = sum(year.map((age) => -age)) / year.length
    const logs = year.map((age) => Math.log(1 + Math.max(at(age), 0) / 100))
    const slope = sum(year.map((age, index) => (-age - centre) * logs[index]))
    return slope / sum(year.map((age) => (-age - centre) ** 2))
  }
  const peak = Math.max(...year.map(at))
  return {
    log_usage_12m: mean === null ? null : Math.log(1 + Math.max(mean, 0) / 100),
    usage_ratio_3m_6m:
      three.length >= 2 && six.length >= 4 && total(six) > 0
        ? total(three) / three.length / (total(six) / six.length) - 1
        : null,
    usage_change_yoy: paired.length >= 6 ? change(paired) : null,
    usage_change_seasonal_3m: pairedThree.length >= 2 ? change(pairedThree) : corrected(),
    usage_trend_12m: year.length >= 6 ? trend() : null,
    usage_variation_12m:
      year.length >= 6 && mean !== null && mean > 0
        ? Math.sqrt(sum(year.map((age) => (at(age) - mean) ** 2)) / year.length) / mean
        : null,
    zero_months_12m: year.length === 0 ? null : year.filter((age) => at(age) === 0).length,
    capacity_utilisation: year.length > 0 && peak > 0 && months[0] !== null ? at(0) / peak : null,
  }
}

function accounts(bills: readonly Bill[], fullMonth: number): Cells {
  const recent = bills.filter((bill) => {
    const age = fullMonth - monthOf(bill.month)
    return age >= 0 && age < 12
  })
  const billed = new Set(recent.map((bill) => bill.month)).size
  return {
    billed_months_12m: billed,
    accounts_12m: billed === 0 ? null : recent.length / billed,
    name_mismatch: billed === 0 ? null : Number(recent.some((bill) => bill.accountName !== bill.name)),
  }
}

function payments(bills: readonly Bill[], asOf: string): Cells {
  const today = dayOf(asOf)
  const inYear = (date: string): boolean => {
    const age = monthOf(asOf) - monthOf(date)
    return age >= 0 && age < 12
  }
  const settled = (bill: Bill): string =>
    bill.paidDate !== null && (bill.paid ?? bill.due) >= bill.due ? bill.paidDate : asOf
  const fallen = bills.filter((bill) => bill.due > 0 && bill.dueDate <= asOf)
  const daysLate = (bill: Bill): number => dayOf(settled(bill)) - dayOf(bill.dueDate)
  const dueInYear = fallen.filter((bill) => inYear(bill.dueDate))
  const late = dueInYear.filter((bill) => daysLate(bill) > 0)
  let owed = 0
  let days = 0
  for (const account of Map.groupBy(bills, (bill) => bill.account).values()) {
    let open = 0
    let oldest = 0
    for (const bill of account.filter((one) => one.dueDate < asOf)) {
      const rest = bill.due - (bill.paidDate === null ? 0 : (bill.paid ?? bill.due))
      if (bill.due <= 0) open += Math.min(rest, 0)
      else if (rest > 0) {
        open += rest
        oldest = Math.max(oldest, today - dayOf(bill.dueDate))
      }
    }
    if (open > 0) {
      owed += open / 100
      days = Math.max(days, oldest)
    }
  }
  const paidDates = bills.flatMap((bill) => (bill.paidDate === null ? [] : [dayOf(bill.paidDate)]))
  return {
    arrears_yuan: owed,
    arrears_days: days,
    arrears_30d_12m: Number(fallen.some((bill) => daysLate(bill) > 30 && inYear(settled(bill)))),
    late_payments_12m:
      dueInYear.length === 0 ? null : new Set(late.map((bill) => monthOf(bill.dueDate))).size,
    mean_days_late:
      dueInYear.length === 0 ? null : late.length === 0 ? 0 : sum(late.map(daysLate)) / late.length,
    days_since_payment: paidDates.length === 0 ? null : today - Math.max(...paidDates),
  }
}
