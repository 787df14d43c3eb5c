import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CatalogueField,
  checkRegion,
  checkResidentId,
  checkUscc,
  type IndustryEdition,
  readIndustry,
  syntheticUscc,
  type ValidationRequest,
} from '../../../features/index.ts'
import { writeCells } from '../../../features/validate/cell-text.ts'
import {
  type Cell,
  classOf,
  field,
  readTable,
  stageRows,
  testSession,
  validate,
} from './validation-fixture.ts'

const session = await testSession()

/** What one field makes of each cell: its value, or the rule that the cell breaks. */
async function read(
  declared: CatalogueField,
  cells: readonly Cell[],
  options: { type?: string; request?: Partial<ValidationRequest> } = {},
): Promise<unknown[]> {
  const types = options.type === undefined ? {} : { [declared.name]: options.type }
  const staged = await stageRows(
    session,
    [declared.name],
    cells.map((cell) => [cell]),
    types,
  )
  const { accepted, quarantine } = await validate(session, classOf([declared]), staged, options.request)
  return cells.map((_, index) => {
    const rules = quarantine.get(index + 1)
    if (rules === undefined) return accepted.get(index + 1)?.[declared.name]
    return rules.map((rule) => rule.replace(`sample.${declared.name}.`, '!')).join(' ')
  })
}

/** Cells and what is read, side by side, so that a failure names the cell. */
async function expectRead(
  declared: CatalogueField,
  table: readonly (readonly [Cell, unknown])[],
  options: Parameters<typeof read>[2] = {},
): Promise<void> {
  const found = await read(
    declared,
    table.map(([cell]) => cell),
    options,
  )
  expect(table.map(([cell], index) => [cell, found[index]])).toEqual(table)
}

describe('dates', () => {
  const day = field({ name: 'day', type: 'date' })

  test('take the forms that people and systems write', async () => {
    await expectRead(day, [
      ['2025-06-30', '2025-06-30'],
      ['2025-6-3', '2025-06-03'],
      ['2025/6/3', '2025-06-03'],
      ['2025/06/30', '2025-06-30'],
      ['2025.6.30', '2025-06-30'],
      ['20250630', '2025-06-30'],
      ['2025年6月30日', '2025-06-30'],
      ['２０２５年６月３０日', '2025-06-30'],
      [' 2025-06-30 ', '2025-06-30'],
      ['2024-02-29', '2024-02-29'],
      ['2025-06-30 23:59:59', '2025-06-30'],
      ['2025-06-30 00:00:00', '2025-06-30'],
      ['2025-06-30T08:30:00.123', '2025-06-30'],
      ['2025/6/30 0:00', '2025-06-30'],
      ['20250630 12:00:00', '2025-06-30'],
      ['20250630120000', '2025-06-30'],
      ['2025年6月30日 12:00', '2025-06-30'],
      ['2025-06-30T00:00:00+08:00', '2025-06-30'],
      // Midnight in China, written in UTC by a program.
      ['2025-06-29T16:00:00.000Z', '2025-06-30'],
      ['2025-06-29T15:59:59Z', '2025-06-29'],
      ['2025-06-29 16:00:00+00', '2025-06-30'],
      ['2025-06-30T01:00:00+0900', '2025-06-30'],
      ['2025-06-30T00:30:00+0900', '2025-06-29'],
      ['2099-12-31', '2099-12-31'],
      ['', null],
      ['  ', null],
      [null, null],
    ])
  })

  test('refuse what is no day, each with its rule', async () => {
    await expectRead(day, [
      ['2025-02-29', '!date-impossible'],
      ['2025/13/01', '!date-impossible'],
      ['20250631', '!date-impossible'],
      ['0000-00-00', '!date-impossible'],
      ['2025-06-30 24:00:00', '!date-impossible'],
      ['2025-06-30 12:60', '!date-impossible'],
      ['2025-02-30 12:00:00', '!date-impossible'],
      ['2025-06-30 12:00:61', '!date-impossible'],
      ['2025-06-30 12:00:0x', '!date-form'],
      ['1899-12-31', '!date-range'],
      ['0025-06-30', '!date-range'],
      ['2101-01-01', '!date-range'],
      ['2025-06/30', '!date-form'],
      ['06/30/2025', '!date-form'],
      ['30-Jun-25', '!date-form'],
      ['25-06-30', '!date-form'],
      ['2025-06', '!date-form'],
      ['202506', '!date-form'],
      ['2025-6-3BC', '!date-form'],
      ['2025-06-30x', '!date-form'],
      ['infinity', '!date-form'],
      ['长期', '!date-form'],
      ['45747', '!excel-serial'],
      ['45747.5', '!excel-serial'],
      ['４５７４７', '!excel-serial'],
      ['NULL', '!placeholder'],
      ['#N/A', '!placeholder'],
    ])
  })

  test('Excel serial numbers are days where the configuration says so', async () => {
    await expectRead(
      day,
      [
        ['45747', '2025-03-31'],
        ['45747.75', '2025-03-31'],
        ['2025-06-30', '2025-06-30'],
        ['36526', '2000-01-01'],
        ['12345', '!date-form'],
      ],
      { request: { excelDates: ['day'] } },
    )
  })

  test('dates and times of databases', async () => {
    await expectRead(
      day,
      [
        ['2025-06-30', '2025-06-30'],
        ['1850-01-01', '!date-range'],
        [null, null],
      ],
      { type: 'DATE' },
    )
    await expectRead(day, [['2025-06-30 23:00:00', '2025-06-30']], { type: 'TIMESTAMP' })
    await expectRead(
      day,
      [
        ['2025-06-29 16:00:00+00', '2025-06-30'],
        ['2025-06-29 15:59:59+00', '2025-06-29'],
        ['infinity', '!date-range'],
        [null, null],
      ],
      { type: 'TIMESTAMP WITH TIME ZONE' },
    )
    await expectRead(
      day,
      [
        ['20250630', '2025-06-30'],
        ['45747', '!excel-serial'],
      ],
      { type: 'INTEGER' },
    )
    await expectRead(
      day,
      [
        ['45747', '!excel-serial'],
        ['20250630', '2025-06-30'],
      ],
      { type: 'DOUBLE' },
    )
  })

  test('every day of the calendar, in every form, is the same day', async () => {
    const days = fc.integer({ min: Date.UTC(1900, 0, 1) / 864e5, max: Date.UTC(2100, 11, 31) / 864e5 })
    const sample = fc
      .sample(days, { numRuns: 60, seed: 7 })
      .map((n) => new Date(n * 864e5).toISOString().slice(0, 10))
    const forms = sample.flatMap((iso): [Cell, string][] => {
      const [y, m, d] = iso.split('-').map(Number)
      return [
        [iso, iso],
        [`${y}/${m}/${d}`, iso],
        [iso.replaceAll('-', ''), iso],
        [`${y}年${m}月${d}日`, iso],
      ]
    })
    await expectRead(day, forms)
  })
})

describe('months', () => {
  const month = field({ name: 'month', type: 'month' })

  test('take months and first days, refuse days inside a month', async () => {
    await expectRead(month, [
      ['2025-06', '2025-06-01'],
      ['2025-6', '2025-06-01'],
      ['2025/06', '2025-06-01'],
      ['202506', '2025-06-01'],
      ['2025年6月', '2025-06-01'],
      ['2025年06月份', '2025-06-01'],
      ['2025-06-01', '2025-06-01'],
      ['20250601', '2025-06-01'],
      ['2025-06-01 00:00:00', '2025-06-01'],
      ['', null],
      ['2025-06-15', '!month-day'],
      ['2025-13', '!date-impossible'],
      ['202500', '!date-impossible'],
      // 2025.1 may have been 2025.10 before a spreadsheet took it for a number.
      ['2025.1', '!date-form'],
      ['Jun-25', '!date-form'],
      ['2025', '!date-form'],
      ['45747', '!excel-serial'],
      ['1850-06', '!date-range'],
    ])
  })

  test('dates of databases, and serial numbers as the configuration says', async () => {
    await expectRead(
      month,
      [
        ['2025-06-01', '2025-06-01'],
        ['2025-06-02', '!month-day'],
      ],
      { type: 'DATE' },
    )
    await expectRead(
      month,
      [
        ['45748', '2025-04-01'],
        ['45747', '!month-day'],
      ],
      { request: { excelDates: ['month'] } },
    )
  })
})

describe('amounts', () => {
  const yuan = field({ name: 'amount', type: 'decimal', precision: 14, scale: 2, unit: 'yuan' })
  const wan = field({ name: 'amount', type: 'decimal', precision: 18, scale: 6, unit: 'wan_yuan' })

  test('take the forms that people write', async () => {
    await expectRead(yuan, [
      ['1234.5', '1234.50'],
      ['1,234.50', '1234.50'],
      ['12,345,678.90', '12345678.90'],
      ['-1,234', '-1234.00'],
      ['999,999,999,999.99', '999999999999.99'],
      ['１，２３４．５０', '1234.50'],
      ['￥1,234.50', '1234.50'],
      ['¥ 100', '100.00'],
      ['100元', '100.00'],
      ['100.00 元', '100.00'],
      ['RMB 12', '12.00'],
      ['人民币12元', '12.00'],
      ['-0.01', '-0.01'],
      ['－5', '-5.00'],
      ['-￥5', '-5.00'],
      ['+7', '7.00'],
      ['.5', '0.50'],
      ['5.', '5.00'],
      ['1.50000', '1.50'],
      ['007', '7.00'],
      ['999999999999.99', '999999999999.99'],
      ['1.2e3', '1200.00'],
      ['1.23457E+11', '123457000000.00'],
      ['15e-1', '1.50'],
      ['', null],
    ])
  })

  test('refuse what would be silently wrong', async () => {
    await expectRead(yuan, [
      ['1.005', '!decimals'],
      ['0.001', '!decimals'],
      ['15e-4', '!decimals'],
      ['1000000000000', '!digits'],
      ['1,000,000,000,000', '!digits'],
      ['1,234.567', '!decimals'],
      ['1e13', '!digits'],
      ['1,23', '!number-form'],
      ['1,2345', '!number-form'],
      ['12,34.5', '!number-form'],
      ['1,234,56', '!number-form'],
      ['1.234,50', '!number-form'],
      ['1 234', '!number-form'],
      ['1_000', '!number-form'],
      ['0x10', '!number-form'],
      ['(12.00)', '!number-form'],
      ['--5', '!number-form'],
      ['-', '!number-form'],
      ['十二元', '!number-form'],
      ['12左右', '!number-form'],
      ['inf', '!number-form'],
      ['NaN', '!placeholder'],
      ['0.1万元', '!unit'],
      ['1万', '!unit'],
      ['2亿元', '!unit'],
      ['5%', '!unit'],
      ['12吨', '!unit'],
    ])
  })

  test('in 10,000 yuan the sign for yuan alone is another unit', async () => {
    await expectRead(wan, [
      ['2', '2.000000'],
      ['2万元', '2.000000'],
      ['￥2万元', '2.000000'],
      ['0.000001', '0.000001'],
      ['2元', '!unit'],
      ['￥20000', '!unit'],
    ])
  })

  test('other units', async () => {
    await expectRead(field({ name: 'usage', type: 'decimal', precision: 14, scale: 2, unit: 'm3' }), [
      ['12m³', '12.00'],
      ['12.5立方米', '12.50'],
      ['12方', '12.00'],
      ['12度', '!unit'],
      ['￥12', '!unit'],
    ])
    await expectRead(field({ name: 'usage', type: 'decimal', precision: 14, scale: 2, unit: 'kWh' }), [
      ['12kWh', '12.00'],
      ['12度', '12.00'],
      ['12千瓦时', '12.00'],
      ['12m3', '!unit'],
    ])
  })

  test('whole numbers', async () => {
    await expectRead(field({ name: 'persons', type: 'integer', unit: 'persons' }), [
      ['12', 12],
      ['12.0', 12],
      ['1,200人', 1200],
      ['-3', -3],
      ['12.5', '!decimals'],
      ['900719925474099', 900719925474099],
      ['9999999999999999999', '!digits'],
      ['12元', '!unit'],
    ])
  })

  test('numbers of databases', async () => {
    await expectRead(
      yuan,
      [
        ['12.34', '12.34'],
        ['12.345', '!decimals'],
        ['1e13', '!digits'],
        ['nan', '!number-form'],
        [null, null],
      ],
      { type: 'DOUBLE' },
    )
    // 0.1 + 0.2 in binary.
    await expectRead(yuan, [['0.30000000000000004', '0.30']], { type: 'DOUBLE' })
    await expectRead(
      yuan,
      [
        ['12.3400', '12.34'],
        ['12.345', '!decimals'],
      ],
      { type: 'DECIMAL(18, 4)' },
    )
    await expectRead(
      yuan,
      [
        ['9999999999999', '!digits'],
        ['5', '5.00'],
      ],
      { type: 'BIGINT' },
    )
    await expectRead(yuan, [['12.3', '12.30']], { type: 'FLOAT' })
    await expectRead(
      field({ name: 'persons', type: 'integer' }),
      [
        ['12', 12],
        ['12.5', '!decimals'],
      ],
      { type: 'DOUBLE' },
    )
  })

  test('scientific notation is taken, and warned of', async () => {
    const staged = await stageRows(session, ['amount'], [['1.2e3'], ['1200']])
    const { report } = await validate(session, classOf([yuan]), staged)
    expect(report).toMatchObject({ accepted: 2, warned: 1 })
    expect(report.byRule.map(({ rule, count }) => [rule, count])).toEqual([['sample.amount.scientific', 1]])
  })

  test('any amount of up to twelve digits, in any accepted form, is that amount', async () => {
    const cents = fc.sample(fc.bigInt({ min: -(10n ** 14n) + 1n, max: 10n ** 14n - 1n }), {
      numRuns: 80,
      seed: 11,
    })
    const table = cents.flatMap((amount): [Cell, string][] => {
      const [sign, digits] = amount < 0n ? ['-', (-amount).toString()] : ['', amount.toString()]
      const padded = digits.padStart(3, '0')
      const [whole, rest] = [padded.slice(0, -2), padded.slice(-2)]
      const value = `${sign}${whole}.${rest}`
      const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
      return [
        [value, value],
        [`${sign}${grouped}.${rest}`, value],
        [`${sign}￥${grouped}.${rest}元`, value],
        [`${sign}${padded}e-2`, value],
      ]
    })
    await expectRead(
      yuan,
      table.map(([cell, value]) => [cell, value.replace(/^-0\.00$/, '0.00')]),
    )
  })
})

describe('choices', () => {
  const values = [
    { value: '有效', also: ['1', '0'] },
    { value: '无效', also: ['2'] },
  ]

  test('booleans', async () => {
    await expectRead(field({ name: 'flag', type: 'boolean' }), [
      ['是', true],
      ['否', false],
      ['1', true],
      ['0', false],
      ['true', true],
      ['FALSE', false],
      [' 是 ', true],
      ['', null],
      ['有', '!boolean'],
      ['2', '!boolean'],
    ])
    await expectRead(
      field({ name: 'flag', type: 'boolean' }),
      [
        ['true', true],
        [null, null],
      ],
      { type: 'BOOLEAN' },
    )
    await expectRead(
      field({ name: 'flag', type: 'boolean' }),
      [
        ['1', true],
        ['2', '!boolean'],
      ],
      { type: 'INTEGER' },
    )
  })

  test('listed texts, in any generation’s words', async () => {
    await expectRead(field({ name: 'state', type: 'enum', values }), [
      ['有效', '有效'],
      ['1', '有效'],
      ['０', '有效'],
      [' 2', '无效'],
      ['', null],
      ['有 效', '!enum'],
      ['3', '!enum'],
      ['其他-x', '!enum'],
    ])
    await expectRead(
      field({ name: 'state', type: 'enum', values }),
      [
        ['1', '有效'],
        ['3', '!enum'],
      ],
      { type: 'INTEGER' },
    )
  })

  test('其他 takes a text, and needs one', async () => {
    await expectRead(field({ name: 'kind', type: 'enum', values: [{ value: '普通' }], otherText: true }), [
      ['普通', '普通'],
      ['其他-备案', '其他-备案'],
      ['其他：备案', '其他-备案'],
      ['其他－ 备案', '其他-备案'],
      ['其他', '!other-text'],
      ['其他-', '!other-text'],
      ['其它-备案', '!enum'],
    ])
  })

  test('sets come out in the order of the catalogue, each part once', async () => {
    const set = field({
      name: 'kinds',
      type: 'set',
      otherText: true,
      values: [
        { value: '警告' },
        { value: '罚款', also: ['罚金'] },
        { value: '没收违法所得、没收非法财物', also: ['没收'] },
      ],
    })
    await expectRead(set, [
      ['罚款', '罚款'],
      ['罚款;警告', '警告;罚款'],
      ['罚款；警告；罚金', '警告;罚款'],
      ['警告、罚款', '警告;罚款'],
      ['罚款，没收违法所得、没收非法财物', '罚款;没收违法所得、没收非法财物'],
      ['没收|其他-责令改正', '没收违法所得、没收非法财物;其他-责令改正'],
      ['罚款、拘留', '!enum'],
      ['罚款;其他', '!other-text'],
      [';', '!enum'],
      ['', null],
    ])
  })
})

describe('codes', () => {
  const code = field({ name: 'uscc', type: 'uscc' })

  test('published credit codes, and the exceptions that a reviewed list takes', async () => {
    const real = ['91350211M0000XUF46', '91350203M0001QAY9B']
    const table: [Cell, unknown][] = [
      '91350100M000100Y43',
      '91110000101623741K',
      '911101066976941872',
      '91440300708461136T',
      '92510100MA61WJ3204',
      '51610700305332460K',
      '11420000MB15291767',
      '112302070019030687',
      '91130900MA00004100',
      '91130921MB000006XP',
    ].map((one) => [one, one])
    await expectRead(code, [
      ...table,
      ['91350100m000100y43', '91350100M000100Y43'],
      ['９１３５０１００M000100Y43 ', '91350100M000100Y43'],
      ['91350100M000100Y4A', '!uscc-check'],
      [real[0], expect.stringMatching(/^!uscc-.*check$/)],
      ['91350100M000100Y4', '!uscc-length'],
      ['9.1350100E+17', '!uscc-length'],
      ['91350100O000100Y43', '!uscc-symbols'],
      ['91A50100M000100Y43', '!uscc-region'],
      ['91350100M000100X43', '!uscc-organisation-check'],
    ])
    await expectRead(
      code,
      [...real.map((one): [Cell, Cell] => [one, one]), ['91350100M000100Y4A', '!uscc-check']],
      { request: { exceptions: new Set(real) } },
    )
    // A list of exceptions does not make a code of what has not even its form.
    await expectRead(code, [['91350100M000100Y4', '!uscc-length']], {
      request: { exceptions: new Set(['91350100O000100Y43']) },
    })
  })

  test('agree with the checks of the product on codes with any one character changed', async () => {
    const symbols = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
    const codes = fc
      .sample(
        fc.tuple(
          fc.integer({ min: 0, max: 1e6 }),
          fc.integer({ min: 0, max: 17 }),
          fc.constantFrom(...symbols),
        ),
        { numRuns: 400, seed: 3 },
      )
      .map(([serial, at, symbol]) => {
        const valid = syntheticUscc('130925', serial)
        return valid.slice(0, at) + symbol + valid.slice(at + 1)
      })
    const found = await read(code, codes)
    expect(found).toEqual(
      codes.map((one) => {
        const rule = checkUscc(one)
        return rule === null ? one : `!uscc-${rule}`
      }),
    )
  })

  test('identity numbers agree with the check of the product, whatever is changed', async () => {
    const day = '2026-11-24'
    const numbers = fc
      .sample(fc.tuple(fc.integer({ min: 0, max: 17 }), fc.constantFrom(...'0123456789X')), {
        numRuns: 150,
        seed: 5,
      })
      .map(([at, symbol]) => `11010519491231002X`.slice(0, at) + symbol + `11010519491231002X`.slice(at + 1))
    const found = await read(field({ name: 'id', type: 'resident_id' }), numbers)
    expect(found).toEqual(
      numbers.map((one) => {
        const rule = checkResidentId(one, day)
        return rule === null ? one : `!${rule}`
      }),
    )
  })

  test('regions agree with the check of the product; a list of one’s own adds to them', async () => {
    const codes = ['130925', '130971', '130904', '110105', '990000', '13092', '1309250', '13092X']
    const further = new Set(['130904'])
    const region = field({ name: 'region', type: 'region' })
    const expected = (list: ReadonlySet<string>) =>
      codes.map((one) => {
        const rule = checkRegion(one, list)
        return rule === null ? one : `!${rule}`
      })
    expect(await read(region, codes)).toEqual(expected(new Set()))
    expect(await read(region, codes, { request: { regions: further } })).toEqual(expected(further))
    expect(await read(region, ['130925'], { type: 'INTEGER' })).toEqual(['130925'])
  })

  test('industries are read in the edition that stands beside them', async () => {
    const texts = ['C3391', '3391', 'c33', '7910', 'N7910', '97', '82', 'U1', '00', 'A3391', 'C']
    const fields = [
      field({ name: 'industry_code', type: 'industry' }),
      field({
        name: 'industry_edition',
        type: 'enum',
        values: [{ value: '2017' }, { value: '2011', also: ['GB/T 4754-2011'] }],
      }),
    ]
    const editions: [Cell, IndustryEdition][] = [
      ['2017', '2017'],
      ['2011', '2011'],
      ['GB/T 4754-2011', '2011'],
      [null, '2017'],
    ]
    const rows = editions.flatMap(([text]) => texts.map((one): Cell[] => [one, text]))
    const staged = await stageRows(session, ['industry_code', 'industry_edition'], rows)
    const { accepted, quarantine } = await validate(session, classOf(fields), staged)
    const expected = editions.flatMap(([, edition]) =>
      texts.map((one) => {
        const { code: read, rule } = readIndustry(one.toUpperCase(), edition)
        return rule === null ? read : `sample.industry_code.${rule}`
      }),
    )
    expect(
      rows.map((_, index) => quarantine.get(index + 1)?.join() ?? accepted.get(index + 1)?.industry_code),
    ).toEqual(expected)
  })
})

describe('texts', () => {
  const text = field({ name: 'text', type: 'text', maxLength: 20 })

  test('are normalised and trimmed', async () => {
    await expectRead(text, [
      ['沧州（集团）有限公司', '沧州(集团)有限公司'],
      ['　ＡＢＣ　', 'ABC'],
      ['a\u200bb\ufeff', 'ab'],
      ['⼯业', '工业'],
      ['㈱①Ⅳ㎡', '(株)1IVm2'],
      ['e\u0301', 'é'],
      ['二\n行', '二\n行'],
      ['   ', null],
      ['无', '无'],
      ['十'.repeat(20), '十'.repeat(20)],
    ])
  })

  test('refuse what is damaged, too long, a mark for nothing, or a person’s number', async () => {
    await expectRead(text, [
      ['十'.repeat(21), '!length'],
      ['沧州\ufffd公司', '!damaged'],
      ['a\u0001b', '!damaged'],
      ['null', '!placeholder'],
      ['#REF!', '!placeholder'],
      ['11010519491231002X', '!resident-number-inside'],
      ['１1010519491231002x', '!resident-number-inside'],
      // The check character is wrong: some other number.
      ['110105194912310021', '110105194912310021'],
    ])
    await expectRead(field({ name: 'text', type: 'text', modelUse: 'key' }), [
      ['1.23457E+11', '!spreadsheet-number'],
      ['1E5', '1E5'],
    ])
    await expectRead(text, [['1.23457E+11', '1.23457E+11']])
  })

  test('whole numbers of databases are texts without a decimal point', async () => {
    await expectRead(text, [['123456789012', '123456789012']], { type: 'DOUBLE' })
    await expectRead(text, [['123456789012', '123456789012']], { type: 'BIGINT' })
  })

  test('cells are what the runtime’s own NFKC makes of them, for any text', async () => {
    const texts = fc.sample(
      fc.string({ unit: 'binary', maxLength: 12 }).filter((one) => one.isWellFormed() && !one.includes('\0')),
      { numRuns: 300, seed: 13 },
    )
    const odd = [
      '㌀',
      'ﬁ',
      'Å',
      'ｶﾞ',
      '가',
      '\u1112\u1161\u11ab',
      'ǆ',
      '\u0344',
      '⑳',
      '豈',
      '𝔘',
      '\u00a0x\u3000',
      'x\u2003y',
    ]
    const wanted = [...new Set([...texts, ...odd])].filter((one) => one !== '')
    await session.run(
      `CREATE TABLE texts AS SELECT * FROM (VALUES ${wanted.map((one) => `('${one.replaceAll("'", "''")}')`).join(', ')}) AS t(raw)`,
    )
    await writeCells(session, 'texts', 'texts cells')
    const { rows } = await readTable(session, 'SELECT raw, cell FROM "texts cells"')
    const found = new Map(rows as [string, string][])
    const invisible = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]/g
    const expected = new Map(
      wanted.map((one) => [
        one,
        one
          .normalize('NFKC')
          .replace(invisible, '')
          .replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, ''),
      ]),
    )
    expect(
      wanted
        .filter((one) => found.get(one) !== expected.get(one))
        .map((one) => [one, found.get(one), expected.get(one)]),
    ).toEqual([])
  })
})
