import type { Bill } from './bill-features.ts'
import { type Cell, dayAfter, randomFrom } from './extract-fixtures.ts'

export type Utility = 'water' | 'gas' | 'electricity'

/** Bills as records of the utility's class. */
export function billRecords(bills: readonly Bill[], utility: Utility): Record<string, Cell>[] {
  const hundredths = (value: number | null): number | null => (value === null ? null : value / 100)
  return bills.map((bill) => ({
    uscc: bill.uscc,
    enterprise_name: bill.name,
    [`${utility}_account_name`]: bill.accountName,
    [`${utility}_account_no`]: bill.account,
    bill_month: bill.month,
    [utility === 'electricity' ? 'usage_kwh' : 'usage_m3']: hundredths(bill.usage),
    amount_due_yuan: hundredths(bill.due),
    amount_paid_yuan: hundredths(bill.paid),
    due_date: bill.dueDate,
    paid_date: bill.paidDate,
  }))
}

/** Three years of bills with everything that spoils them: gaps, several accounts, corrections, prepayments, late and part payments. */
export function randomBills(seed: number, enterprises: number): Bill[] {
  const below = randomFrom(seed)
  const bills: Bill[] = []
  for (let enterprise = 0; enterprise < enterprises; enterprise++) {
    const level = 1 + below(400_000)
    const gaps = below(3) === 0 ? 4 : 100
    const first = below(2) === 0 ? 6 + below(24) : 6
    const prepaid = below(5) === 0
    for (let account = 0; account <= below(3); account++) {
      const otherName = below(8) === 0
      for (let index = first; index < 30; index++) {
        if (below(gaps) === 0) continue
        const month = `${2023 + Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}-01`
        const correction = below(25) === 0
        const usage = below(12) === 0 ? 0 : below(level) * (correction ? -1 : 1)
        const due = correction ? -below(5_000) : 100 + below(90_000)
        const dueDate = dayAfter(month, 25 + below(30))
        const payment = below(20)
        const paidDate =
          payment === 0 || correction
            ? null
            : prepaid
              ? dayAfter(month, -below(10))
              : dayAfter(dueDate, payment === 1 ? below(120) : -below(20))
        const paid = paidDate === null ? null : payment === 2 ? null : payment === 3 ? due >> 1 : due
        bills.push({
          uscc: `E${String(enterprise).padStart(4, '0')}`,
          name: `企业${enterprise}`,
          accountName: otherName ? '物业' : `企业${enterprise}`,
          account: `${enterprise}-${account}`,
          month,
          usage,
          due,
          paid,
          dueDate,
          paidDate,
        })
      }
    }
  }
  return bills
}
