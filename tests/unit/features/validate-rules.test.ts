import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CatalogueClass, Condition, Operand, Rule } from '../../../features/index.ts'
import { expectFault } from './fixtures.ts'
import { type Cell, classOf, field, stageRows, testSession, validate } from './validation-fixture.ts'

const session = await testSession()
const AS_OF = '2026-06-30'
const RECEIVED = '2026-11-24'

const FIELDS = [
  field({ name: 'kind', type: 'enum', values: [{ value: '甲' }, { value: '乙' }] }),
  field({ name: 'note', type: 'text' }),
  field({ name: 'due', type: 'decimal', precision: 14, scale: 2 }),
  field({ name: 'persons', type: 'integer' }),
  field({ name: 'paid_on', type: 'date' }),
  field({ name: 'month', type: 'month' }),
  field({ name: 'open', type: 'boolean' }),
]
const COLUMNS = FIELDS.map(({ name }) => name)

const rule = (id: string, check: Condition, when?: Condition): Rule => ({
  id,
  severity: 'refuse',
  field: 'kind',
  check,
  ...(when === undefined ? {} : { when }),
  reason: { zh: '原因', en: 'why' },
})

type Row = {
  kind: Cell
  note: Cell
  due: number | null
  persons: number | null
  paid_on: Cell
  month: Cell
  open: boolean | null
}
type Truth = boolean | null

/** The rule language once more: one record, three values of truth, in plain TypeScript. */
function truth(condition: Condition, row: Row): Truth {
  const cell = (name: string) => row[name as keyof Row]
  const text = (name: string, of: (value: string) => boolean): Truth =>
    cell(name) === null ? null : of(cell(name) as string)
  switch (condition.op) {
    case 'present':
      return cell(condition.field) !== null
    case 'absent':
      return cell(condition.field) === null
    case 'in':
      return text(condition.field, (value) => condition.values.includes(value))
    case 'contains':
      return text(condition.field, (value) => value.includes(condition.text))
    case 'matches':
      return text(condition.field, (value) => new RegExp(`^(?:${condition.pattern})$`, 'su').test(value))
    case 'not': {
      const inner = truth(condition.condition, row)
      return inner === null ? null : !inner
    }
    case 'and':
    case 'or': {
      const all = condition.all.map((one) => truth(one, row))
      const decisive = condition.op === 'or'
      if (all.includes(decisive)) return decisive
      return all.includes(null) ? null : !decisive
    }
    case 'resident_id':
      throw new Error('not in this test')
    default: {
      const side = (operand: Operand): number | string | boolean | null => {
        if ('field' in operand) return cell(operand.field)
        if ('of' in operand)
          return cell(operand.of) === null ? null : (cell(operand.of) as number) * operand.times
        return 'day' in operand ? (operand.day === 'as_of' ? AS_OF : RECEIVED) : operand.value
      }
      const [left, right] = [side(condition.left), side(condition.right)]
      if (left === null || right === null) return null
      const day = typeof left === 'string' && /^\d{4}-/.test(left)
      const number = (value: number | string | boolean): number =>
        day ? Date.parse(String(value)) / 864e5 : Number(value)
      if (!day && typeof left !== 'number') return condition.op === '==' ? left === right : left !== right
      const [a, b] = [number(left), number(right)]
      const { days = 0, share = 0, absolute = 0 } = condition.tolerance ?? {}
      const slack = day ? days : Math.abs(b) * share + absolute
      switch (condition.op) {
        case '==':
          return Math.abs(a - b) <= slack
        case '!=':
          return Math.abs(a - b) > slack
        case '<':
          return a < b + slack
        case '<=':
          return a <= b + slack
        case '>':
          return a > b - slack
        case '>=':
          return a >= b - slack
      }
    }
  }
}

const rows: fc.Arbitrary<Row> = fc.record({
  kind: fc.constantFrom('甲', '乙', null),
  note: fc.constantFrom('罚款', "it's", '1', null),
  due: fc.constantFrom(-1.5, 0, 2.25, 100, null),
  persons: fc.constantFrom(0, 2, 100, null),
  paid_on: fc.constantFrom('2026-06-01', '2026-06-30', '2026-12-01', null),
  month: fc.constantFrom('2026-06-01', '2026-07-01', null),
  open: fc.constantFrom(true, false, null),
})

const order = fc.constantFrom('==', '!=', '<', '<=', '>', '>=')
const operands = (...all: Operand[]): fc.Arbitrary<Operand> => fc.constantFrom(...all)
const numbers = operands(
  { field: 'due' },
  { field: 'persons' },
  { value: 2 },
  { value: -0.5 },
  { times: 1.5, of: 'due' },
)
const days = operands(
  { field: 'paid_on' },
  { field: 'month' },
  { day: 'as_of' },
  { day: 'received' },
  { value: '2026-06-01' },
)

const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ op: fc.constantFrom('present', 'absent'), field: fc.constantFrom(...COLUMNS) }),
  fc.record({ op: order, left: operands({ field: 'due' }, { field: 'persons' }), right: numbers }),
  fc.record({
    op: order,
    left: operands({ field: 'due' }),
    right: numbers,
    tolerance: fc.constantFrom({ share: 0.5 }, { absolute: 2 }, { share: 0.25, absolute: 1 }),
  }),
  fc.record({ op: order, left: operands({ field: 'paid_on' }, { field: 'month' }), right: days }),
  fc.record({
    op: order,
    left: operands({ field: 'paid_on' }),
    right: days,
    tolerance: fc.constantFrom({ days: 29 }, { days: 30 }),
  }),
  fc.record({
    op: fc.constantFrom('==', '!='),
    left: operands({ field: 'kind' }),
    right: operands({ value: '甲' }, { field: 'note' }),
  }),
  fc.record({
    op: fc.constantFrom('==', '!='),
    left: operands({ field: 'open' }),
    right: operands({ value: true }, { value: false }),
  }),
  fc.constantFrom<Condition>(
    { op: 'in', field: 'kind', values: ['甲', '丙'] },
    { op: 'contains', field: 'note', text: "'" },
    { op: 'contains', field: 'note', text: '罚' },
    { op: 'matches', field: 'note', pattern: '[0-9]|it.*' },
    { op: 'matches', field: 'note', pattern: '罚' },
    { op: 'matches', field: 'note', pattern: '.*[^0-9].*' },
    { op: 'matches', field: 'note', pattern: '.*[款x].*' },
  ),
)
const condition: fc.Arbitrary<Condition> = fc.letrec<{ any: Condition }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.record({
      op: fc.constantFrom('and', 'or'),
      all: fc.array(tie('any'), { minLength: 1, maxLength: 3 }),
    }) as fc.Arbitrary<Condition>,
    fc.record({ op: fc.constant('not'), condition: tie('any') }) as fc.Arbitrary<Condition>,
  ),
})).any

describe('the rule language', () => {
  test('as SQL breaks on the same records as in plain TypeScript, with more rules than fit into one word', async () => {
    const records = fc.sample(rows, { numRuns: 60, seed: 17 })
    const pairs = fc.sample(fc.tuple(condition, fc.option(condition, { nil: undefined })), {
      numRuns: 140,
      seed: 19,
    })
    const rules = pairs.map(([check, when], index) => rule(`sample.rule-${index}`, check, when))
    const cells = records.map((row) =>
      COLUMNS.map((name): Cell => {
        const value = row[name as keyof Row]
        return value === null ? null : String(value)
      }),
    )
    const { quarantine } = await validate(
      session,
      classOf(FIELDS, { rules }),
      await stageRows(session, COLUMNS, cells),
      { asOf: AS_OF, receivedOn: RECEIVED },
    )
    const expected = records.map((row) =>
      rules
        .filter(
          ({ check, when }) =>
            (when === undefined || truth(when, row) === true) && truth(check, row) === false,
        )
        .map(({ id }) => id)
        .sort(),
    )
    expect(records.map((_, index) => quarantine.get(index + 1) ?? [])).toEqual(expected)
    // The sample is no sample if rules never break, or always do.
    const broken = new Set(expected.flat())
    expect(broken.size).toBeGreaterThan(60)
    expect(expected.some((ids) => ids.length < 40)).toBe(true)
  })

  test('a cell that cannot be read is present, and breaks no comparison', async () => {
    const rules = [
      rule('sample.given', { op: 'present', field: 'due' }),
      rule('sample.positive', { op: '>', left: { field: 'due' }, right: { value: 0 } }),
      rule('sample.none', { op: 'absent', field: 'due' }),
    ]
    const klass = classOf([FIELDS[0], FIELDS[2]], { rules })
    const staged = await stageRows(session, ['due'], [['much'], [null], ['  '], ['-1']])
    const { quarantine } = await validate(session, klass, staged)
    expect(quarantine).toEqual(
      new Map([
        [1, ['sample.due.number-form', 'sample.none']],
        [2, ['sample.given']],
        [3, ['sample.given']],
        [4, ['sample.none', 'sample.positive']],
      ]),
    )
  })

  test('identity numbers', async () => {
    const klass = classOf([FIELDS[1]], {
      rules: [{ ...rule('sample.id', { op: 'resident_id', field: 'note' }), field: 'note' }],
    })
    const personal = { ...klass, fields: [{ ...FIELDS[1], grade: 'G3', modelUse: 'never' } as const] }
    const staged = await stageRows(
      session,
      ['note'],
      [['11010519491231002X'], ['11010519491231002x'], ['110105194912310021'], ['E1'], [null]],
    )
    const { quarantine } = await validate(session, personal, staged)
    expect([...quarantine.keys()]).toEqual([3, 4])
  })

  test('a value with a quote in it is a value', async () => {
    const rules = [rule('sample.x', { op: 'in', field: 'note', values: ["it's", "'); DROP TABLE y; --"] })]
    const staged = await stageRows(session, ['note'], [["it's"], ["'); DROP TABLE y; --"], ['other']])
    const { quarantine } = await validate(session, classOf([FIELDS[1], FIELDS[0]], { rules }), staged)
    expect([...quarantine.keys()]).toEqual([3])
  })

  test.each<[string, Condition]>([
    ['unknown field', { op: 'present', field: 'nothing' }],
    ['derived field', { op: 'present', field: 'mean' }],
    ['text against number', { op: '==', left: { field: 'note' }, right: { value: 1 } }],
    ['day against text', { op: '<', left: { field: 'paid_on' }, right: { value: 'tomorrow' } }],
    [
      'tolerance of a text',
      { op: '==', left: { field: 'note' }, right: { value: 'x' }, tolerance: { absolute: 1 } },
    ],
    ['pattern over a number', { op: 'matches', field: 'due', pattern: '.*' }],
    ['no conditions', { op: 'and', all: [] }],
    ['unknown operator', { op: '<>', left: { field: 'due' }, right: { value: 1 } } as unknown as Condition],
  ])('a rule that cannot be compiled is refused: %s', async (_, check) => {
    const klass: CatalogueClass = classOf(
      [...FIELDS, field({ name: 'mean', type: 'decimal', derived: true })],
      { rules: [rule('sample.wrong', check)] },
    )
    const staged = await stageRows(session, ['note'], [['x']])
    await expectFault(validate(session, klass, staged), 'YX_FEATURES_RULE_NOT_COMPILED', 'sample.wrong')
  })
})
