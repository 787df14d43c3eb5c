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
import { expectedIntegers, integersOf, makeRecords } from './extract-fixtures.ts'
import {
  enforcementFeatures,
  farmFeatures,
  licenceFeatures,
  penaltyFeatures,
  projectFeatures,
  realEstateFeatures,
  registrationFeatures,
} from './public-features.ts'
import { type Records, randomRecords } from './random-records.ts'
import { housingFundFeatures, socialInsuranceFeatures } from './staff-features.ts'
import { taxFeatures } from './tax-features.ts'

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

const SECOND_OPINIONS = {
  housing_fund: housingFundFeatures,
  social_insurance: socialInsuranceFeatures,
  tax_payment: taxFeatures,
  admin_license: licenceFeatures,
  admin_penalty: penaltyFeatures,
  admin_enforcement: enforcementFeatures,
  real_estate: realEstateFeatures,
  rd_project: projectFeatures,
  farm_entity: farmFeatures,
  registration: registrationFeatures,
}

describe.each(Object.entries(SECOND_OPINIONS))('%s', (code, secondOpinion) => {
  test.each([
    ['2025-06-30', 1],
    ['2025-02-28', 2],
    [code === 'admin_penalty' ? '2026-08-15' : '2025-05-14', 3],
  ])('every feature as of %s equals a second computation', async (asOf, seed) => {
    const records = randomRecords(code, seed, 80)
    const table = await extract(code, records, asOf)
    const expected = expectedIntegers(secondOpinion(records, asOf), table)
    expect(integersOf(table)).toEqual(expected)
    // Every feature takes several values here, or the comparison would say little.
    for (const { card, values, present } of table.columns) {
      const seen = new Set([...values].filter((_, row) => present[row] === 1))
      expect(seen.size, card.name).toBeGreaterThan(1)
    }
  })
})

describe('publication terms', () => {
  const penalty = (uscc: string, decided: string, more: Records[number] = {}): Records[number] => ({
    uscc,
    penalty_doc_no: uscc,
    penalty_decision_date: decided,
    penalty_category: '罚款',
    fine_amount_wan: 2,
    revoked_cert: null,
    publication_end_date: null,
    ...more,
  })
  const held = async (records: Records, asOf: string): Promise<readonly string[]> =>
    (await extract('admin_penalty', records, asOf)).ids

  test('Order 58 until 2026-03-31, Order 36 after: each penalty leaves on its day', async () => {
    const records = [
      penalty('order58', '2024-03-01'),
      penalty('last58', '2026-03-31'),
      penalty('ordinary', '2026-05-10'),
      penalty('serious', '2026-05-10', { penalty_category: '罚款;吊销许可证件' }),
      penalty('minor', '2026-05-10', { penalty_category: '警告', fine_amount_wan: null }),
      penalty('minorShown', '2026-05-10', {
        penalty_category: '警告',
        fine_amount_wan: null,
        publication_end_date: '2026-12-31',
      }),
    ]
    expect(await held(records, '2026-05-10')).toEqual(
      ['last58', 'minorShown', 'order58', 'ordinary', 'serious'].sort(),
    )
    expect(await held(records, '2026-08-09')).toContain('minorShown')
    expect(await held(records, '2026-08-10')).not.toContain('minorShown')
    expect(await held(records, '2027-02-28')).toContain('order58')
    expect(await held(records, '2027-03-01')).not.toContain('order58')
    expect(await held(records, '2027-05-09')).toContain('ordinary')
    expect(await held(records, '2027-05-10')).toEqual(['last58', 'serious'])
    expect(await held(records, '2029-03-31')).toEqual(['serious'])
    expect(await held(records, '2029-05-10')).toEqual([])
  })

  test('a repaired penalty, whose publication was ended early, leaves no trace', async () => {
    const repaired = penalty('repaired', '2025-01-10', { publication_end_date: '2025-05-01' })
    const other = penalty('other', '2025-01-10')
    const asOf = '2025-06-30'
    const with_ = await extract('admin_penalty', [repaired, other], asOf)
    const without = await extract('admin_penalty', [other], asOf)
    expect(integersOf(with_)).toEqual(integersOf(without))
    expect(await held([repaired], '2025-04-30')).toEqual(['repaired'])
  })
})
