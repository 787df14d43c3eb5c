import { expect, test } from 'vitest'
import { type CatalogueClass, classOf, loadCatalogue } from '../../../features/index.ts'
import { openSession, quoteText } from '../../../features/source/session.ts'
import { expectFault, temporaryFolder, writeFolder } from './fixtures.ts'

const base = temporaryFolder()

/** A small valid class file. */
function steam(): Record<string, unknown> {
  const title = (zh: string, en: string) => ({ zh, en })
  const field = (name: string, zh: string, type: string, more: object = {}) => ({
    name,
    title: title(zh, `the ${name}`),
    type,
    required: false,
    grade: 'G2',
    modelUse: 'feature',
    ...more,
  })
  return {
    code: 'steam_usage',
    version: 1,
    title: title('蒸汽费信息', 'Steam bills'),
    annexRow: null,
    sharing: 'authorised',
    public: false,
    responsibleUnit: title('供汽企业', 'steam companies'),
    due: '2027-03',
    updateCycle: 'monthly',
    fields: [
      field('uscc', '统一社会信用代码', 'uscc', { required: true, modelUse: 'key', codes: ['SHXYDM'] }),
      field('bill_month', '账单月份', 'month', { required: true }),
      field('steam_t', '用汽量', 'decimal', { precision: 14, scale: 2, unit: 't' }),
      field('paid_date', '缴费日期', 'date'),
      field('state', '状态', 'enum', { values: [{ value: '正常', also: ['1'] }, { value: '停用' }] }),
      field('prepaid', '是否预付', 'boolean'),
      field('steam_avg', '月均用汽量', 'decimal', { precision: 14, scale: 2, derived: true }),
    ],
    key: ['uscc', 'bill_month'],
    lateAfter: { field: 'paid_date', workingDays: 7 },
    rules: [
      {
        id: 'steam_usage.steam-not-negative',
        severity: 'refuse',
        field: 'steam_t',
        check: { op: '>=', left: { field: 'steam_t' }, right: { value: 0 } },
        reason: title('用汽量不得为负数', 'steam used is not negative'),
      },
    ],
  }
}

const withFiles = (...folders: Record<string, object | string>[]) =>
  loadCatalogue(folders.map((files) => writeFolder(base, files)))
/** The class with one place changed; undefined removes it. */
function changed(path: string, value: unknown): Record<string, unknown> {
  const klass = steam()
  const parts = path.split(/[.[\]]+/).filter((part) => part !== '')
  const last = parts.pop() as string
  const place = parts.reduce((at, part) => at[part] as Record<string, unknown>, klass)
  if (value === undefined) delete place[last]
  else place[last] = value
  return klass
}
const condition = (check: unknown) => changed('rules[0].check', check)
const compare = (left: object, op: string, right: object, more: object = {}) =>
  condition({ op, left, right, ...more })
const F = (field: string) => ({ field })
/** A public class whose first field alone needs an authorisation. */
function inPublic(): Record<string, unknown> {
  const klass = changed('public', true)
  const fields = klass.fields as object[]
  return { ...klass, fields: fields.map((field, index) => (index === 0 ? field : { ...field, grade: 'G1' })) }
}

test('a file in a further folder adds a class without code', async () => {
  const before = await loadCatalogue()
  const after = await withFiles({ 'anything.json': steam(), 'notes.txt': 'not read' })
  expect([...after.classes.keys()]).toEqual(
    [...before.classes.keys(), 'steam_usage'].sort(inShownOrder(after.classes)),
  )
  expect(classOf(after, 'steam_usage')).toEqual(steam())
  expect(after.hash).not.toBe(before.hash)
})

/** Annex rows first, then codes. */
function inShownOrder(classes: ReadonlyMap<string, CatalogueClass>) {
  const row = (code: string) => classes.get(code)?.annexRow ?? 99
  return (a: string, b: string) => row(a) - row(b) || (a < b ? -1 : 1)
}

test.each<[string, string, Record<string, unknown>]>([
  ['code', 'it is missing', changed('code', undefined)],
  ['colour', 'no such field is known', changed('colour', 'red')],
  ['sharing', 'it is not one of collected, authorised, own', changed('sharing', 'sold')],
  ['due', '"shared", YYYY-MM or null', changed('due', '2027-13')],
  ['fields[2].grade', 'it is not one of G1, G2, G3', changed('fields[2].grade', 'G4')],
  ['fields[2].name', 'pattern', changed('fields[2].name', 'Steam-T')],
  ['fields[2].precision', 'a decimal has one', changed('fields[2].precision', undefined)],
  ['fields[2].scale', 'above the precision', changed('fields[2].scale', 15)],
  ['fields[2].maxLength', 'only a name or text', changed('fields[2].maxLength', 4)],
  ['fields[3].precision', 'only a decimal', changed('fields[3].precision', 4)],
  ['fields[4].values', 'lists its values', changed('fields[4].values', undefined)],
  ['fields[4].values', 'fewer than 1', changed('fields[4].values', [])],
  ['fields[4].values[1]', 'a text stands for two values', changed('fields[4].values[1].value', '1')],
  ['fields[3].values', 'only an enum or set', changed('fields[3].values', [{ value: 'x' }])],
  ['fields[3].otherText', 'only an enum or set', changed('fields[3].otherText', true)],
  ['fields[3].modelUse', 'of grade G3 it is "never"', changed('fields[3].grade', 'G3')],
  ['fields[0].grade', 'G1 and G3 only', inPublic()],
  ['fields[6].required', 'a derived field is computed', changed('fields[6].required', true)],
  ['fields[5].name', 'fields[4] has it already', changed('fields[5].name', 'state')],
  ['fields[3].title.zh', 'fields[1] has it already', changed('fields[3].title.zh', '账单月份')],
  ['fields[3].codes[0]', 'fields[0] has it already', changed('fields[3].codes', ['shxydm'])],
  ['fields[3].codes[1]', 'fields[3] has it already', changed('fields[3].codes', ['JFRQ', 'JFRQ'])],
  ['key[1]', 'no such field', changed('key[1]', 'month')],
  ['key[1]', 'twice', changed('key[1]', 'uscc')],
  ['key[1]', 'is required', changed('key[1]', 'paid_date')],
  ['key[1]', 'or it is derived', changed('key[1]', 'steam_avg')],
  ['lateAfter.field', 'no such date field', changed('lateAfter.field', 'steam_t')],
  ['rules[0].id', 'words joined', changed('rules[0].id', 'water_usage.steam-not-negative')],
  ['rules[0].id', 'words joined', changed('rules[0].id', 'steam_usage.Steam_Used')],
  ['rules[1].id', 'another rule has it', changed('rules[1]', (steam().rules as object[])[0])],
  ['rules[0].field', 'or it is derived', changed('rules[0].field', 'steam_avg')],
  ['rules[0].check', 'it is missing', changed('rules[0].check', undefined)],
  ['rules[0].check.op', 'no such operator', condition({ op: 'like', field: 'state', text: 'x' })],
  ['rules[0].check.op', 'no such operator', condition({ op: 'constructor', field: 'state' })],
  ['rules[0].check', 'not an object with an "op"', condition('steam_t >= 0')],
  ['rules[0].when.field', 'no such field', changed('rules[0].when', { op: 'present', field: 'gas' })],
  [
    'rules[0].check.all[1].condition.field',
    'no such field',
    condition({
      op: 'and',
      all: [
        { op: 'present', field: 'state' },
        { op: 'not', condition: { op: 'absent', field: 'gas' } },
      ],
    }),
  ],
  ['rules[0].check.all', 'list of conditions', condition({ op: 'or', all: [] })],
  ['rules[0].check.field', 'it is missing', condition({ op: 'present' })],
  ['rules[0].check.text', 'no such part', condition({ op: 'present', field: 'state', text: 'x' })],
  ['rules[0].check.left.field', 'or it is derived', compare(F('steam_avg'), '>=', { value: 0 })],
  ['rules[0].check.right', 'it is not {field}', compare(F('steam_t'), '>=', { value: null })],
  ['rules[0].check.right', 'it is not {field}', compare(F('steam_t'), '>=', { value: 1, day: 'as_of' })],
  ['rules[0].check.right.day', '"as_of" or "received"', compare(F('paid_date'), '<=', { day: 'today' })],
  [
    'rules[0].check.right.of',
    'not a field of numbers',
    compare(F('steam_t'), '<=', { times: 2, of: 'uscc' }),
  ],
  ['rules[0].check', 'a number is compared with a day', compare(F('steam_t'), '<=', { day: 'as_of' })],
  ['rules[0].check', 'a day is compared with a text', compare(F('paid_date'), '>', { value: '2026-02-30' })],
  ['rules[0].check', 'neither side is a field', compare({ day: 'as_of' }, '<', { day: 'received' })],
  ['rules[0].check.op', 'have no order', compare(F('prepaid'), '<', { value: true })],
  ['rules[0].check.right', 'not one of the values of state', compare(F('state'), '==', { value: '1' })],
  [
    'rules[0].check.tolerance.days',
    'does not fit',
    compare(F('steam_t'), '<=', { value: 1 }, { tolerance: { days: 1 } }),
  ],
  [
    'rules[0].check.tolerance.days',
    'not whole',
    compare(F('paid_date'), '<=', F('bill_month'), { tolerance: { days: 0.5 } }),
  ],
  [
    'rules[0].check.values[1]',
    'not one of the values',
    condition({ op: 'in', field: 'state', values: ['正常', '其他'] }),
  ],
  ['rules[0].check.field', 'is of texts', condition({ op: 'contains', field: 'steam_t', text: '1' })],
  ['rules[0].check.pattern', 'does not compile', condition({ op: 'matches', field: 'uscc', pattern: '91(' })],
  ['rules[0].check.pattern', 'RE2 lacks', condition({ op: 'matches', field: 'uscc', pattern: '(?!91).*' })],
])('%s: %s', async (path, problem, klass) => {
  await expectFault(
    withFiles({ 'steam.json': klass }),
    'YX_FEATURES_CATALOGUE_INVALID',
    `faults: 1. `,
    `/steam.json, field "${path}": `,
    problem,
  )
})

test('every fault of every file is told at once', async () => {
  const message = await withFiles(
    {
      'a.json': changed('sharing', 'sold'),
      'b.json': '{"code": 1,}',
      'c.json': changed('fields[3].grade', 'G3'),
    },
    { 'd.json': { ...steam(), title: 'Steam', key: [] } },
  ).then(
    () => 'accepted',
    (fault: Error) => fault.message,
  )
  expect(message).toContain('faults: 5. ')
  expect(message).toMatch(
    /\/a\.json, field "sharing": .*\/b\.json, field "\(whole file\)": line 1, column 12 .*\/c\.json, field "fields\[3\]\.modelUse": /,
  )
  expect(message).toMatch(/\/d\.json, field "title": .*\/d\.json, field "key": /)
  expect(message).not.toContain(base)
})

test('a class is replaced by a higher version only, in order of the folders', async () => {
  const version = (number: number) => ({ 'steam.json': { ...steam(), version: number } })
  expect(classOf(await withFiles(version(1), version(3)), 'steam_usage').version).toBe(3)
  for (const later of [1, 2]) {
    const work = withFiles(version(2), version(later))
    await expectFault(work, 'YX_FEATURES_CATALOGUE_INVALID', 'field "version": it is not above 2')
  }
  const water = classOf(await loadCatalogue(), 'water_usage')
  await expectFault(withFiles({ 'w.json': water }), 'YX_FEATURES_CATALOGUE_INVALID', 'field "version"')
  const own = await withFiles({ 'w.json': { ...water, version: 2, updateCycle: 'quarterly' } })
  expect(classOf(own, 'water_usage').updateCycle).toBe('quarterly')
  const twice = withFiles({ 'a.json': steam(), 'b.json': { ...steam(), version: 2 } })
  await expectFault(
    twice,
    'YX_FEATURES_CATALOGUE_INVALID',
    '/b.json, field "code": ',
    '/a.json has the same class',
  )
})

test('a folder that is not there, a class that is not there', async () => {
  await expectFault(loadCatalogue([`${base}/none`]), 'YX_FEATURES_CATALOGUE_UNREADABLE', 'none', 'ENOENT')
  const lost = loadCatalogue().then((catalogue) => classOf(catalogue, 'steam_usage'))
  await expectFault(lost, 'YX_FEATURES_CATALOGUE_CLASS_UNKNOWN', '"steam_usage"', 'water_usage')
})

test('a pattern is accepted if and only if the table reader takes it and finds the same', async () => {
  const accepted = [
    '[^0-9]*',
    '(?:[^9].|9[^12]).*',
    '91[0-9A-Z]{16}',
    '\\d{4}-\\d{2}',
    '\\p{L}+',
    'a|b',
    '(?:19|20)\\d+',
  ]
  const refused = [
    '(?=9).*',
    '(?<year>\\d+)',
    '(?<!9)1',
    '(a)\\1',
    '(',
    '[]a',
    'a{1001}',
    '\\u0041',
    '\\p{Script=Han}',
    '\\p{Letter}',
    '*',
  ]
  const subjects = ['91130900MA0000410', '2026-11', 'ab', '张', '911309000000000000', '']
  const session = await openSession()
  const full = async (pattern: string) => {
    const found: boolean[] = []
    const calls = subjects.map((subject) => `regexp_full_match(${quoteText(subject)}, ${quoteText(pattern)})`)
    for await (const chunk of session.chunks(`SELECT unnest([${calls.join(', ')}])`)) {
      for (let row = 0; row < chunk.rowCount; row++)
        found.push(chunk.getColumnVector(0).getItem(row) as boolean)
    }
    return found
  }
  try {
    const { classes } = await loadCatalogue()
    const built = [...JSON.stringify([...classes.values()]).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)]
    expect(built.length).toBeGreaterThan(10)
    for (const pattern of [...accepted, ...built.map(([, text]) => JSON.parse(text) as string)]) {
      await withFiles({ 's.json': condition({ op: 'matches', field: 'uscc', pattern }) })
      const whole = new RegExp(`^(?:${pattern})$`, 'u')
      expect([pattern, await full(pattern)]).toEqual([
        pattern,
        subjects.map((subject) => whole.test(subject)),
      ])
    }
    for (const pattern of refused) {
      const work = withFiles({ 's.json': condition({ op: 'matches', field: 'uscc', pattern }) })
      await expectFault(work, 'YX_FEATURES_CATALOGUE_INVALID', 'rules[0].check.pattern')
      await expect(full(pattern), pattern).rejects.toThrow()
    }
  } finally {
    session.close()
  }
})
