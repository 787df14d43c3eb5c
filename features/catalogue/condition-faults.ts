import type { ClassFault, ShapedClass } from './class-schema.ts'

type Field = ShapedClass['fields'][number]
/** What is compared: texts, numbers, days, truths. */
type Kind = 'text' | 'number' | 'day' | 'truth'
type Plain = Record<string, unknown>

const KIND: Readonly<Record<Field['type'], Kind>> = {
  uscc: 'text',
  name: 'text',
  text: 'text',
  enum: 'text',
  set: 'text',
  resident_id: 'text',
  region: 'text',
  industry: 'text',
  date: 'day',
  month: 'day',
  decimal: 'number',
  integer: 'number',
  boolean: 'truth',
}

const COMPARISONS = ['==', '!=', '<', '<=', '>', '>=']

/** Fields that each operator has beside `op`, in the order in which messages name them. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  present: ['field'],
  absent: ['field'],
  ...Object.fromEntries(COMPARISONS.map((op) => [op, ['left', 'right']])),
  in: ['field', 'values'],
  contains: ['field', 'text'],
  matches: ['field', 'pattern'],
  resident_id: ['field'],
  and: ['all'],
  or: ['all'],
  not: ['condition'],
}

/**
 * What JavaScript takes in a pattern and RE2 does not, or means otherwise: looking around, names of groups, back to a
 * group, `\u`, `\c`, long
 * names of Unicode classes, empty classes.
 */
const NOT_IN_RE2 = /\(\?[=!<]|\\[1-9kuc]|\\[pP]\{[^}]{3,}\}|\[\^?\]/
/** RE2 repeats a thousand times at most. */
const MOST_REPEATS = 1000

/**
 * Every fault of one condition of the rule language: unknown operators and fields, sides of a comparison that cannot be
 * compared, texts that an `enum` never holds, patterns that do not compile.
 *
 * @param path way to the condition in its class file
 */
export function conditionFaults(
  condition: unknown,
  path: string,
  fields: ReadonlyMap<string, Field>,
): ClassFault[] {
  return new ConditionReader(fields).condition(condition, path)
}

class ConditionReader {
  readonly #fields: ReadonlyMap<string, Field>

  constructor(fields: ReadonlyMap<string, Field>) {
    this.#fields = fields
  }

  condition(value: unknown, path: string): ClassFault[] {
    if (!isPlain(value)) return [{ path, problem: 'it is not an object with an "op"' }]
    const op = String(value.op)
    if (!Object.hasOwn(PARTS, op)) return [{ path: `${path}.op`, problem: 'no such operator is known' }]
    const shape = partFaults(value, path, PARTS[op], COMPARISONS.includes(op) ? ['op', 'tolerance'] : ['op'])
    if (shape.length > 0) return shape
    if (COMPARISONS.includes(op)) return this.#comparison(value, path, op)
    if (op === 'not') return this.condition(value.condition, `${path}.condition`)
    if (op === 'and' || op === 'or') {
      if (!Array.isArray(value.all) || value.all.length === 0) {
        return [{ path: `${path}.all`, problem: 'it is not a list of conditions' }]
      }
      return value.all.flatMap((part, index) => this.condition(part, `${path}.all[${index}]`))
    }
    const field = this.#fields.get(String(value.field))
    if (field === undefined) return [{ path: `${path}.field`, problem: this.unknown }]
    return op === 'present' || op === 'absent' ? [] : this.#textTest(value, path, op, field)
  }

  readonly unknown = 'the class has no such field, or it is derived'

  #textTest(value: Plain, path: string, op: string, field: Field): ClassFault[] {
    if (KIND[field.type] !== 'text') {
      return [{ path: `${path}.field`, problem: `"${op}" is of texts, the field is not` }]
    }
    if (op === 'in') {
      const { values } = value
      if (!Array.isArray(values) || values.length === 0 || !values.every((one) => typeof one === 'string')) {
        return [{ path: `${path}.values`, problem: 'it is not a list of texts' }]
      }
      return values.flatMap((one, index) => enumFaults(field, one, `${path}.values[${index}]`))
    }
    if (op === 'contains' && (typeof value.text !== 'string' || value.text === '')) {
      return [{ path: `${path}.text`, problem: 'it is not a text' }]
    }
    return op === 'matches' ? patternFaults(value.pattern, `${path}.pattern`) : []
  }

  #comparison(value: Plain, path: string, op: string): ClassFault[] {
    const left = this.#operand(value.left, `${path}.left`)
    const right = this.#operand(value.right, `${path}.right`)
    if (left.faults.length + right.faults.length > 0) return [...left.faults, ...right.faults]
    if (left.field === undefined && right.field === undefined) {
      return [{ path, problem: 'neither side is a field' }]
    }
    // A day is written as a text; it is one where the other side says so.
    const dayLeft = right.kind === 'day' && isDay(value.left) ? 'day' : left.kind
    const dayRight = left.kind === 'day' && isDay(value.right) ? 'day' : right.kind
    if (dayLeft !== dayRight) return [{ path, problem: `a ${dayLeft} is compared with a ${dayRight}` }]
    const equality = op === '==' || op === '!='
    if (dayLeft === 'truth' && !equality)
      return [{ path: `${path}.op`, problem: 'true and false have no order' }]
    return [
      ...(equality ? enumFaults(left.field, constant(value.right), `${path}.right`) : []),
      ...(equality ? enumFaults(right.field, constant(value.left), `${path}.left`) : []),
      ...(value.tolerance === undefined
        ? []
        : toleranceFaults(value.tolerance, `${path}.tolerance`, dayLeft)),
    ]
  }

  #operand(value: unknown, path: string): { kind: Kind; field?: Field; faults: ClassFault[] } {
    const wrong = (where: string, problem: string) => ({
      kind: 'text' as const,
      faults: [{ path: where, problem }],
    })
    const keys = isPlain(value) ? Object.keys(value).sort().join() : ''
    const { field: name, value: literal, day, times, of } = value as Plain
    if (keys === 'field' || keys === 'of,times') {
      const field = this.#fields.get(String(keys === 'field' ? name : of))
      if (field === undefined) return wrong(`${path}.${keys === 'field' ? 'field' : 'of'}`, this.unknown)
      const kind = KIND[field.type]
      if (keys === 'field') return { kind, field, faults: [] }
      if (!Number.isFinite(times)) return wrong(`${path}.times`, 'it is not a number')
      return kind === 'number'
        ? { kind, field, faults: [] }
        : wrong(`${path}.of`, 'it is not a field of numbers')
    }
    if (keys === 'day') {
      const known = day === 'as_of' || day === 'received'
      return known ? { kind: 'day', faults: [] } : wrong(`${path}.day`, 'it is not "as_of" or "received"')
    }
    if (keys === 'value') {
      if (typeof literal === 'boolean') return { kind: 'truth', faults: [] }
      if (Number.isFinite(literal)) return { kind: 'number', faults: [] }
      if (typeof literal === 'string') return { kind: 'text', faults: [] }
    }
    return wrong(path, 'it is not {field}, {times, of}, {value} or {day}')
  }
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Parts that are missing, and parts that are neither needed nor allowed. */
function partFaults(
  value: Plain,
  path: string,
  needed: readonly string[],
  more: readonly string[],
): ClassFault[] {
  return [
    ...needed
      .filter((part) => value[part] === undefined)
      .map((part) => ({ path: `${path}.${part}`, problem: 'it is missing' })),
    ...Object.keys(value)
      .filter((part) => !needed.includes(part) && !more.includes(part))
      .map((part) => ({ path: `${path}.${part}`, problem: 'the operator has no such part' })),
  ]
}

function constant(operand: unknown): unknown {
  return (operand as Plain).value
}

function isDay(operand: unknown): boolean {
  const text = constant(operand)
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

/** An `enum` is compared with a text that it never holds: the rule would refuse every record, or none. */
function enumFaults(field: Field | undefined, text: unknown, path: string): ClassFault[] {
  if (field?.type !== 'enum' || typeof text !== 'string') return []
  const known =
    field.values?.some(({ value }) => value === text) || (field.otherText && text.startsWith('其他-'))
  return known ? [] : [{ path, problem: `it is not one of the values of ${field.name}` }]
}

function toleranceFaults(value: unknown, path: string, kind: Kind): ClassFault[] {
  const allowed = kind === 'day' ? ['days'] : kind === 'number' ? ['share', 'absolute'] : []
  if (!isPlain(value) || Object.keys(value).length === 0) return [{ path, problem: 'it is not an object' }]
  return Object.entries(value).flatMap(([name, amount]) => {
    if (!allowed.includes(name))
      return [{ path: `${path}.${name}`, problem: 'it does not fit what is compared' }]
    const fits =
      Number.isFinite(amount) && (amount as number) >= 0 && (name !== 'days' || Number.isInteger(amount))
    return fits
      ? []
      : [{ path: `${path}.${name}`, problem: 'it is not a number of at least 0, or days not whole' }]
  })
}

function patternFaults(pattern: unknown, path: string): ClassFault[] {
  if (typeof pattern !== 'string') return [{ path, problem: 'it is not a text' }]
  const repeats = [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].flatMap(([, least, most]) => [
    least,
    most ?? '0',
  ])
  if (NOT_IN_RE2.test(pattern) || repeats.some((count) => Number(count) > MOST_REPEATS)) {
    return [{ path, problem: 'the regular expression has a construct that RE2 lacks' }]
  }
  try {
    new RegExp(pattern, 'u')
    return []
  } catch {
    return [{ path, problem: 'the regular expression does not compile' }]
  }
}
