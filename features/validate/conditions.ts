import type { CatalogueField, Condition, Operand, Rule } from '../catalogue/class-types.ts'
import { featuresErrors } from '../errors.ts'
import { quoteText } from '../source/session.ts'
import { residentFault } from './code-sql.ts'

/** What rules are compiled against: the days that the run knows, and the SQL of every field. */
export interface RuleScope {
  readonly asOf: string
  readonly receivedOn: string
  field(
    name: string,
  ): { readonly declared: CatalogueField; readonly value: string; readonly present: string } | null
}

/**
 * A rule as one SQL expression, true of exactly the records that break it.
 *
 * A condition on a cell that is absent is neither true nor false (`present` and `absent` always are one of the two), in the way of
 * SQL: a rule asks nothing where its `when` is not true, and is broken only where its check is false.
 *
 * @throws YX_FEATURES_RULE_NOT_COMPILED
 */
export function brokenSql(rule: Rule, scope: RuleScope): string {
  const compiler = new Compiler(rule, scope)
  const broken = `(${compiler.condition(rule.check)}) IS FALSE`
  return rule.when === undefined ? broken : `(${compiler.condition(rule.when)}) IS TRUE AND ${broken}`
}

/** Patterns of a condition that only the table reader can say whether it takes. */
export function patternsOf(condition: Condition): string[] {
  if (condition.op === 'matches') return [condition.pattern]
  if (condition.op === 'not') return patternsOf(condition.condition)
  return condition.op === 'and' || condition.op === 'or' ? condition.all.flatMap(patternsOf) : []
}

type Kind = 'text' | 'number' | 'day' | 'truth'

const SQL_OPERATORS = { '==': '=', '!=': '<>', '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const

class Compiler {
  readonly #rule: Rule
  readonly #scope: RuleScope

  constructor(rule: Rule, scope: RuleScope) {
    this.#rule = rule
    this.#scope = scope
  }

  condition(condition: Condition): string {
    switch (condition.op) {
      case 'present':
        return this.#field(condition.field).present
      case 'absent':
        return `NOT (${this.#field(condition.field).present})`
      case 'in':
        return `${this.#text(condition.field)} IN (${condition.values.map(quoteText).join(', ')})`
      case 'contains':
        return `contains(${this.#text(condition.field)}, ${quoteText(condition.text)})`
      case 'matches':
        return matchSql(this.#text(condition.field), condition.pattern)
      case 'resident_id': {
        const number = `upper(${this.#text(condition.field)})`
        return `CASE WHEN ${number} IS NOT NULL THEN (${residentFault(number, this.#scope.receivedOn)}) IS NULL END`
      }
      case 'and':
      case 'or':
        if (condition.all.length === 0) throw this.#fault(`"${condition.op}" has no conditions`)
        return condition.all
          .map((one) => `(${this.condition(one)})`)
          .join(condition.op === 'and' ? ' AND ' : ' OR ')
      case 'not':
        return `NOT (${this.condition(condition.condition)})`
      default:
        return this.#comparison(condition)
    }
  }

  #comparison(condition: Extract<Condition, { left: Operand }>): string {
    const operator = SQL_OPERATORS[condition.op]
    if (operator === undefined) throw this.#fault(`operator "${String(condition.op)}" is not known`)
    const [one, two] = [this.#operand(condition.left), this.#operand(condition.right)]
    const left = two.kind === 'day' ? asDay(one) : one
    const right = one.kind === 'day' ? asDay(two) : two
    if (left.kind !== right.kind) throw this.#fault(`a ${left.kind} is compared with a ${right.kind}`)
    const { tolerance } = condition
    if (tolerance === undefined) return `${left.sql} ${operator} ${right.sql}`
    if (left.kind !== 'number' && left.kind !== 'day') throw this.#fault(`a ${left.kind} has no tolerance`)
    const slack =
      left.kind === 'day'
        ? whole(tolerance.days ?? 0)
        : `(abs(${right.sql})::DOUBLE * ${plain(tolerance.share ?? 0)} + ${plain(tolerance.absolute ?? 0)})`
    // A tolerance only ever widens what the comparison takes.
    if (operator === '<' || operator === '<=') return `${left.sql} ${operator} ${right.sql} + ${slack}`
    if (operator === '>' || operator === '>=') return `${left.sql} ${operator} ${right.sql} - ${slack}`
    return `abs(${left.sql} - ${right.sql}) ${operator === '=' ? '<=' : '>'} ${slack}`
  }

  #operand(operand: Operand): { sql: string; kind: Kind; literal?: string } {
    if ('field' in operand) {
      const { value, declared } = this.#field(operand.field)
      return { sql: value, kind: kindOf(declared) }
    }
    if ('of' in operand) {
      const { value, declared } = this.#field(operand.of)
      if (kindOf(declared) !== 'number') throw this.#fault(`field "${operand.of}" is no number`)
      return { sql: `(${value}::DOUBLE * ${plain(operand.times)})`, kind: 'number' }
    }
    if ('day' in operand) {
      const day = operand.day === 'as_of' ? this.#scope.asOf : this.#scope.receivedOn
      return { sql: `DATE ${quoteText(day)}`, kind: 'day' }
    }
    const { value } = operand
    if (typeof value === 'boolean') return { sql: String(value), kind: 'truth' }
    if (typeof value === 'number') return { sql: plain(value), kind: 'number' }
    return { sql: quoteText(value), kind: 'text', literal: value }
  }

  #text(name: string): string {
    const { value, declared } = this.#field(name)
    if (kindOf(declared) !== 'text') throw this.#fault(`field "${name}" is no text`)
    return value
  }

  #field(name: string): { declared: CatalogueField; value: string; present: string } {
    const field = this.#scope.field(name)
    if (field === null) throw this.#fault(`field "${name}" is not one that a source brings`)
    return field
  }

  #fault(what: string): Error {
    return new featuresErrors.RuleNotCompiled(this.#rule.id, what)
  }
}

/** Whether a whole text matches a pattern, as SQL. */
function matchSql(text: string, pattern: string): string {
  // "One character of this kind somewhere" is found at the first one; as a match of the whole text it is looked for to the end.
  const anywhere = /^\.\*(\[[^\]\\[]+\])\.\*$/.exec(pattern)
  if (anywhere !== null) return `regexp_matches(${text}, ${quoteText(anywhere[1])})`
  return `regexp_full_match(${text}, ${quoteText(pattern)}, 's')`
}

function asDay(operand: { sql: string; kind: Kind; literal?: string }): { sql: string; kind: Kind } {
  const { literal } = operand
  if (literal === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(literal)) return operand
  return { sql: `DATE ${quoteText(literal)}`, kind: 'day' }
}

function kindOf({ type }: CatalogueField): Kind {
  if (type === 'date' || type === 'month') return 'day'
  if (type === 'decimal' || type === 'integer') return 'number'
  return type === 'boolean' ? 'truth' : 'text'
}

/** A number as an SQL literal: exact where it is written without an exponent. */
function plain(value: number): string {
  const text = String(value)
  return /^-?\d+(\.\d+)?$/.test(text) ? text : `${text}::DOUBLE`
}

function whole(value: number): string {
  return String(Math.trunc(value))
}
