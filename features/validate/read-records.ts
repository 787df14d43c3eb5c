import type { CatalogueClass } from '../catalogue/class-types.ts'
import { featuresErrors } from '../errors.ts'
import { quoteName, quoteText, type Session } from '../source/session.ts'
import { brokenSql, patternsOf } from './conditions.ts'
import { buildDictionary, type Dictionary } from './dictionary.ts'
import { CLASS_RULE_MEND, GENERIC_RULES, type GenericSuffix } from './generic-rules.ts'
import type { MappedField } from './map-columns.ts'
import { type Mark, Marks } from './marks.ts'
import { readingOf, sqlTypeOf } from './read-fields.ts'
import type { Reading } from './reading.ts'
import type { ValidationRequest } from './request.ts'

/** A field with all that is needed to read it. */
interface FieldPlan {
  readonly field: MappedField
  readonly index: number
  readonly reading: Reading | null
  readonly dictionary: Dictionary | null
  /** Bits that its cells may set. */
  readonly marks: readonly Mark[]
}

/** Name of a temporary table of one validation. */
export function scratch(target: string, purpose: string): string {
  return `${target} ${purpose}`
}

/**
 * Makes the table `target` of all records of a batch, read and marked: `source_row`, the fields that are kept, and the columns of
 * marks, which say what rules a record breaks. Two statements read the source once a column, and once as a whole.
 *
 * @returns the marks, whose columns the caller drops
 * @throws YX_FEATURES_RULE_NOT_COMPILED
 */
export async function readRecords(
  session: Session,
  request: ValidationRequest,
  fields: readonly MappedField[],
): Promise<Marks> {
  const { klass, staged, target } = request
  const marks = new Marks()
  const plans: FieldPlan[] = []
  await checkPatterns(session, klass)
  try {
    for (const [index, field] of fields.entries()) {
      const reading = readingOf(field, fields, request)
      const dictionary =
        reading === null || field.column === null
          ? null
          : await buildDictionary(
              session,
              staged.relation,
              { reading, column: quoteName(field.column.name), required: field.declared.required },
              scratch(target, `cells ${index}`),
            )
      const suffixes = new Set<GenericSuffix>(dictionary?.suffixes ?? [])
      if (field.declared.required) suffixes.add('required')
      plans.push({
        field,
        index,
        reading,
        dictionary,
        marks: [...suffixes].map((suffix) => marks.add(genericRule(klass, field.declared.name, suffix))),
      })
    }
    // Temporary: a table of the session's file would be compressed, which costs four times the reading.
    await session.run(`CREATE TEMP TABLE ${quoteName(target)} AS ${recordsSql(request, plans, marks)}`)
  } finally {
    for (const { dictionary } of plans) {
      if (dictionary !== null) await session.run(`DROP TABLE IF EXISTS ${quoteName(dictionary.table)}`)
    }
  }
  return marks
}

async function checkPatterns(session: Session, klass: CatalogueClass): Promise<void> {
  for (const { id, check, when } of klass.rules) {
    for (const pattern of [check, ...(when === undefined ? [] : [when])].flatMap(patternsOf)) {
      try {
        await session.run(`SELECT regexp_full_match('', ${quoteText(pattern)}, 's')`)
      } catch {
        throw new featuresErrors.RuleNotCompiled(id, 'one of its patterns is not RE2')
      }
    }
  }
}

/** A generic rule of a field of a class. */
export function genericRule(
  klass: CatalogueClass,
  field: string,
  suffix: GenericSuffix,
): Omit<Mark, 'word' | 'bit'> {
  return { rule: `${klass.code}.${field}.${suffix}`, field, suffix, ...GENERIC_RULES[suffix] }
}

function recordsSql(request: ValidationRequest, plans: readonly FieldPlan[], marks: Marks): string {
  const columns = ['source_row']
  const read = ['source_row']
  const joins: string[] = []
  const kept: string[] = []
  const bits = new Bits()
  for (const { field, index, reading, dictionary, marks: own } of plans) {
    const { declared, column } = field
    if (reading === null || column === null)
      read.push(`NULL::${sqlTypeOf(declared)} AS v${index}`, `false AS p${index}`)
    else {
      columns.push(`${reading.raw(quoteName(column.name))} AS r${index}`)
      const direct = reading.direct(`s.r${index}`)
      const unreadable = own.filter(({ suffix, severity }) => suffix !== 'required' && severity === 'refuse')
      if (dictionary === null) read.push(`${direct} AS v${index}`)
      else {
        const context = reading.context === undefined ? '' : ` AND s.c${index} = d${index}.context`
        if (context !== '') columns.push(`${reading.context} AS c${index}`)
        joins.push(
          `LEFT JOIN ${quoteName(dictionary.table)} AS d${index} ON s.r${index} = d${index}.raw${context}`,
        )
        read.push(`CASE WHEN d${index}.raw IS NULL THEN ${direct} ELSE d${index}.value END AS v${index}`)
      }
      // A cell that is there but cannot be read is neither absent nor comparable.
      const faults = unreadable.map(({ suffix }) => quoteText(suffix as string)).join(', ')
      read.push(
        faults === ''
          ? `v${index} IS NOT NULL AS p${index}`
          : `(v${index} IS NOT NULL OR coalesce(d${index}.fault IN (${faults}), false)) AS p${index}`,
      )
      for (const mark of own) {
        const empty = mark.suffix === 'required' ? `s.r${index} IS NULL` : null
        const found = dictionary === null ? null : `d${index}.fault = ${quoteText(mark.suffix as string)}`
        bits.set(mark, [empty, found].filter((condition) => condition !== null).join(' OR '))
      }
    }
    if (field.kept) kept.push(`v${index} AS ${quoteName(declared.name)}`)
  }
  const inner = `SELECT ${[...read, ...bits.columns('m')].join(', ')} FROM (SELECT ${columns.join(', ')} FROM ${quoteName(request.staged.relation)}) AS s ${joins.join(' ')}`
  const rules = markRules(request, plans, marks)
  const words = marks.columns.map(
    (name, word) =>
      `${[bits.has(word) ? `m${word}` : '0::BIGINT', ...rules.terms(word)].join(' | ')} AS ${quoteName(name)}`,
  )
  return `SELECT ${['source_row', ...kept, ...words].join(', ')} FROM (${inner})`
}

/** Bits of the rules of the class, over the values of the fields. */
function markRules(request: ValidationRequest, plans: readonly FieldPlan[], marks: Marks): Bits {
  const bits = new Bits()
  const byName = new Map(plans.map((plan) => [plan.field.declared.name, plan]))
  for (const rule of request.klass.rules) {
    const broken = brokenSql(rule, {
      asOf: request.asOf,
      receivedOn: request.receivedOn,
      field(name) {
        const plan = byName.get(name)
        if (plan === undefined) return null
        const { index, field } = plan
        return { declared: field.declared, value: `v${index}`, present: `p${index}` }
      },
    })
    bits.set(marks.add({ ...rule, rule: rule.id, mend: CLASS_RULE_MEND }), broken)
  }
  return bits
}

/** SQL that sets the bits of marks, by word. */
class Bits {
  readonly #terms = new Map<number, string[]>()

  set({ word, bit }: Mark, condition: string): void {
    const terms = this.#terms.get(word) ?? []
    terms.push(`CASE WHEN ${condition} THEN ${bit}::BIGINT ELSE 0::BIGINT END`)
    this.#terms.set(word, terms)
  }

  has(word: number): boolean {
    return this.#terms.has(word)
  }

  terms(word: number): string[] {
    return this.#terms.get(word) ?? []
  }

  columns(prefix: string): string[] {
    return [...this.#terms].map(([word, terms]) => `${terms.join(' | ')} AS ${prefix}${word}`)
  }
}
