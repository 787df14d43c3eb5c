/** Features of tax returns computed again, as the test's second opinion. */
import type { Cell } from './extract-fixtures.ts'
import { dayOf, monthOf, sum } from './months.ts'

type Cells = Record<string, number | string | null>

interface Return {
  readonly type: string
  readonly period: string
  readonly dueDate: string
  readonly filedDate: string | null
  readonly paidDate: string | null
  /** Hundredths; null until it is filed. */
  readonly due: number | null
  readonly paid: number
  readonly level: string | null
}

const WORSE = ['A', 'M', 'B', 'C', 'D']

export function taxFeatures(all: readonly Record<string, Cell>[], asOf: string): Map<string, Cells> {
  const known = (date: Cell): string | null => (typeof date === 'string' && date <= asOf ? date : null)
  const groups = Map.groupBy(
    all.filter((record) => String(record.tax_period) <= asOf),
    (record) => String(record.uscc),
  )
  return new Map(
    [...groups].map(([uscc, records]) => [
      uscc,
      cellsOf(
        records.map((record) => {
          const filedDate = known(record.filed_date)
          const paidDate = known(record.paid_date)
          const due = filedDate === null ? null : Math.round(Number(record.amount_due_yuan) * 100)
          const amount = record.amount_paid_yuan
          return {
            type: String(record.tax_type),
            period: String(record.tax_period),
            dueDate: String(record.filing_due_date),
            filedDate,
            paidDate,
            due,
            paid: paidDate === null ? 0 : amount === null ? (due ?? 0) : Math.round(Number(amount) * 100),
            level: record.credit_level as string | null,
          }
        }),
        asOf,
      ),
    ]),
  )
}

function cellsOf(returns: readonly Return[], asOf: string): Cells {
  const today = dayOf(asOf)
  const fallen = returns.filter(({ dueDate }) => dueDate <= asOf)
  const age = ({ dueDate }: Return): number => monthOf(asOf) - monthOf(dueDate)
  const year = fallen.filter((one) => age(one) < 12)
  const filedLate = (one: Return): number => dayOf(one.filedDate ?? asOf) - dayOf(one.dueDate)
  const settled = (one: Return): boolean => one.due !== null && one.paidDate !== null && one.paid >= one.due
  const paidLate = (one: Return): boolean =>
    (one.due ?? 0) > 0 && (settled(one) ? String(one.paidDate) : asOf) > one.dueDate
  const late = year.filter((one) => filedLate(one) > 0)
  const open = fallen.filter((one) => (one.due ?? 0) > Math.max(one.paid, 0) && one.dueDate < asOf)
  const months = Array.from({ length: 24 }, (_, month) => {
    const declared = fallen.filter((one) => age(one) === month && one.due !== null)
    return declared.length === 0 ? null : sum(declared.map(({ due }) => Number(due)))
  })
  const present = months.slice(0, 12).filter((month) => month !== null)
  const paired = [...months.keys()].filter(
    (month) => month < 12 && months[month] !== null && months[month + 12] !== null,
  )
  const before = sum(paired.map((month) => Number(months[month + 12])))
  const mean = present.length === 0 ? 0 : sum(present) / present.length
  const levels = returns
    .filter(({ level }) => level !== null)
    .sort((a, b) => {
      if (a.period !== b.period) return a.period < b.period ? 1 : -1
      return WORSE.indexOf(String(b.level)) - WORSE.indexOf(String(a.level))
    })
  const ofYear = <T>(cell: T): T | null => (year.length === 0 ? null : cell)
  return {
    log_tax_12m: ofYear(Math.log(1 + Math.max(sum(year.map(({ paid }) => paid)), 0) / 100)),
    tax_growth:
      paired.length >= 3 && before > 0
        ? sum(paired.map((month) => Number(months[month]))) / before - 1
        : null,
    tax_variation_12m:
      present.length >= 4 && mean > 0
        ? Math.sqrt(sum(present.map((month) => (month - mean) ** 2)) / present.length) / mean
        : null,
    credit_level: levels[0]?.level ?? null,
    late_filings_12m: ofYear(late.length),
    mean_days_filed_late: ofYear(late.length === 0 ? 0 : sum(late.map(filedLate)) / late.length),
    zero_months_12m: present.length === 0 ? null : present.filter((month) => month === 0).length,
    late_payments_12m: ofYear(new Set(year.filter(paidLate).map(({ dueDate }) => monthOf(dueDate))).size),
    tax_arrears: open.length > 0 ? 1 : 0,
    arrears_yuan: sum(open.map((one) => Number(one.due) - one.paid)) / 100,
    arrears_days: Math.max(0, ...open.map(({ dueDate }) => today - dayOf(dueDate))),
    tax_types_12m: ofYear(new Set(year.map(({ type }) => type)).size),
  }
}
