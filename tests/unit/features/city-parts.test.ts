import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeFirms } from '../../../features/city/firms.ts'
import { openStream } from '../../../features/city/random.ts'
import { CALENDAR, dateOf, dayOf, monthStart } from '../../../features/city/raw/calendar.ts'
import { mistype } from '../../../features/city/raw/defects.ts'
import { encodeGb18030 } from '../../../features/city/raw/gb18030.ts'
import { placeMonths, placeRun } from '../../../features/city/raw/month-bits.ts'
import { residentNumber } from '../../../features/city/raw/public-records.ts'
import { publicationOf } from '../../../features/city/raw/publication.ts'
import { checkResidentId, checkUscc, syntheticUscc } from '../../../features/index.ts'

const bits = (mask: number): number[] =>
  Array.from({ length: 31 }, (_, month) => month).filter((month) => (mask >> month) & 1)

describe('firms of a raw city', () => {
  test('individual businesses have codes of prefix 92 and leave the enterprises as they were', () => {
    const alone = makeFirms(300, 7)
    const both = makeFirms(300, 7, 200)
    expect(both.ids.slice(0, 300)).toEqual(alone.ids)
    expect(both.health.slice(0, 300)).toEqual(alone.health)
    expect(both.ids.slice(300).filter((id) => checkUscc(id) !== null || !/^92\d{6}WYX/.test(id))).toEqual([])
    expect(new Set(both.ids.map((id) => id.slice(8, 16))).size).toBe(500)
  })

  test('a mistyped code breaks the rule that is noted, whatever the code', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), fc.nat(), (serial, seed) => {
        const { code, breaks } = mistype(syntheticUscc('130925', serial), openStream(seed, 'mistype'))
        expect(`uscc-${checkUscc(code)}`).toBe(breaks)
      }),
    )
  })

  test('identity numbers pass GB 11643 and are of people born before 1880', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (draw) => {
        const number = residentNumber('130981', draw)
        expect(checkResidentId(number, '1879-12-31')).toBeNull()
      }),
    )
  })
})

describe('months', () => {
  test('so many as asked for, inside their span', () => {
    fc.assert(
      fc.property(fc.nat({ max: 12 }), fc.nat({ max: 18 }), fc.nat(), (count, start, seed) => {
        const months = bits(placeMonths(count, start, 9, openStream(seed, 'months')))
        expect(months.length).toBe(Math.min(9, count))
        expect(months.every((month) => month >= start && month < start + 9)).toBe(true)
      }),
    )
  })

  test('a run has no hole and lies in the year that ends with its month', () => {
    fc.assert(
      fc.property(fc.nat({ max: 12 }), fc.integer({ min: 12, max: 30 }), fc.nat(), (length, end, seed) => {
        const months = bits(placeRun(length, end, openStream(seed, 'run')))
        expect(months.length).toBe(length)
        if (length === 0) return
        expect(months.at(-1)! - months[0]).toBe(length - 1)
        expect(months[0]).toBeGreaterThanOrEqual(end - 11)
        expect(months.at(-1)).toBeLessThanOrEqual(end)
      }),
    )
  })

  test('are counted from April 2024', () => {
    expect(dateOf(monthStart(CALENDAR.asOfMonth + 1) - 1)).toBe(CALENDAR.asOf)
    expect(dateOf(monthStart(CALENDAR.laterMonth + 1) - 1)).toBe(CALENDAR.laterAsOf)
    expect(dateOf(monthStart(CALENDAR.months) - 1)).toBe(CALENDAR.snapshot)
  })
})

describe('terms of publication', () => {
  test.each([
    // design/domain.md 2.6: ordinary, decided 2026-05-10; a safety penalty under Order 58.
    ['ordinary', '2026-05-10', false, '2026-08-09', '2027-05-10', 'ndrc-36'],
    ['ordinary', '2024-05-01', true, '2025-05-01', '2027-05-01', 'ndrc-58'],
    ['minor', '2026-05-10', false, '2026-08-09', '2026-08-09', 'ndrc-36'],
    ['serious', '2026-03-31', false, '2026-06-30', '2029-03-30', 'ndrc-58'],
  ] as const)(
    '%s, decided %s, safety %s: from %s to %s under %s',
    (grade, decided, safety, from, to, order) => {
      const term = publicationOf(grade, dayOf(decided), safety)
      expect([dateOf(term.earliest), dateOf(term.end), term.ruledBy]).toEqual([from, to, order])
    },
  )
})

describe('encodeGb18030', () => {
  test('is what the decoder reads back', () => {
    const text = '沧州虚拟（示例）有限公司,2024-04,¥12.50\n'.replace('¥', '￥')
    expect(new TextDecoder('gb18030', { fatal: true }).decode(encodeGb18030(text))).toBe(text)
    expect([...encodeGb18030('中')]).toEqual([0xd6, 0xd0])
  })

  test('refuses what the two-byte part has not', () => {
    expect(() => encodeGb18030('😀')).toThrow(RangeError)
  })
})
