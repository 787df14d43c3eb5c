/**
 * Outcomes of loans computed the long way: a calendar day after the other, an instalment after the other, in plain numbers.
 * It shares no code and no shortcut with features/outcomes.
 */
export interface SimulatedInstalment {
  readonly instalment: number
  readonly due: number
  readonly amountDue: number
  readonly amountPaid: number | null
  readonly paid: number | null
}

/** Days are numbers of days since 1970-01-01. */
export interface SimulatedLoan {
  readonly loanNo: string
  readonly uscc: string
  readonly booked: number
  readonly maturity: number
  readonly writtenOff: number | null
  readonly instalments: readonly SimulatedInstalment[]
}

export interface SimulatedDefinition {
  readonly bookedFrom: number
  readonly bookedTo: number
  readonly frozenOn: number
  readonly months: number
  readonly bad: number
  readonly indeterminate: number
}

const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
const monthLengths = (year: number) => [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Walks the calendar from 1970-01-01; slow and plain. */
export function calendar(day: number): { year: number; month: number; day: number } {
  let left = day
  for (let year = 1970; ; year++) {
    for (let month = 0; month < 12; month++) {
      const length = monthLengths(year)[month]
      if (left < length) return { year, month, day: left + 1 }
      left -= length
    }
  }
}

export function dayNumber(year: number, month: number, day: number): number {
  let days = day - 1
  for (let y = 1970; y < year; y++) days += isLeap(y) ? 366 : 365
  for (let m = 0; m < month; m++) days += monthLengths(year)[m]
  return days
}

export function isoDay(number: number): string {
  const { year, month, day } = calendar(number)
  return `${year}-${String(month + 1).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

export function fromIso(text: string): number {
  const [year, month, day] = text.split('-').map(Number)
  return dayNumber(year, month - 1, day)
}

export function monthsLater(number: number, months: number): number {
  let { year, month } = calendar(number)
  for (let i = 0; i < months; i++) {
    month++
    if (month === 12) {
      month = 0
      year++
    }
  }
  return dayNumber(year, month, Math.min(calendar(number).day, monthLengths(year)[month]))
}

export function simulateLoan(loan: SimulatedLoan, definition: SimulatedDefinition): string {
  if (loan.booked < definition.bookedFrom || loan.booked > definition.bookedTo) return 'outside'
  if (loan.booked > loan.maturity) return 'loan.booked-after-maturity'
  const last = monthsLater(loan.booked, definition.months)
  if (last > definition.frozenOn) return 'open'
  for (const { due, paid } of loan.instalments) {
    if (due < loan.booked || (paid !== null && paid < loan.booked)) return 'loan.date-before-booking'
  }
  if (loan.writtenOff !== null && loan.writtenOff < loan.booked) return 'loan.date-before-booking'
  for (const { due, paid, amountPaid, amountDue } of loan.instalments) {
    if (amountDue <= 0 || due >= last) continue
    if (paid === null && (amountPaid ?? 0) >= amountDue) return 'loan.payment-unclear'
    if (paid !== null && amountPaid === null) return 'loan.payment-unclear'
  }
  let isBad = false
  let wasLate = false
  for (let day = loan.booked; day <= last; day++) {
    if (loan.writtenOff === day) isBad = true
    for (const { due, paid, amountPaid, amountDue } of loan.instalments) {
      const settledBefore = amountDue <= 0 || ((amountPaid ?? 0) >= amountDue && paid !== null && paid < day)
      const pastDue = settledBefore ? 0 : day - due
      if (pastDue >= definition.bad) isBad = true
      if (pastDue >= definition.indeterminate) wasLate = true
    }
  }
  if (isBad) return 'bad'
  if (loan.instalments.length === 0) return 'loan.without-repayments'
  return wasLate ? 'indeterminate' : 'good'
}

/** The label of each enterprise: 1 bad, 0 good, null indeterminate; enterprises without a used loan are missing. */
export function simulateEnterprises(
  loans: readonly SimulatedLoan[],
  definition: SimulatedDefinition,
  which: 'worst' | 'first',
): Map<string, number | null> {
  const used = loans
    .map((loan) => ({ ...loan, state: simulateLoan(loan, definition) }))
    .filter(({ state }) => ['good', 'bad', 'indeterminate'].includes(state))
    .sort((a, b) => a.booked - b.booked || (a.loanNo < b.loanNo ? -1 : 1))
  const byEnterprise = new Map<string, string[]>()
  for (const { uscc, state } of used) byEnterprise.set(uscc, [...(byEnterprise.get(uscc) ?? []), state])
  const labels = new Map<string, number | null>()
  for (const [uscc, states] of byEnterprise) {
    const judged = which === 'first' ? states.slice(0, 1) : states
    labels.set(uscc, judged.includes('bad') ? 1 : judged.includes('indeterminate') ? null : 0)
  }
  return labels
}
