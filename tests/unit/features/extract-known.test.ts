import fc from 'fast-check'
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
import { dayAfter, integersOf, makeRecords, randomFrom } from './extract-fixtures.ts'
import { billRecords, randomBills, type Utility } from './random-bills.ts'
import { type Records, randomRecords } from './random-records.ts'

/** The date of a record, and what becomes known of it later. */
const LATER: Record<string, { from: string; later: Record<string, string[]> }> = {
  water_usage: { from: 'bill_month', later: { paid_date: ['amount_paid_yuan'] } },
  gas_usage: { from: 'bill_month', later: { paid_date: ['amount_paid_yuan'] } },
  electricity_usage: { from: 'bill_month', later: { paid_date: ['amount_paid_yuan'] } },
  housing_fund: { from: 'deposit_month', later: { paid_date: [] } },
  social_insurance: { from: 'contribution_month', later: { paid_date: ['amount_paid_yuan'] } },
  tax_payment: {
    from: 'tax_period',
    later: { paid_date: ['amount_paid_yuan'], filed_date: ['amount_due_yuan'] },
  },
  admin_license: { from: 'license_decision_date', later: {} },
  admin_penalty: { from: 'penalty_decision_date', later: {} },
  admin_enforcement: { from: 'enforcement_date', later: {} },
  real_estate: { from: 'registered_date', later: {} },
  rd_project: { from: 'start_date', later: {} },
  farm_entity: { from: 'recognised_date', later: {} },
  registration: { from: 'established_date', later: {} },
}

let classes: ReadonlyMap<string, CatalogueClass>
let sets: ReadonlyMap<string, FeatureSet>
beforeAll(async () => {
  classes = (await loadCatalogue()).classes
  sets = await loadBuiltinSets(classes)
})

function extract(code: string, records: Records, asOf: string): Promise<FeatureTable> {
  return withSession({ threads: 2 }, async (session) => {
    await makeRecords(session, classes.get(code) as CatalogueClass, code, records)
    return extractFeatures(session, { set: sets.get(code) as FeatureSet, records: { [code]: code }, asOf })
  })
}

function recordsFor(code: string, seed: number): Records {
  const utility = code.endsWith('_usage') ? (code.slice(0, -'_usage'.length) as Utility) : null
  return utility === null ? randomRecords(code, seed, 30) : billRecords(randomBills(seed, 35), utility)
}

/** Other things happen after a day: records are added, payments come on other days, in other amounts, or not at all. */
function otherFuture(code: string, records: Records, day: string, seed: number): Records {
  const below = randomFrom(seed)
  const { from, later } = LATER[code]
  const changed = records.map((record) => {
    const copy = { ...record }
    for (const [date, amounts] of Object.entries(later)) {
      const known = record[date]
      if (typeof known === 'string' && known <= day) continue
      copy[date] = below(2) === 0 ? null : dayAfter(day, 1 + below(400))
      for (const amount of amounts) copy[amount] = below(50_000)
    }
    return copy
  })
  const added = recordsFor(code, seed + 1)
    .slice(0, 40)
    .map((record, index) => {
      const date = dayAfter(day, 1 + below(500))
      const month = from.endsWith('month') || from === 'tax_period'
      return {
        ...record,
        uscc: index % 2 === 0 && code !== 'registration' ? record.uscc : `N${index}`,
        [from]: month ? `${Number(date.slice(0, 4)) + 1}-01-01` : date,
      }
    })
  return [...changed, ...added].reverse()
}

// The three utilities share their SQL but for names.
const runs = (code: string): number =>
  process.env.YINXIN_FULL === '1' ? 40 : code === 'gas_usage' || code === 'electricity_usage' ? 1 : 2

describe.each(Object.keys(LATER))('%s', (code) => {
  test('what happens after the day of the features changes none of them', async () => {
    const day = fc.integer({ min: 0, max: 400 }).map((days) => dayAfter('2024-11-01', days))
    await fc.assert(
      fc.asyncProperty(day, fc.nat(1_000_000), async (asOf, seed) => {
        const records = recordsFor(code, seed)
        const future = otherFuture(code, records, asOf, seed)
        expect(future).not.toEqual([...records].reverse())
        expect(integersOf(await extract(code, future, asOf))).toEqual(
          integersOf(await extract(code, records, asOf)),
        )
      }),
      { numRuns: runs(code), seed: 20250630 },
    )
  })

  test('control: the same changes some months before the day do change features', async () => {
    const records = recordsFor(code, 5)
    const past = otherFuture(code, records, '2025-01-01', 5)
    const later = '2026-12-31'
    expect(integersOf(await extract(code, past, later))).not.toEqual(
      integersOf(await extract(code, records, later)),
    )
  })
})
