/** Features of housing fund and social insurance records computed again, as the test's second opinion. */
import type { Cell } from './extract-fixtures.ts'
import { dayOf, lastFullMonth, monthOf, sum } from './months.ts'

type Record_ = Record<string, Cell>
type Cells = Record<string, number | string | null>

interface Month {
  readonly age: number
  readonly month: string
  readonly headcount: number
  /** Yuan. */
  readonly due: number
  readonly paid: number
  readonly paidDate: string | null
  readonly good: boolean
  readonly late: boolean
  readonly text: string | null
}

const between = (months: readonly Month[], from: number, to: number): Month[] =>
  months.filter(({ age }) => age >= from && age <= to)

/** What both classes share: heads, runs of paid months, lateness. */
function staffCells(months: readonly Month[], asOf: string): Cells {
  const newest = (from: number, to: number): Month | undefined =>
    between(months, from, to).sort((a, b) => a.age - b.age)[0]
  const now = newest(0, 2)?.headcount ?? null
  const change = (before: number | undefined): number | null =>
    now === null || before === undefined || before === 0 ? null : now / before - 1
  const good = new Set(months.filter((month) => month.good).map((month) => month.age))
  const start = good.has(0) ? 0 : 1
  let consecutive = 0
  while (consecutive < 12 && good.has(start + consecutive)) consecutive++
  const first = Math.max(...months.map(({ age }) => age))
  let gap = 0
  let run = 0
  for (let age = 1; age <= Math.min(12, first); age++) {
    run = good.has(age) ? 0 : run + 1
    gap = Math.max(gap, run)
  }
  const judged = between(months, 1, 12)
  const texts = months.filter(({ text }) => text !== null).sort((a, b) => a.age - b.age)
  const paidDays = months.flatMap(({ paidDate }) => (paidDate === null ? [] : [dayOf(paidDate)]))
  return {
    log_headcount: now === null ? null : Math.log(1 + now),
    headcount_change_3m: change(newest(3, 5)?.headcount),
    headcount_change_12m: change(newest(12, 14)?.headcount),
    consecutive_months_12m: consecutive,
    gap_months_12m: gap,
    late_payments_12m: judged.length === 0 ? null : judged.filter(({ late }) => late).length,
    days_since_payment: paidDays.length === 0 ? null : dayOf(asOf) - Math.max(...paidDays),
    history_months: Math.max(first + 1, 0),
    text: texts[0]?.text ?? null,
  }
}

const known = (date: Cell, asOf: string): string | null =>
  typeof date === 'string' && date <= asOf ? date : null

export function housingFundFeatures(all: readonly Record_[], asOf: string): Map<string, Cells> {
  const groups = Map.groupBy(
    all.filter((record) => String(record.deposit_month) <= asOf),
    (record) => String(record.uscc),
  )
  return new Map(
    [...groups].map(([uscc, records]) => {
      const months = records.map((record): Month => {
        const month = String(record.deposit_month)
        const paidDate = known(record.paid_date, asOf)
        const due = Number(record.deposit_yuan)
        const state = record.deposit_state as string | null
        return {
          age: lastFullMonth(asOf) - monthOf(month),
          month,
          headcount: Number(record.headcount),
          due,
          paid: paidDate === null ? 0 : due,
          paidDate,
          good: paidDate !== null && due > 0 && (state === null || state === '正常'),
          late: due > 0 && (paidDate === null || monthOf(paidDate) > monthOf(month) + 1),
          text: state,
        }
      })
      const year = between(months, 0, 11)
      const manned = year.filter(({ headcount }) => headcount > 0)
      const { text, ...cells } = staffCells(months, asOf)
      const normal = months.filter(({ good }) => good).map(({ paidDate }) => dayOf(String(paidDate)))
      return [
        uscc,
        {
          ...cells,
          days_since_payment: normal.length === 0 ? null : dayOf(asOf) - Math.max(...normal),
          account_state: text,
          avg_headcount_12m:
            year.length === 0 ? null : sum(year.map(({ headcount }) => headcount)) / year.length,
          total_deposit_12m:
            year.length === 0 ? null : Math.round(100 * sum(year.map(({ paid }) => paid))) / 100,
          deposit_per_head: perHead(manned),
        },
      ]
    }),
  )
}

export function socialInsuranceFeatures(all: readonly Record_[], asOf: string): Map<string, Cells> {
  const groups = Map.groupBy(
    all.filter((record) => String(record.contribution_month) <= asOf),
    (record) => String(record.uscc),
  )
  return new Map(
    [...groups].map(([uscc, records]) => {
      const months = records.map((record): Month => {
        const month = String(record.contribution_month)
        const paidDate = known(record.paid_date, asOf)
        const due = Number(record.amount_due_yuan)
        const paid = paidDate === null ? 0 : Number(record.amount_paid_yuan ?? due)
        const full = paidDate !== null && paid >= due
        return {
          age: lastFullMonth(asOf) - monthOf(month),
          month,
          headcount: Number(record.insured_headcount),
          due,
          paid,
          paidDate,
          good: full && due > 0,
          late: due > 0 && (!full || monthOf(String(paidDate)) > monthOf(month) + 1),
          text: record.insured_kinds as string | null,
        }
      })
      const judged = between(months, 1, 12)
      const heads = new Map(months.map(({ age, headcount }) => [age, headcount]))
      const steps = Array.from({ length: 12 }, (_, age) => age).filter(
        (age) => heads.has(age) && heads.has(age + 1),
      )
      const due = sum(judged.map((month) => month.due))
      const { text, ...cells } = staffCells(months, asOf)
      return [
        uscc,
        {
          ...cells,
          insured_kinds: text,
          new_hires_12m:
            steps.length === 0
              ? null
              : sum(steps.map((age) => Math.max(Number(heads.get(age)) - Number(heads.get(age + 1)), 0))),
          contribution_per_head: perHead(between(months, 0, 11).filter(({ headcount }) => headcount > 0)),
          arrears_months:
            judged.length === 0 ? null : judged.filter((month) => month.due > 0 && !month.good).length,
          paid_share_12m: due > 0 ? sum(judged.map(({ paid }) => paid)) / due : null,
        },
      ]
    }),
  )
}

function perHead(months: readonly Month[]): number | null {
  if (months.length === 0) return null
  return sum(months.map(({ due }) => due)) / sum(months.map(({ headcount }) => headcount))
}
