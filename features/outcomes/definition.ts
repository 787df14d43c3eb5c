import { isDay } from '../days.ts'
import { featuresErrors } from '../errors.ts'

/** What good and bad mean, and of which loans. All days are `YYYY-MM-DD`; from and to are both included. */
export interface OutcomeDefinition {
  /** The day of the features. Every loan is booked later, so that no feature looks past a booking. */
  readonly asOf: string
  /** Observation window: loans booked on these days. */
  readonly bookedFrom: string
  readonly bookedTo: string
  /** The day of the snapshot; a loan is used if its performance window has ended by then. */
  readonly frozenOn: string
  /** Length of the performance window, which ends this many months after the booking, that day included. */
  readonly performanceMonths: number
  /** A loan that was this many days past due on some day of its window is bad. */
  readonly badDaysPastDue: number
  /** From this many days past due up to bad it is indeterminate, and left out. */
  readonly indeterminateFrom: number
  /** Which loans speak for an enterprise that has several: the worst of all, or the first booked. */
  readonly loansPerEnterprise: 'worst' | 'first'
}

/** The days must be given; the other settings have defaults. */
export type OutcomeSettings = Pick<OutcomeDefinition, 'asOf' | 'bookedFrom' | 'bookedTo' | 'frozenOn'> &
  Partial<OutcomeDefinition>

/** 90 days or more past due within 12 months of booking; 30 to 89 days are neither good nor bad. */
const DEFAULTS = {
  performanceMonths: 12,
  badDaysPastDue: 90,
  indeterminateFrom: 30,
  loansPerEnterprise: 'worst',
} as const

const MOST_MONTHS = 120
const MOST_DAYS = 3650

/**
 * Completes the settings with the defaults and checks them.
 *
 * @throws YX_FEATURES_OUTCOME_DEFINITION_INVALID naming the first field that is wrong
 */
export function defineOutcome(settings: OutcomeSettings): OutcomeDefinition {
  const definition: OutcomeDefinition = { ...DEFAULTS, ...settings }
  const { asOf, bookedFrom, bookedTo, frozenOn, performanceMonths, badDaysPastDue } = definition
  const demand = (field: keyof OutcomeDefinition, holds: boolean, what: string, rule: string): void => {
    if (!holds) throw new featuresErrors.OutcomeDefinitionInvalid(field, what, rule)
  }
  for (const field of ['asOf', 'bookedFrom', 'bookedTo', 'frozenOn'] as const) {
    demand(field, isDay(definition[field]), 'not a day', 'a day of the calendar as YYYY-MM-DD')
  }
  const whole = (field: 'performanceMonths' | 'badDaysPastDue' | 'indeterminateFrom', most: number) =>
    demand(
      field,
      Number.isInteger(definition[field]) && definition[field] >= 1 && definition[field] <= most,
      'out of range',
      `a whole number from 1 to ${most}`,
    )
  whole('performanceMonths', MOST_MONTHS)
  whole('badDaysPastDue', MOST_DAYS)
  whole('indeterminateFrom', badDaysPastDue)
  demand(
    'bookedFrom',
    bookedFrom > asOf,
    'not after asOf',
    'loans are booked after the day of the features, or a feature could look past the booking',
  )
  demand('bookedTo', bookedTo >= bookedFrom, 'before bookedFrom', 'bookedTo is bookedFrom or later')
  demand(
    'frozenOn',
    frozenOn >= addMonths(bookedFrom, performanceMonths),
    'too early: the performance window of every loan is still open',
    `frozenOn is at least ${performanceMonths} months after bookedFrom`,
  )
  demand(
    'loansPerEnterprise',
    ['worst', 'first'].includes(definition.loansPerEnterprise),
    'unknown',
    'it is "worst" or "first"',
  )
  return canonical(definition)
}

/** The definition with its fields in alphabetical order and nothing else; its JSON text is what the snapshot's hash covers. */
function canonical(definition: OutcomeDefinition): OutcomeDefinition {
  return {
    asOf: definition.asOf,
    badDaysPastDue: definition.badDaysPastDue,
    bookedFrom: definition.bookedFrom,
    bookedTo: definition.bookedTo,
    frozenOn: definition.frozenOn,
    indeterminateFrom: definition.indeterminateFrom,
    loansPerEnterprise: definition.loansPerEnterprise,
    performanceMonths: definition.performanceMonths,
  }
}

/** One text for one definition: JSON without white space, fields in alphabetical order. */
export function canonicalText(definition: OutcomeDefinition): string {
  return JSON.stringify(canonical(definition))
}

/** The same day of a later month; where that month is shorter, its last day, as DuckDB's intervals do. */
function addMonths(day: string, months: number): string {
  const [year, month, dayOfMonth] = day.split('-').map(Number)
  const lastOfMonth = new Date(Date.UTC(year, month - 1 + months + 1, 0))
  lastOfMonth.setUTCDate(Math.min(dayOfMonth, lastOfMonth.getUTCDate()))
  return lastOfMonth.toISOString().slice(0, 10)
}
