/**
 * What a privacy budget is held against. A snapshot is named after its labels, and one firm more or one label mended makes
 * another one; were the budget a snapshot's, such a change would make it whole again. So it is a label holder's, for a label
 * period: all snapshots of the period are charged together, over any roster, and only the label holder begins another, by
 * its own signed word, when its labels are of other loans. Platform and key holder bound how often.
 */
import { isDay } from './day.ts'
import { federationErrors } from './errors.ts'
import type { LedgerEntry } from './ledger-entry.ts'

/** Label periods that one label holder may begin within a year, where a party states no other number. */
export const PERIODS_PER_YEAR = 2

/** First day of a period, YYYY-MM-DD; empty for the first one, before a label holder has begun another. */
export type LabelPeriod = string

const DAY_MS = 86_400_000
const YEAR_MS = 365 * DAY_MS
/** A day begins up to 14 hours earlier in the east than in UTC. */
const AHEAD_MS = DAY_MS

/** All snapshots of one label holder's period, as the ledger names them. */
export const familyOf = (labelHolder: string, period: LabelPeriod): string => `${labelHolder}@${period}`

export const familiesOf = (labelHolders: readonly string[], periods: readonly LabelPeriod[]): string[] =>
  labelHolders.map((name, index) => familyOf(name, periods[index]))

/** Whether a charge counts against one of these families; one that names none is of an older ledger and counts against all. */
export const countsAgainst = ({ families }: Pick<LedgerEntry, 'families'>, family: string): boolean =>
  families === undefined || families.includes(family)

/**
 * Refuses a period that would make a budget whole again without a reason.
 * @param entries of the ledger, as both servers hold it
 * @param mostPerYear periods that a label holder may begin within 365 days
 * @throws LabelPeriodRefused
 */
export function checkPeriods(
  entries: readonly LedgerEntry[],
  opened: { readonly labelHolders: readonly string[]; readonly labelPeriods: readonly LabelPeriod[] },
  now: Date,
  mostPerYear: number,
): void {
  const known = new Set(entries.flatMap(({ families }) => families ?? []))
  opened.labelHolders.forEach((name, index) => {
    const fault = faultOf(opened.labelPeriods[index], daysUsed(known, name), now, mostPerYear)
    if (fault !== null) throw new federationErrors.LabelPeriodRefused(name, ...fault)
  })
}

/** Days of the periods that a label holder has used; the first period has none. */
function daysUsed(families: ReadonlySet<string>, name: string): string[] {
  const start = familyOf(name, '')
  return [...families]
    .filter((family) => family.startsWith(start))
    .map((family) => family.slice(start.length))
    .filter(isDay)
}

function faultOf(
  period: LabelPeriod,
  used: readonly string[],
  now: Date,
  mostPerYear: number,
): [string, string] | null {
  // Days in this form are in the order of their texts.
  const later = used.find((day) => day > period)
  if (later !== undefined) return [period || 'the first', `the one of ${later} was used before`]
  if (period === '' || used.includes(period)) return null
  if (!isDay(period)) return [period, 'there is no such day']
  const begins = Date.parse(period)
  if (begins > now.getTime() + AHEAD_MS) return [period, 'that day is still to come']
  const recent = used.filter((day) => Date.parse(day) > begins - YEAR_MS).length
  return recent < mostPerYear
    ? null
    : [period, `${recent} were begun within the year before, ${mostPerYear} are allowed`]
}
