import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkOrganisationCode,
  checkUscc,
  SYNTHETIC_SERIAL_MAX,
  syntheticUscc,
} from '../../../features/index.ts'

describe('checkUscc', () => {
  test.each([
    '91350100M000100Y43',
    '91110000101623741K',
    '911101066976941872',
    '91440300708461136T',
    '91110108551385082Q',
    '91320621MA1MRHG205',
    '91310115MA1K3CUM7M',
    '92510100MA61WJ3204',
    '51610700305332460K',
    '11420000MB15291767',
    '112302070019030687',
  ])('takes the published code %s', (code) => {
    expect(checkUscc(code)).toBeNull()
  })

  test('takes check character 0 where the weighted sum is divisible by 31', () => {
    expect(checkUscc('91130900MA00004100')).toBeNull()
  })

  test('takes X as the check character of the organisation code', () => {
    expect(checkUscc('91130921MB000006XP')).toBeNull()
  })

  test.each([
    '91350100M000100Y4A',
    '91350211M0000XUF46',
    '91350203M0001QAY9B',
    '91350200M000000510',
    '91350128M00000019A',
  ])('refuses %s', (code) => {
    expect(checkUscc(code)).not.toBeNull()
  })

  test.each([
    ['', 'length'],
    ['91350100M000100Y4', 'length'],
    ['91350100m000100y43', 'symbols'],
    ['91350100I000100Y43', 'symbols'],
    ['91A50100M000100Y43', 'region'],
    ['91350100M000100X43', 'organisation-check'],
    ['91350100M000100Y4A', 'check'],
  ])('names the rule that %s breaks: %s', (code, rule) => {
    expect(checkUscc(code)).toBe(rule)
  })
})

describe('checkOrganisationCode', () => {
  // Characters 9 to 17 of published credit codes.
  test.each(['M000100Y4', '101623741', 'MA1MRHG20', '708461136', '551385082', '30533246-0', 'MB000006X'])(
    'takes %s',
    (code) => expect(checkOrganisationCode(code)).toBe(true),
  )

  test.each(['M000100Y5', 'MB0000060', 'mb000006X', 'MB00006X', ''])('refuses "%s"', (code) => {
    expect(checkOrganisationCode(code)).toBe(false)
  })
})

describe('syntheticUscc', () => {
  test('gives valid codes of the region for every serial', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: SYNTHETIC_SERIAL_MAX }), (serial) => {
        const code = syntheticUscc('130925', serial)
        expect(checkUscc(code)).toBeNull()
        expect(code).toMatch(/^91130925WYX/)
      }),
    )
  })

  test('gives different codes for different serials and stays at 18 characters at both ends', () => {
    const codes = new Set(Array.from({ length: 5000 }, (_, serial) => syntheticUscc('130900', serial)))
    codes.add(syntheticUscc('130900', SYNTHETIC_SERIAL_MAX))
    expect(codes.size).toBe(5001)
  })

  test.each([
    ['13090', 1],
    ['13090X', 1],
    ['130900', -1],
    ['130900', 0.5],
    ['130900', SYNTHETIC_SERIAL_MAX + 1],
  ])('refuses region %s with serial %s', (region, serial) => {
    expect(() => syntheticUscc(region, serial)).toThrow(/synthetic credit code/)
  })
})
