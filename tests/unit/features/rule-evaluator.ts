import type { CatalogueClass, Condition, Operand } from '../../../features/index.ts'

/** One record: numbers, texts, truths; days as `YYYY-MM-DD`; an absent cell is not there. */
export type SampleRecord = Readonly<Record<string, string | number | boolean>>
type Value = string | number | boolean
interface Days {
  readonly asOf: string
  readonly received: string
}

/** The rule language a second time, over one record, for tests of class files and of the compiled rules. */
export function brokenRules(klass: CatalogueClass, record: SampleRecord, days: Days): string[] {
  const truth = (condition: Condition) => truthOf(condition, record, days)
  return klass.rules
    .filter(({ when, check }) => (when === undefined || truth(when) === true) && truth(check) === false)
    .map(({ id }) => id)
}

/** Null: unknown, because a cell is absent. */
function truthOf(condition: Condition, record: SampleRecord, days: Days): boolean | null {
  const truth = (inner: Condition) => truthOf(inner, record, days)
  switch (condition.op) {
    case 'and':
    case 'or': {
      const parts = condition.all.map(truth)
      const decisive = condition.op === 'or'
      return parts.includes(decisive) ? decisive : parts.includes(null) ? null : !decisive
    }
    case 'not': {
      const inner = truth(condition.condition)
      return inner === null ? null : !inner
    }
    case 'present':
      return record[condition.field] !== undefined
    case 'absent':
      return record[condition.field] === undefined
    case 'in':
    case 'contains':
    case 'matches':
    case 'resident_id': {
      const text = record[condition.field]
      return text === undefined ? null : textHolds(condition, String(text))
    }
    default: {
      const left = valueFor(condition.left, record, days)
      const right = valueFor(condition.right, record, days)
      if (left === undefined || right === undefined) return null
      return compared(condition.op, left, right, condition.tolerance)
    }
  }
}

function textHolds(condition: Extract<Condition, { field: string }>, text: string): boolean {
  if (condition.op === 'in') return condition.values.includes(text)
  if (condition.op === 'contains') return text.includes(condition.text)
  if (condition.op === 'matches') return new RegExp(`^(?:${condition.pattern})$`, 'us').test(text)
  const weighted = [...text]
    .slice(0, 17)
    .reduce((sum, digit, at) => sum + Number(digit) * (2 ** (17 - at) % 11), 0)
  return /^\d{17}[\dX]$/.test(text) && '10X98765432'[weighted % 11] === text[17]
}

function valueFor(operand: Operand, record: SampleRecord, days: Days): Value | undefined {
  if ('value' in operand) return operand.value
  if ('day' in operand) return operand.day === 'as_of' ? days.asOf : days.received
  if ('field' in operand) return record[operand.field]
  const factor = record[operand.of]
  return factor === undefined ? undefined : operand.times * Number(factor)
}

interface Tolerance {
  readonly days?: number
  readonly share?: number
  readonly absolute?: number
}

function compared(op: string, left: Value, right: Value, tolerance: Tolerance = {}): boolean {
  const [low, high] = [-1, 1].map((sign) => widened(right, sign, tolerance))
  if (op === '==') return low <= left && left <= high
  if (op === '!=') return left < low || high < left
  return op === '<' ? left < high : op === '<=' ? left <= high : op === '>' ? left > low : left >= low
}

function widened(value: Value, sign: number, { days = 0, share = 0, absolute = 0 }: Tolerance): Value {
  if (typeof value === 'number') return value + sign * (share * Math.abs(value) + absolute)
  if (days === 0) return value
  return new Date(Date.parse(`${value}T00:00:00Z`) + sign * days * 86_400_000).toISOString().slice(0, 10)
}
