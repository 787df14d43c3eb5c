import type { CatalogueClass } from '../catalogue/class-types.ts'
import { quoteName } from '../source/session.ts'

/** What of a class's records was known on a day. */
export interface KnownRule {
  /** A record with a later date here, or with none, was not known yet. Null: the class has no date, all of it was known always. */
  readonly from: string | null
  /** What became known after the record itself: with a later date, or none, these cells are empty. */
  readonly later: readonly { readonly date: string; readonly cells: readonly string[] }[]
}

const PAID = { date: 'paid_date', cells: ['paid_date', 'amount_paid_yuan'] }

const RULES: Readonly<Record<string, KnownRule>> = {
  water_usage: { from: 'bill_month', later: [PAID] },
  gas_usage: { from: 'bill_month', later: [PAID] },
  electricity_usage: { from: 'bill_month', later: [PAID] },
  housing_fund: { from: 'deposit_month', later: [{ date: 'paid_date', cells: ['paid_date'] }] },
  social_insurance: { from: 'contribution_month', later: [PAID] },
  // What a return declares is known from its filing only.
  tax_payment: {
    from: 'tax_period',
    later: [PAID, { date: 'filed_date', cells: ['filed_date', 'amount_due_yuan'] }],
  },
  admin_license: { from: 'license_decision_date', later: [] },
  admin_penalty: { from: 'penalty_decision_date', later: [] },
  admin_enforcement: { from: 'enforcement_date', later: [] },
  real_estate: { from: 'registered_date', later: [] },
  rd_project: { from: 'start_date', later: [] },
  farm_entity: { from: 'recognised_date', later: [] },
  registration: { from: 'established_date', later: [] },
}

/**
 * The rule of a class. A class that is not built in is known from the date by which lateness is counted, or else from the first
 * date of its key, or else from the first date that every record has; its `paid_date` and `filed_date` count from their own day.
 */
export function knownRule(klass: CatalogueClass): KnownRule {
  const rule = RULES[klass.code]
  if (rule !== undefined) return rule
  const dates = klass.fields.filter(({ type }) => type === 'date' || type === 'month')
  const dated = (name: string | undefined): boolean => dates.some((field) => field.name === name)
  const required = dates.filter((field) => field.required && field.derived !== true)
  const from = [klass.lateAfter?.field, ...klass.key, ...required.map(({ name }) => name)].find(dated) ?? null
  const has = (name: string): boolean => klass.fields.some((field) => field.name === name)
  const later = [PAID, { date: 'filed_date', cells: ['filed_date'] }]
    .filter(({ date }) => dated(date) && date !== from)
    .map(({ date, cells }) => ({ date, cells: cells.filter(has) }))
  return { from, later }
}

/** Fields of a class that a feature may be made of: keys and features, nothing that describes a person. */
export function modelFields(klass: CatalogueClass): string[] {
  return klass.fields
    .filter((field) => field.derived !== true && field.grade !== 'G3')
    .filter((field) => field.modelUse === 'key' || field.modelUse === 'feature')
    .map((field) => field.name)
}

/** Every field that the table of accepted records has. */
export function storedFields(klass: CatalogueClass): string[] {
  return klass.fields
    .filter((field) => field.derived !== true && !(field.grade === 'G3' && field.modelUse === 'never'))
    .map((field) => field.name)
}

/**
 * A query for the records of a class as they were known on the session's variable `as_of`.
 *
 * @param table the table of accepted records, in the main schema
 */
export function knownRecordsSql(klass: CatalogueClass, table: string, fields: readonly string[]): string {
  const rule = knownRule(klass)
  const cells = fields.map((name) => {
    const later = rule.later.find((entry) => entry.cells.includes(name))
    const cell = quoteName(name)
    if (later === undefined) return cell
    return `CASE WHEN ${quoteName(later.date)} <= getvariable('as_of') THEN ${cell} END AS ${cell}`
  })
  const where = rule.from === null ? '' : ` WHERE ${quoteName(rule.from)} <= getvariable('as_of')`
  return `SELECT ${cells.join(', ')} FROM main.${quoteName(table)}${where}`
}
