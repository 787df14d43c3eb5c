import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CatalogueClass,
  describeReport,
  loadCatalogue,
  syntheticUscc,
  validateRecords,
  writeQuarantine,
} from '../../../features/index.ts'
import { expectFault, temporaryFolder } from './fixtures.ts'
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
const catalogue = await loadCatalogue()
const water = catalogue.classes.get('water_usage') as CatalogueClass

const COLUMNS = [
  'enterprise_name',
  'uscc',
  'water_account_name',
  'water_account_no',
  'bill_month',
  'usage_m3',
  'amount_due_yuan',
  'amount_paid_yuan',
  'due_date',
  'paid_date',
]

/** A bill without a fault; `changes` overrides cells by their column. */
function bill(firm: number, month: string, changes: Partial<Record<string, Cell>> = {}): Cell[] {
  const cells: Record<string, Cell> = {
    enterprise_name: `示例${firm}金属制品有限公司`,
    uscc: syntheticUscc('130925', firm),
    water_account_name: `示例${firm}金属制品有限公司`,
    water_account_no: `SY${firm}`,
    bill_month: month,
    usage_m3: '120.5',
    amount_due_yuan: '482.00',
    amount_paid_yuan: '482.00',
    due_date: '2026-06-30',
    paid_date: '2026-06-20',
    ...changes,
  }
  return COLUMNS.map((column) => cells[column])
}

describe('a batch', () => {
  test('is parted into accepted records, quarantine and duplicates', async () => {
    const rows = [
      bill(1, '2026-05'),
      bill(1, '2026-06', { usage_m3: '-1', paid_date: '2027-01-01', uscc: '91350100M000100Y4A' }),
      bill(2, '2026-05'),
      bill(2, '2026-05'),
      bill(3, '2026-05', { amount_paid_yuan: null, paid_date: null }),
      bill(4, '2026-05', { water_account_name: '另一家企业', enterprise_name: null }),
      bill(5, '2026-05', { water_account_name: '另一家企业' }),
    ]
    const { report, accepted, quarantine, duplicates, columns } = await validate(
      session,
      water,
      await stageRows(session, COLUMNS, rows),
    )
    expect(report).toMatchObject({
      batch: 'B-1',
      class: 'water_usage',
      received: 7,
      accepted: 4,
      quarantined: 2,
      duplicates: 1,
      late: 0,
      warned: 1,
    })
    expect(quarantine).toEqual(
      new Map([
        [
          2,
          [
            'water_usage.paid-date-not-in-future',
            'water_usage.usage-not-negative',
            'water_usage.uscc.uscc-check',
          ],
        ],
        [6, ['water_usage.enterprise_name.required']],
      ]),
    )
    expect(duplicates).toEqual(new Map([[4, 3]]))
    expect([...accepted.keys()]).toEqual([1, 3, 5, 7])
    expect(accepted.get(5)).toEqual({
      source_row: 5,
      enterprise_name: '示例3金属制品有限公司',
      uscc: syntheticUscc('130925', 3),
      water_account_name: '示例3金属制品有限公司',
      water_account_no: 'SY3',
      bill_month: '2026-05-01',
      usage_m3: '120.50',
      amount_due_yuan: '482.00',
      amount_paid_yuan: null,
      due_date: '2026-06-30',
      paid_date: null,
    })
    expect(columns).toEqual(['source_row', ...COLUMNS])
    const warning = report.byRule.find(({ severity }) => severity === 'warn')
    expect(warning).toMatchObject({
      rule: 'water_usage.account-name-is-enterprise',
      count: 1,
      firstPlaces: ['sample.csv line 8'],
    })
  })

  test('an empty one is a batch too', async () => {
    const { report } = await validate(session, water, await stageRows(session, COLUMNS, []))
    expect(report).toMatchObject({
      received: 0,
      accepted: 0,
      quarantined: 0,
      duplicates: 0,
      byRule: [],
      hints: [],
    })
  })

  test('types of the accepted records are those of the class', async () => {
    const staged = await stageRows(session, COLUMNS, [bill(1, '2026-05')])
    await validate(session, water, staged, { target: 'typed' })
    const { rows } = await readTable(session, 'SELECT column_name, column_type FROM (DESCRIBE typed)')
    expect(Object.fromEntries(rows as [string, string][])).toEqual({
      source_row: 'BIGINT',
      enterprise_name: 'VARCHAR',
      uscc: 'VARCHAR',
      water_account_name: 'VARCHAR',
      water_account_no: 'VARCHAR',
      bill_month: 'DATE',
      usage_m3: 'DECIMAL(14,2)',
      amount_due_yuan: 'DECIMAL(14,2)',
      amount_paid_yuan: 'DECIMAL(14,2)',
      due_date: 'DATE',
      paid_date: 'DATE',
    })
  })

  test('nothing is left of one that cannot be validated', async () => {
    const staged = await stageRows(session, COLUMNS, [bill(1, '2026-05')])
    const klass = {
      ...water,
      rules: [{ ...water.rules[0], check: { op: 'matches', field: 'uscc', pattern: '(' } as const }],
    }
    await expectFault(
      validate(session, klass, staged, { target: 'broken' }),
      'YX_FEATURES_RULE_NOT_COMPILED',
      'RE2',
    )
    const { rows } = await readTable(
      session,
      "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'broken%'",
    )
    expect(rows).toEqual([])
  })

  test('a second one does not touch the tables of the first', async () => {
    const staged = await stageRows(session, COLUMNS, [bill(1, '2026-05')])
    await validate(session, water, staged, { target: 'first' })
    const again = validate(session, water, staged, { target: 'first' })
    await expectFault(again, 'YX_FEATURES_VALIDATION_REQUEST_INVALID', '"first"')
    expect((await readTable(session, 'SELECT count(*) FROM first')).rows).toEqual([[1]])
  })

  test('no scratch table outlives a validation', async () => {
    const staged = await stageRows(session, COLUMNS, [bill(1, '2026-05'), bill(1, '2026-05'), bill(2, 'x')])
    await validate(session, water, staged, { target: 'clean' })
    const { rows } = await readTable(
      session,
      "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'clean%' ORDER BY 1",
    )
    expect(rows.flat()).toEqual(['clean', 'clean_duplicates', 'clean_quarantine'])
  })

  test.each([
    [{ asOf: '2026-13-01' }, '"asOf"'],
    [{ receivedOn: 'today' }, 'day of receipt'],
    [{ excelDates: ['usage_m3'] }, '"usage_m3"'],
    [{ exceptions: new Set(['91350211M0000XUF46 ']) }, '"exceptions"'],
    [{ regions: new Set(['1309']) }, '"regions"'],
  ])('a request %o is refused', async (changes, part) => {
    const staged = await stageRows(session, COLUMNS, [])
    await expectFault(
      validate(session, water, staged, changes),
      'YX_FEATURES_VALIDATION_REQUEST_INVALID',
      part,
      'B-1',
    )
  })
})

describe('records with the same key', () => {
  const klass = classOf(
    [
      field({ name: 'no', type: 'text' }),
      field({ name: 'month', type: 'month' }),
      field({ name: 'amount', type: 'decimal', precision: 14, scale: 2 }),
      field({ name: 'secret', type: 'text', grade: 'G3', modelUse: 'never' }),
    ],
    { key: ['no', 'month'] },
  )
  const columns = ['no', 'month', 'amount', 'secret', 'remark']

  test('the same content once, other content not at all', async () => {
    const staged = await stageRows(session, columns, [
      ['a', '2026-05', '1', 's', 'x'],
      ['a', '202605', '1.00', 's', 'y'],
      ['a', '2026-06', '1', 's', 'x'],
      ['b', '2026-05', '1', 's', 'x'],
      ['b', '2026-05', '2', 's', 'x'],
      ['b', '2026-05', '1', 's', 'x'],
      ['c', '2026-05', '1', 's', 'x'],
      ['c', '2026-05', '1', 't', 'x'],
      ['d', '2026-05', 'one', 's', 'x'],
      ['d', '2026-05', 'one', 's', 'x'],
      ['e', '2026-05', 'one', 's', 'x'],
      ['e', '2026-05', 'two', 's', 'x'],
      [null, '2026-05', '1', 's', 'x'],
      [null, '2026-05', '1', 's', 'x'],
    ])
    const { quarantine, duplicates, accepted } = await validate(session, klass, staged)
    const clash = 'sample.key.unique'
    const wrong = 'sample.amount.number-form'
    expect(duplicates).toEqual(
      new Map([
        [2, 1],
        [6, 4],
        [10, 9],
      ]),
    )
    expect(quarantine).toEqual(
      new Map([
        [4, [clash]],
        [5, [clash]],
        [7, [clash]],
        [8, [clash]],
        [9, [wrong]],
        [11, [wrong, clash].sort()],
        [12, [wrong, clash].sort()],
      ]),
    )
    expect([...accepted.keys()]).toEqual([1, 3, 13, 14])
  })

  test('received is always accepted + quarantined + duplicates, and agrees with a second computation', async () => {
    const cells = fc.record({
      no: fc.constantFrom('a', 'b', 'c', null),
      month: fc.constantFrom('2026-05', '202605', '2026-06', 'x'),
      amount: fc.constantFrom('1', '1.0', '2', '', 'one'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(cells, { maxLength: 12 }), async (records) => {
        const staged = await stageRows(
          session,
          ['no', 'month', 'amount'],
          records.map(({ no, month, amount }) => [no, month, amount]),
        )
        const { report, quarantine, duplicates, accepted } = await validate(session, klass, staged)
        const expected = parted(records)
        expect([...accepted.keys()]).toEqual(expected.accepted)
        expect([...quarantine.keys()].sort((a, b) => a - b)).toEqual(expected.quarantined)
        expect([...duplicates.keys()].sort((a, b) => a - b)).toEqual(expected.duplicates)
        expect(report.received).toBe(records.length)
        expect(report.accepted + report.quarantined + report.duplicates).toBe(records.length)
      }),
      { numRuns: process.env.YINXIN_FULL === '1' ? 200 : 12 },
    )
  })

  /** The same decision in plain TypeScript, record by record. */
  function parted(records: readonly { no: Cell; month: string; amount: string }[]) {
    const read = records.map(({ no, month, amount }, index) => {
      const value = { '1': '1.00', '1.0': '1.00', '2': '2.00', '': null }[amount]
      const when = { '2026-05': '2026-05', '202605': '2026-05', '2026-06': '2026-06' }[month]
      return {
        row: index + 1,
        key: no === null || when === undefined ? null : `${no} ${when}`,
        content: value === undefined ? `?${amount}` : value,
        broken: value === undefined || when === undefined,
      }
    })
    const result = { accepted: [] as number[], quarantined: [] as number[], duplicates: [] as number[] }
    for (const one of read) {
      const same = read.filter(({ key }) => key !== null && key === one.key)
      if (same.some(({ row, content }) => row < one.row && content === one.content))
        result.duplicates.push(one.row)
      else if (one.broken || same.some(({ content }) => content !== one.content))
        result.quarantined.push(one.row)
      else result.accepted.push(one.row)
    }
    return result
  }
})

describe('names and codes', () => {
  const [one, two] = [syntheticUscc('130925', 1), syntheticUscc('130925', 2)]
  const klass = classOf([
    field({ name: 'uscc', type: 'uscc' }),
    field({ name: 'enterprise_name', type: 'name' }),
  ])

  test('other names of a code and other codes of a name are pointed at, spellings are not', async () => {
    const staged = await stageRows(
      session,
      ['uscc', 'enterprise_name'],
      [
        [one, '示例（沧州）有限公司'],
        [one, '示例(沧州)有限责任公司'],
        [one, '示例 (沧州) 有限公司'],
        [one, '旧名有限公司'],
        [two, '示例（沧州）有限公司'],
        [two, '第二有限公司'],
        [two, '第二有限公司'],
      ],
    )
    const { report } = await validate(session, klass, staged)
    expect(report).toMatchObject({ accepted: 7, warned: 2 })
    expect(report.byRule.map(({ rule, count, firstPlaces }) => [rule, count, firstPlaces])).toEqual([
      ['sample.enterprise_name.name-variant', 2, ['sample.csv line 5', 'sample.csv line 6']],
      ['sample.uscc.code-variant', 1, ['sample.csv line 6']],
    ])
  })
})

describe('late records', () => {
  const penalty = classOf([field({ name: 'decided', type: 'date' })], {
    lateAfter: { field: 'decided', workingDays: 7 },
  })

  test('are those with more working days behind them, holidays counted out', async () => {
    // Received on Monday 2026-10-19; seven working days before: 12 to 16 October, 10 (a worked Saturday), 9.
    const staged = await stageRows(
      session,
      ['decided'],
      [['2026-10-19'], ['2026-10-09'], ['2026-10-08'], ['2026-10-01'], ['2010-01-01'], [null]],
    )
    const { report } = await validate(session, penalty, staged, { receivedOn: '2026-10-19' })
    expect(report).toMatchObject({ accepted: 6, late: 3, warned: 0 })
    expect(report.byRule).toMatchObject([
      {
        rule: 'sample.decided.late',
        severity: 'warn',
        count: 3,
        firstPlaces: ['sample.csv line 4', 'sample.csv line 5', 'sample.csv line 6'],
      },
    ])
  })

  test('a year without a calendar is refused', async () => {
    const staged = await stageRows(session, ['decided'], [['2026-10-19']])
    await expectFault(
      validate(session, penalty, staged, { receivedOn: '2031-01-06' }),
      'YX_FEATURES_CALENDAR_YEAR_UNKNOWN',
      '2031',
    )
  })
})

describe('sensitive fields', () => {
  test('are checked, and nothing of them is in the tables', async () => {
    const penalty = catalogue.classes.get('admin_penalty') as CatalogueClass
    const valid = '11010519491231002X'
    const columns = [
      'CF_XDR_MC',
      'CF_XDR_SHXYM',
      'CF_CFWS',
      'CF_WSH',
      'CF_SY',
      'CF_YJ',
      'CF_NR',
      'CF_JDRQ',
      'CF_CFJG',
      'CF_FR_ZJLX',
      'CF_FR_ZJHM',
    ]
    const row = (no: string, type: Cell, number: Cell): Cell[] => [
      '示例有限公司',
      syntheticUscc('130925', 1),
      '决定书',
      no,
      '事实',
      '依据',
      '内容',
      '2026-11-20',
      '示例市市场监督管理局',
      type,
      number,
    ]
    const staged = await stageRows(session, columns, [
      row('1', '身份证', valid),
      row('2', '身份证', '110105194912310021'),
      row('3', '护照', 'E12345678'),
      row('4', null, valid),
    ])
    const {
      quarantine,
      columns: kept,
      accepted,
    } = await validate(session, penalty, staged, { target: 'penalties' })
    expect(quarantine).toEqual(new Map([[2, ['admin_penalty.resident-id-check']]]))
    expect(kept).not.toContain('legal_rep_id_number')
    expect(kept).not.toContain('legal_rep_id_type')
    expect(JSON.stringify([...accepted])).not.toContain('19491231')
    const { rows } = await readTable(session, 'SELECT * FROM penalties_quarantine')
    expect(JSON.stringify(rows)).not.toContain('19491231')
  })
})

describe('the report', () => {
  test('says one thing of a column whose every cell fails', async () => {
    const rows = Array.from({ length: 1200 }, (_, index) =>
      bill(index, String(45_000 + index), { due_date: '' }),
    )
    const { report } = await validate(session, water, await stageRows(session, COLUMNS, rows))
    expect(report).toMatchObject({ quarantined: 1200 })
    expect(report.hints.map(({ rule }) => rule).sort()).toEqual([
      'water_usage.bill_month.excel-serial',
      'water_usage.due_date.required',
    ])
    const text = describeReport(report, 'en')
    expect(text).toContain('all 1,200 cells of bill_month look like Excel serial numbers')
    expect(describeReport(report, 'zh')).toContain('bill_month 列的 1,200 个单元格看起来都是 Excel 日期序号')
    expect(text.split('\n').length).toBeLessThan(30)
  })

  test('has counts, rules, reasons, mends and places in both languages, and repeats no cell', async () => {
    const marked = '示例9999金属制品有限公司'
    const rows = [
      bill(1, '2026-05'),
      bill(9999, '2026-05', {
        usage_m3: '77.7777',
        amount_paid_yuan: '万66万',
        paid_date: '45747',
        enterprise_name: marked,
      }),
      bill(9999, 'M77', {}),
    ]
    const { report } = await validate(session, water, await stageRows(session, COLUMNS, rows))
    for (const language of ['zh', 'en'] as const) {
      const text = describeReport(report, language)
      for (const { rule, reason, mend } of report.byRule) {
        expect(text).toContain(rule)
        expect(text).toContain(reason[language])
        expect(text).toContain(mend[language])
      }
      for (const cell of [marked, '77.7777', '万66万', 'M77', 'SY9999', syntheticUscc('130925', 9999)])
        expect(text).not.toContain(cell)
    }
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
    expect(JSON.stringify(report)).not.toContain('77.7777')
  })

  test('what steers a terminal does not come through with a name', async () => {
    const columns = [...COLUMNS, '\u001b[2Jremark\u202e']
    const { report } = await validate(
      session,
      water,
      await stageRows(session, columns, [[...bill(1, '2026-05'), 'x']]),
    )
    expect(report.ignoredColumns).toEqual(['\u001b[2Jremark\u202e'])
    expect(describeReport(report, 'zh')).toContain('\ufffd[2Jremark\ufffd')
  })

  test('the quarantine goes into a file beside the data, in the order of the source', async () => {
    const dir = temporaryFolder()
    const rows = [
      bill(1, '45748'),
      bill(2, '2026-05'),
      bill(2, '2026-05'),
      bill(3, '2026-05', { usage_m3: '-1', uscc: 'x' }),
    ]
    await validate(session, water, await stageRows(session, COLUMNS, rows), { target: 'file' })
    const file = join(dir, "it's.csv")
    await writeQuarantine(session, 'file', file)
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    expect(lines[0]).toBe('\ufeffrow,rule,field,reason_zh,reason_en')
    expect(lines.slice(1).map((line) => line.split(',').slice(0, 2).join())).toEqual([
      '1,water_usage.bill_month.excel-serial',
      '3,water_usage.record.repeated',
      '4,water_usage.usage-not-negative',
      '4,water_usage.uscc.uscc-length',
    ])
    // In the house of the data, the reason says which day it would be.
    expect(lines[1]).toContain('2025-04-01')
    mkdirSync(join(dir, 'folder'))
    await expectFault(
      writeQuarantine(session, 'file', join(dir, 'folder')),
      'YX_FEATURES_QUARANTINE_UNWRITTEN',
    )
  })
})

describe('columns', () => {
  const klass = classOf([
    field({
      name: 'uscc',
      type: 'uscc',
      required: true,
      title: { zh: '统一社会信用代码', en: 'Code' },
      codes: ['XK_XDR_SHXYM', 'XK_XDR'],
    }),
    field({ name: 'paid_on', type: 'date', title: { zh: '缴费日期', en: 'Paid' }, annex: '缴费信息' }),
    field({
      name: 'paid',
      type: 'decimal',
      title: { zh: '缴费金额', en: 'Amount' },
      annex: '缴费信息',
      required: true,
    }),
    field({ name: 'mean', type: 'decimal', title: { zh: '平均', en: 'Mean' }, derived: true }),
  ])
  const map = async (columns: string[], configured?: Record<string, string>) => {
    const staged = await stageRows(session, columns, [])
    return validateRecords(session, {
      klass,
      staged,
      target: `columns ${columns.join()}`,
      asOf: '2026-06-30',
      receivedOn: '2026-11-24',
      batch: 'B-7',
      ...(configured ? { columns: configured } : {}),
    })
  }

  test.each([
    [
      ['uscc', 'paid'],
      ['uscc', null, 'paid'],
    ],
    [
      ['统一社会信用代码', '缴费日期', '缴费金额'],
      ['统一社会信用代码', '缴费日期', '缴费金额'],
    ],
    [
      ['XK_XDR_SHXYM', 'PAID'],
      ['XK_XDR_SHXYM', null, 'PAID'],
    ],
    [
      ['xk_xdr', 'paid'],
      ['xk_xdr', null, 'paid'],
    ],
    [
      ['统一社会 信用代码', 'Paid'],
      ['统一社会 信用代码', null, 'Paid'],
    ],
  ])('%j are found', async (columns, from) => {
    const { columns: found } = await map(columns)
    expect(found.map((one) => one.from)).toEqual(from)
  })

  test('the configuration comes first, and unused columns are listed', async () => {
    const report = await map(['DM', 'uscc', 'paid', 'mean', '缴费信息'], { uscc: 'DM' })
    expect(report.columns).toEqual([
      { field: 'uscc', from: 'DM' },
      { field: 'paid_on', from: null },
      { field: 'paid', from: 'paid' },
    ])
    expect(report.ignoredColumns).toEqual(['uscc', 'mean', '缴费信息'])
  })

  test('two columns for one field are refused, unless the configuration chooses', async () => {
    await expectFault(
      map(['uscc', '统一社会信用代码', 'paid']),
      'YX_FEATURES_FIELD_COLUMN_REPEATED',
      '"uscc" and "统一社会信用代码"',
      'B-7',
    )
    expect(
      (await map(['uscc', '统一社会信用代码', 'paid'], { uscc: '统一社会信用代码' })).ignoredColumns,
    ).toEqual(['uscc'])
  })

  test('a column that changed its name is named beside the nearest ones', async () => {
    await expectFault(
      map(['usci', 'paid', '备注']),
      'YX_FEATURES_FIELD_COLUMN_MISSING',
      '"uscc"',
      'nearest: "usci"',
    )
    await expectFault(
      map(['社会信用代码', '缴费金额（元）', 'x', 'y']),
      'YX_FEATURES_FIELD_COLUMN_MISSING',
      '"社会信用代码"',
      '"缴费金额（元）"',
    )
  })

  test('a mapping that names what is not there is refused', async () => {
    await expectFault(
      map(['uscc', 'paid'], { payd: 'paid' }),
      'YX_FEATURES_MAPPING_INVALID',
      '"payd"',
      '"paid"',
    )
    await expectFault(map(['uscc', 'paid'], { paid: 'amount' }), 'YX_FEATURES_MAPPING_INVALID', '"amount"')
  })

  test('a column that holds no cells is refused', async () => {
    const staged = await stageRows(session, ['uscc', 'paid'], [], { paid: 'INTEGER[]' })
    await expectFault(
      validate(session, klass, staged),
      'YX_FEATURES_FIELD_COLUMN_UNREADABLE',
      '"paid"',
      'INTEGER[]',
    )
  })

  test('names with quotes in them are names, not SQL', async () => {
    const odd = `"; DROP TABLE x; --'`
    const staged = await stageRows(session, [odd, 'paid'], [[syntheticUscc('130925', 1), '1']])
    const { report } = await validate(session, klass, staged, { columns: { uscc: odd } })
    expect(report).toMatchObject({ accepted: 1 })
  })
})
