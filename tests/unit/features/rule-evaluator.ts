import type { CatalogueClass, Condition, Operand } from '../../../features/index.ts'

/** One record: numbers, texts, truths; days as `YYYY-MM-DD`; an absent cell is not there. */
export type SampleRecord = Readonly<Record<string, string | number | boolean>>

/** The rule language a second time, over one record, for tests of class files and of the compiled rules. */
export function brokenRules(
  klass: CatalogueClass,
  record: SampleRecord,
  days: { asOf: string; received: string },
): string[] {
  const kept = (condition: Condition): boolean => holds(condition, record, days)
  return klass.rules
    .filter(({ when, check }) => (when === undefined || kept(when)) && !kept(check))
    .map(({ id }) => id)
}

function holds(
  condition: Condition,
  record: SampleRecord,
  days: { asOf: string; received: string },
): boolean {
  const part = (inner: Condition) => holds(inner, record, days)
  switch (condition.op) {
    case 'and':
      return condition.all.every(part)
    case 'or':
      return condition.all.some(part)
    case 'not':
      return !part(condition.condition)
    case 'present':
      return record[condition.field] !== undefined
    case 'absent':
      return record[condition.field] === undefined
    case 'in':
    case 'contains':
    case 'matches':
    case 'resident_id': {
      const text = record[condition.field]
      return text === undefined || textHolds(condition, String(text))
    }
    default: {
      const left = valueFor(condition.left, record, days)
      const right = valueFor(condition.right, record, days)
      if (left === undefined || right === undefined) return true
      return compared(condition.op, left, widened(right, condition.tolerance ?? {}))
    }
  }
}

function textHolds(condition: Extract<Condition, { field: string }>, text: string): boolean {
  if (condition.op === 'in') return condition.values.includes(text)
  if (condition.op === 'contains') return text.includes(condition.text)
  if (condition.op === 'matches') return new RegExp(`^(?:${condition.pattern})$`, 'u').test(text)
  const weighted = [...text]
    .slice(0, 17)
    .reduce((sum, digit, at) => sum + Number(digit) * (2 ** (17 - at) % 11), 0)
  return /^\d{17}[\dX]$/.test(text) && '10X98765432'[weighted % 11] === text[17]
}

type Value = string | number | boolean

function valueFor(
  operand: Operand,
  record: SampleRecord,
  days: { asOf: string; received: string },
): Value | undefined {
  if ('value' in operand) return operand.value
  if ('day' in operand) return operand.day === 'as_of' ? days.asOf : days.received
  if ('field' in operand) return record[operand.field]
  const factor = record[operand.of]
  return factor === undefined ? undefined : operand.times * Number(factor)
}

function widened(value: Value, tolerance: { days?: number; share?: number; absolute?: number }): Value {
  if (typeof value === 'number') {
    return value + (tolerance.share ?? 0) * value + (tolerance.absolute ?? 0)
  }
  if (tolerance.days === undefined) return value
  return new Date(Date.parse(`${value}T00:00:00Z`) + tolerance.days * 86_400_000).toISOString().slice(0, 10)
}

function compared(op: string, left: Value, right: Value): boolean {
  if (op === '==') return left === right
  if (op === '!=') return left !== right
  return op === '<' ? left < right : op === '<=' ? left <= right : op === '>' ? left > right : left >= right
}
