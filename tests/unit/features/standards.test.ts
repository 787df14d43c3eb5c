import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CANGZHOU_REGIONS,
  checkRegion,
  checkResidentId,
  earliestInTime,
  INDUSTRY_EDITIONS,
  industryOf2017,
  isWorkingDay,
  readIndustry,
  type SizeIndustry,
  sizeClass,
  sizeIndustry,
} from '../../../features/index.ts'

const TODAY = '2026-11-24'

describe('resident identity numbers (GB 11643-1999)', () => {
  // The standard's own example.
  const EXAMPLE = '11010519491231002X'

  test('takes the example of the standard', () => {
    expect(checkResidentId(EXAMPLE, TODAY)).toBeNull()
  })

  test.each([
    ['110105491231002', 'resident-length'],
    ['11010519491231002x', 'resident-symbols'],
    ['1101051949123100XX', 'resident-symbols'],
    ['01010519491231002X', 'resident-region'],
    ['11010519490229002X', 'resident-birthday'],
    ['11010520991231002X', 'resident-birthday'],
    ['110105194912310021', 'resident-check'],
  ])('%s breaks %s', (number, rule) => {
    expect(checkResidentId(number, TODAY)).toBe(rule)
  })

  test('a birthday is not after the day asked for', () => {
    expect(checkResidentId(EXAMPLE, '1949-12-31')).toBeNull()
    expect(checkResidentId(EXAMPLE, '1949-12-30')).toBe('resident-birthday')
  })

  test('finds every single wrong digit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 16 }), fc.integer({ min: 1, max: 9 }), (at, by) => {
        const digit = String((Number(EXAMPLE[at]) + by) % 10)
        expect(checkResidentId(EXAMPLE.slice(0, at) + digit + EXAMPLE.slice(at + 1), TODAY)).not.toBeNull()
      }),
    )
  })
})

describe('regions (GB/T 2260)', () => {
  test('knows Cangzhou, 18 regions and three zones', () => {
    expect(CANGZHOU_REGIONS.size).toBe(21)
    for (const code of ['130925', '130971', '130972', '130973', '130984'])
      expect(checkRegion(code)).toBeNull()
  })

  test.each([
    ['130904', 'region-unknown'],
    ['990000', 'region-unknown'],
    ['13092', 'region-form'],
    ['1309251', 'region-form'],
    ['13092X', 'region-form'],
  ])('%s breaks %s', (code, rule) => {
    expect(checkRegion(code)).toBe(rule)
  })

  test('outside Cangzhou the province decides; a list of one’s own adds codes', () => {
    expect(checkRegion('110105')).toBeNull()
    expect(checkRegion('130904', new Set(['130904']))).toBeNull()
  })
})

describe('industries (GB/T 4754)', () => {
  test.each([
    ['C3391', '2017', 'C3391'],
    ['3391', '2017', 'C3391'],
    ['33', '2017', 'C33'],
    ['C', '2011', 'C'],
    ['7910', '2017', 'N7910'],
    ['7910', '2011', 'O7910'],
    ['82', '2011', 'P82'],
    ['82', '2017', 'O82'],
  ] as const)('%s of %s is %s', (text, edition, code) => {
    expect(readIndustry(text, edition)).toEqual({ code, rule: null })
  })

  test.each([
    ['', '2017', 'industry-form'],
    ['U10', '2017', 'industry-form'],
    ['C3', '2017', 'industry-form'],
    ['33911', '2017', 'industry-form'],
    ['00', '2017', 'industry-division'],
    ['98', '2017', 'industry-division'],
    ['97', '2011', 'industry-division'],
    ['A3391', '2017', 'industry-section'],
    ['N7910', '2011', 'industry-section'],
  ] as const)('"%s" of %s breaks %s', (text, edition, rule) => {
    expect(readIndustry(text, edition)).toEqual({ code: null, rule })
  })

  test('97 divisions in 2017, 96 in 2011, each in one section', () => {
    const counts = INDUSTRY_EDITIONS.map(
      (edition) =>
        Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0')).filter(
          (division) => readIndustry(division, edition).rule === null,
        ).length,
    )
    expect(counts).toEqual([96, 97])
  })

  test('castings of ferrous metal: 3130 in 2011, 3391 in 2017', () => {
    expect(industryOf2017('C3130', '2011')).toBe('C3391')
    expect(industryOf2017('C3130', '2017')).toBe('C3130')
    expect(industryOf2017('C33', '2011')).toBe('C33')
    expect(industryOf2017('P82', '2011')).toBeNull()
    expect(industryOf2017('C1311', '2011')).toBeNull()
  })
})

describe('size classes (2011/300, form of 2017)', () => {
  test.each([
    ['industry', { employees: 25, revenueWan: 299 }, 'micro'],
    ['industry', { employees: 500, revenueWan: 1500 }, 'small'],
    ['industry', { employees: 1200, revenueWan: 1500 }, 'small'],
    ['industry', { employees: 10, revenueWan: 50_000 }, 'micro'],
    ['industry', { employees: 300, revenueWan: 2000 }, 'medium'],
    ['construction', { revenueWan: 6000, assetsWan: 4999 }, 'small'],
  ] as const)('published case: %s %o is %s', (industry, figures, expected) => {
    expect(sizeClass(industry, figures)).toBe(expected)
  })

  // The table once more, as in the standard's rows: X persons, Y revenue, Z assets; large/medium/small.
  const TABLE: Record<SizeIndustry, string> = {
    agriculture: 'Y 20000/500/50',
    industry: 'X 1000/300/20 Y 40000/2000/300',
    construction: 'Y 80000/6000/300 Z 80000/5000/300',
    wholesale: 'X 200/20/5 Y 40000/5000/1000',
    retail: 'X 300/50/10 Y 20000/500/100',
    transport: 'X 1000/300/20 Y 30000/3000/200',
    storage: 'X 200/100/20 Y 30000/1000/100',
    post: 'X 1000/300/20 Y 30000/2000/100',
    lodging: 'X 300/100/10 Y 10000/2000/100',
    catering: 'X 300/100/10 Y 10000/2000/100',
    information_transmission: 'X 2000/100/10 Y 100000/1000/100',
    software: 'X 300/100/10 Y 10000/1000/50',
    real_estate_development: 'Y 200000/1000/100 Z 10000/5000/2000',
    property_management: 'X 1000/300/100 Y 5000/1000/500',
    leasing_and_business: 'X 300/100/10 Z 120000/8000/100',
    other: 'X 300/100/10',
  }
  const FIGURES = { X: 'employees', Y: 'revenueWan', Z: 'assetsWan' } as const
  const CLASSES = ['large', 'medium', 'small', 'micro'] as const

  test.each(Object.entries(TABLE) as [SizeIndustry, string][])(
    'limits of %s, at and just below each',
    (industry, row) => {
      const columns = [...row.matchAll(/([XYZ]) (\d+)\/(\d+)\/(\d+)/g)].map(([, figure, ...limits]) => ({
        figure: FIGURES[figure as keyof typeof FIGURES],
        limits: limits.map(Number),
      }))
      for (let position = 0; position < 3; position++) {
        const at = Object.fromEntries(columns.map(({ figure, limits }) => [figure, limits[position]]))
        expect(sizeClass(industry, at)).toBe(CLASSES[position])
        for (const { figure, limits } of columns) {
          expect(sizeClass(industry, { ...at, [figure]: limits[position] - 1 })).toBe(CLASSES[position + 1])
        }
      }
    },
  )

  test('a figure that is missing leaves the class open, unless another one already says micro', () => {
    expect(sizeClass('industry', { employees: 500 })).toBeNull()
    expect(sizeClass('industry', { employees: 500, revenueWan: null })).toBeNull()
    expect(sizeClass('industry', { employees: 19 })).toBe('micro')
    expect(sizeClass('agriculture', {})).toBeNull()
  })

  test.each([
    ['C3391', '2017', 'industry'],
    ['F5191', '2017', 'wholesale'],
    ['G5310', '2017', null],
    ['G5430', '2017', 'transport'],
    ['G5910', '2017', 'transport'],
    ['G5920', '2017', 'storage'],
    ['G59', '2017', null],
    ['G5910', '2011', 'storage'],
    ['K7010', '2017', 'real_estate_development'],
    ['K7020', '2017', 'property_management'],
    ['K7030', '2017', 'other'],
    ['J66', '2017', null],
    ['Q85', '2017', 'other'],
    ['Q84', '2017', null],
    ['Q84', '2011', 'other'],
    ['P83', '2017', null],
  ] as const)('row of %s (%s): %s', (code, edition, row) => {
    expect(sizeIndustry(code, edition)).toBe(row)
  })
})

describe('working days', () => {
  test.each([
    ['2026-10-01', false],
    ['2026-10-10', true],
    ['2026-10-12', true],
    ['2026-10-11', false],
    ['2025-01-26', true],
    ['2025-01-28', false],
    ['2022-05-04', false],
    ['2022-05-07', true],
  ])('%s: %s', (day, working) => {
    expect(isWorkingDay(day)).toBe(working)
  })

  test('knows 2022 to 2026, with 248 to 252 working days a year', () => {
    for (let year = 2022; year <= 2026; year++) {
      let count = 0
      for (let time = Date.UTC(year, 0, 1); time < Date.UTC(year + 1, 0, 1); time += 86_400_000) {
        if (isWorkingDay(new Date(time).toISOString().slice(0, 10))) count++
      }
      expect(count).toBeGreaterThanOrEqual(248)
      expect(count).toBeLessThanOrEqual(252)
    }
  })

  test('refuses a year it does not know', () => {
    expect(() => isWorkingDay('2003-12-31')).toThrow(/2003.+Rule: .+Mend: /)
    expect(() => earliestInTime('2031-03-03', 7)).toThrow(/2031/)
  })

  test.each([
    // Friday; seven working days back over one weekend.
    ['2026-06-12', 7, '2026-06-03'],
    // A Saturday after the last working day in time still counts as in time.
    ['2026-06-13', 7, '2026-06-03'],
    // Over the holidays of 1 to 7 October and the worked Saturday 10 October.
    ['2026-10-12', 4, '2026-09-30'],
    ['2026-10-12', 3, '2026-10-08'],
    ['2026-06-12', 0, '2026-06-12'],
  ])('received %s, %i working days: in time from %s on', (received, days, expected) => {
    expect(earliestInTime(received, days)).toBe(expected)
  })
})
