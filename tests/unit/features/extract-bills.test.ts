import { beforeAll, describe, expect, test } from 'vitest'
import {
  type CatalogueClass,
  extractFeatures,
  type FeatureSet,
  type FeatureTable,
  loadBuiltinSets,
  loadCatalogue,
} from '../../../features/index.ts'
import { withSession } from '../../../features/source/session.ts'
import { type Bill, billFeatures } from './bill-features.ts'
import { expectedIntegers, integersOf, makeRecords } from './extract-fixtures.ts'
import { billRecords, randomBills, type Utility } from './random-bills.ts'

const UTILITIES = ['water', 'gas', 'electricity'] as const

let classes: ReadonlyMap<string, CatalogueClass>
let sets: ReadonlyMap<string, FeatureSet>
beforeAll(async () => {
  classes = (await loadCatalogue()).classes
  sets = await loadBuiltinSets(classes)
})

function extract(bills: readonly Bill[], asOf: string, utility: Utility = 'water'): Promise<FeatureTable> {
  const code = `${utility}_usage`
  return withSession({ threads: 2 }, async (session) => {
    await makeRecords(session, classes.get(code) as CatalogueClass, 'accepted', billRecords(bills, utility))
    return extractFeatures(session, {
      set: sets.get(code) as FeatureSet,
      records: { [code]: 'accepted' },
      asOf,
    })
  })
}

describe.each(UTILITIES)('%s bills', (utility) => {
  const days: [string, number, number][] = [
    ['2025-06-30', 1, 60],
    ['2025-05-14', 2, 60],
    ['2025-01-31', 3, 60],
    ['2025-02-28', 4, 15],
  ]
  test.each(utility === 'water' ? days : days.slice(0, 1))(
    'every feature as of %s equals a second computation',
    async (asOf, seed, enterprises) => {
      const bills = randomBills(seed, enterprises)
      const table = await extract(bills, asOf, utility)
      const expected = expectedIntegers(billFeatures(bills, asOf, utility), table)
      expect(integersOf(table)).toEqual(expected)
      expect(table.ids).toEqual([...table.ids].sort())
      expect(table.columns.length).toBe(sets.get(`${utility}_usage`)?.cards.length)
    },
  )
})

describe('bills worked out by hand', () => {
  const bill = (month: string, more: Partial<Bill> = {}): Bill => ({
    uscc: 'A',
    name: '甲',
    accountName: '甲',
    account: '1',
    month: `${month}-01`,
    usage: 10_000,
    due: 30_000,
    paid: 30_000,
    dueDate: `${month}-25`,
    paidDate: `${month}-20`,
    ...more,
  })
  const featuresOf = async (bills: readonly Bill[], asOf: string) => integersOf(await extract(bills, asOf)).A

  test('a steady year: averages, no change, no arrears', async () => {
    const bills = Array.from({ length: 24 }, (_, index) =>
      bill(`${2023 + Math.floor((index + 6) / 12)}-${String(((index + 6) % 12) + 1).padStart(2, '0')}`),
    )
    expect(await featuresOf(bills, '2025-06-30')).toMatchObject({
      usage_avg_3m: 1000,
      usage_avg_6m: 1000,
      usage_change_yoy: 0,
      usage_change_seasonal_3m: 0,
      usage_trend_12m: 0,
      usage_variation_12m: 0,
      capacity_utilisation: 1000,
      arrears_yuan: 0,
      arrears_days: 0,
      late_payments_12m: 0,
      billed_months_12m: 12,
    })
  })

  test('a bill unpaid on the day is in arrears, also if it was paid the day after', async () => {
    const late = bill('2025-05', { paidDate: '2025-07-01' })
    expect(await featuresOf([late], '2025-06-30')).toMatchObject({
      arrears_yuan: 300,
      arrears_days: 36,
      arrears_30d_12m: 1,
      mean_days_late: 360,
      days_since_payment: null,
    })
    expect(await featuresOf([late], '2025-07-01')).toMatchObject({ arrears_yuan: 0, days_since_payment: 0 })
  })

  test('Spring Festival in January one year and in February the next is no change', async () => {
    const months = ['2023-12', '2024-01', '2024-02', '2024-12', '2025-01', '2025-02']
    const closed = new Set(['2024-02', '2025-01'])
    const festival = months.map((month) => bill(month, { usage: closed.has(month) ? 0 : 10_000 }))
    expect(await featuresOf(festival, '2025-02-28')).toMatchObject({
      usage_change_seasonal_3m: 0,
      zero_months_12m: 0,
    })
  })

  test('a correction is taken off the arrears of its own account only, and is never late', async () => {
    const open = { paid: null, paidDate: null }
    const bills = [
      bill('2025-03', open),
      bill('2025-04', { ...open, usage: -4_000, due: -20_000 }),
      bill('2025-03', { ...open, account: '2' }),
    ]
    expect(await featuresOf(bills, '2025-06-30')).toMatchObject({
      arrears_yuan: 100 + 300,
      arrears_days: 97,
      late_payments_12m: 1,
    })
    const settled = [bills[0], { ...bills[1], due: -30_000 }]
    expect(await featuresOf(settled, '2025-06-30')).toMatchObject({ arrears_yuan: 0, arrears_days: 0 })
  })

  test('a missing month is no month of zero use', async () => {
    const bills = [bill('2025-06', { usage: 0 }), bill('2025-04'), bill('2025-03')]
    expect(await featuresOf(bills, '2025-06-30')).toMatchObject({
      zero_months_12m: 1,
      billed_months_12m: 3,
      usage_avg_3m: null,
    })
  })
})
