/** Which fields of a class features are made of, by the table reader's own plan of the query. */
import { describe, expect, it } from 'vitest'
import { fieldsRead } from '../../../features/extract/fields-read.ts'
import type { FeatureCard } from '../../../features/index.ts'
import {
  classOf,
  highestGrade,
  loadBuiltinSets,
  loadCatalogue,
  selectFeatures,
} from '../../../features/index.ts'

const catalogue = await loadCatalogue()
const registration = classOf(catalogue, 'registration')
const register = (await loadBuiltinSets(catalogue.classes)).get('registration')!
const names = async (sql: string) =>
  (await fieldsRead({ sql, cards: [{ name: 'a' } as FeatureCard], classes: [registration] })).map(
    ({ field }) => field,
  )

describe('the fields that features are made of', () => {
  it('are those of the chosen features only', async () => {
    const age = await fieldsRead(selectFeatures(register, ['months_since_establishment']))
    expect(age.map(({ field }) => field)).toContain('established_date')
    expect(age.every(({ grade }) => grade === 'G1')).toBe(true)
    const size = await fieldsRead(selectFeatures(register, ['log_employees']))
    expect(size.filter(({ grade }) => grade === 'G2')).toEqual([
      { class: 'registration', field: 'employees', grade: 'G2' },
    ])
    expect(highestGrade((await fieldsRead(register)).map(({ grade }) => grade))).toBe('G2')
  })

  it.each([
    ['a test for presence', 'SELECT uscc, employees IS NOT NULL AS a FROM registration'],
    ['a filter', 'SELECT uscc, 1 AS a FROM registration WHERE employees > 3'],
    ['a filter over a list', 'SELECT uscc, 1 AS a FROM registration WHERE employees IN (1, 2, 3, 4, 5)'],
    [
      'a subquery',
      'SELECT uscc, (SELECT count(*) FROM registration r WHERE r.employees > 3) AS a FROM registration',
    ],
    ['an order with a limit', 'SELECT uscc, 1 AS a FROM registration ORDER BY employees LIMIT 10'],
    ['a window', 'SELECT uscc, row_number() OVER (ORDER BY employees) AS a FROM registration'],
    ['a group', 'SELECT uscc, count(*) AS a FROM registration GROUP BY uscc, employees'],
    ['a join', 'SELECT r.uscc, 1 AS a FROM registration r JOIN registration s ON r.employees = s.employees'],
    [
      'one side of a union',
      'SELECT uscc, 1 AS a FROM registration UNION ALL SELECT uscc, employees FROM registration',
    ],
  ])('include one that is only in %s', async (_, sql) => {
    expect(await names(sql)).toContain('employees')
  })

  it('leave out one that the SQL names and no chosen feature needs', async () => {
    const sql = 'SELECT uscc, region_code AS a FROM (SELECT uscc, region_code, employees FROM registration)'
    expect(await names(sql)).not.toContain('employees')
  })
})
