import { addDays, isDay } from '../../days.ts'
import { featuresErrors } from '../../errors.ts'
import { type ExclusionOp, fires } from '../../exclusion.ts'
import type { FeatureTable, IntegerColumn } from '../card-types.ts'

/** An event, told by a feature as of a later day: `{ feature: 'arrears_days', op: '>', value: 30 }`, in the feature's unit. */
export interface NeuralTarget {
  readonly feature: string
  readonly op: ExclusionOp
  readonly value: number | string
}

/** Features of a provider as of a day. */
export interface DatedFeatures {
  readonly table: FeatureTable
  /** `YYYY-MM-DD` */
  readonly asOf: string
}

/**
 * The event per enterprise of the earlier table: 1, 0, or NaN where the later table has not the enterprise or not the cell.
 *
 * @param name of the model, for messages
 * @throws YX_FEATURES_NEURAL_TARGET_INVALID if the target's window does not begin after the day of the features, or the rule does not fit the feature
 */
export function laterEvents(
  name: string,
  earlier: DatedFeatures,
  later: DatedFeatures,
  target: NeuralTarget,
): Float64Array {
  const refuse = (why: string): never => {
    throw new featuresErrors.NeuralTargetInvalid(name, why)
  }
  if (!isDay(earlier.asOf) || !isDay(later.asOf)) refuse('a day is not written YYYY-MM-DD')
  if (later.asOf <= earlier.asOf)
    refuse(`its day ${later.asOf} is not after the day of the features, ${earlier.asOf}`)
  const found = later.table.columns.filter(({ card }) => card.name === target.feature)
  if (found.length !== 1) refuse(`the later table has not exactly one feature "${target.feature}"`)
  const [column] = found
  const start = windowStart(column.card.window, later.asOf)
  if (start === null) refuse(`the window "${column.card.window}" of its feature has no beginning`)
  else if (start <= earlier.asOf)
    refuse(`its window begins on ${start}, not after the day of the features, ${earlier.asOf}`)
  checkRule(column, target, refuse)
  const places = new Map(later.table.ids.map((id, place) => [id, place]))
  return Float64Array.from(earlier.table.ids, (id) => {
    const place = places.get(id)
    if (place === undefined || column.present[place] === 0) return Number.NaN
    return fires(target, cellOf(column, place)) ? 1 : 0
  })
}

function checkRule(
  { card }: IntegerColumn,
  { op, value }: NeuralTarget,
  refuse: (why: string) => never,
): void {
  if (!['==', '!=', '<', '<=', '>', '>='].includes(op)) refuse('its op is none of ==, !=, <, <=, >, >=')
  if (card.kind === 'numeric') {
    if (!Number.isFinite(value)) refuse('its feature is numeric, its value is not')
    return
  }
  if (op !== '==' && op !== '!=') refuse(`its feature is categorical, op ${op} is for numbers`)
  if (!card.categories?.some((category) => category === value))
    refuse('its value is no category of its feature')
}

function cellOf({ card, values }: IntegerColumn, place: number): number | string {
  return card.kind === 'numeric'
    ? values[place] / 10 ** card.decimals
    : (card.categories as readonly string[])[values[place]]
}

/**
 * First day that a window looks at, null if it has no known beginning. Windows of months are months of the calendar, up to the
 * last one that was over on the day, as the built-in features count them.
 */
function windowStart(window: string, day: string): string | null {
  if (window === 'now') return day
  const [, count, unit] = /^(\d{1,3}) (day|month|year)s?$/.exec(window) ?? []
  if (count === undefined) return null
  if (unit === 'day') return addDays(day, 1 - Number(count))
  const next = addDays(day, 1)
  const months =
    Number(next.slice(0, 4)) * 12 + Number(next.slice(5, 7)) - 1 - Number(count) * (unit === 'year' ? 12 : 1)
  return `${String(Math.floor(months / 12)).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}-01`
}
