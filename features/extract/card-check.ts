import { TRENDS, type Trend } from '../columns.ts'
import { featuresErrors } from '../errors.ts'
import { jsonFault } from '../json-fault.ts'
import type { FeatureCard } from './card-types.ts'

const ALLOWED = [
  ...['name', 'title', 'meaning', 'window', 'unit', 'direction', 'kind', 'decimals', 'categories', 'range'],
]
const MOST_CARDS = 200
const MOST_CATEGORIES = 1000
const INT32 = 2_147_483_647

/**
 * Reads and checks a cards file: a JSON list of feature cards.
 *
 * @param shown the file's name for messages
 * @throws YX_FEATURES_CARDS_INVALID with the place of the fault
 */
export function parseCards(text: string, shown: string): FeatureCard[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const { line, column } = jsonFault(text)
    throw new featuresErrors.CardsInvalid(shown, `line ${line}, column ${column}`, 'valid JSON')
  }
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_CARDS) {
    throw new featuresErrors.CardsInvalid(shown, '(whole file)', `a list of 1 to ${MOST_CARDS} cards`)
  }
  const names = new Set<string>()
  value.forEach((card, index) => {
    const fault = cardFault(card)
    if (fault !== null) throw new featuresErrors.CardsInvalid(shown, `[${index}].${fault[0]}`, fault[1])
    if (names.has(card.name)) {
      throw new featuresErrors.CardsInvalid(shown, `[${index}].name`, 'a name that no other card has')
    }
    names.add(card.name)
  })
  return value as FeatureCard[]
}

/** Field and rule of the first fault of a card, null if there is none. */
export function cardFault(value: unknown): [string, string] | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return ['', 'an object {...}']
  const card = value as Record<string, unknown>
  for (const key of Object.keys(card)) {
    if (!ALLOWED.includes(key)) return [key.slice(0, 40), `no fields but ${ALLOWED.join(', ')}`]
  }
  if (typeof card.name !== 'string' || !/^[a-z][a-z0-9_]{0,62}$/.test(card.name) || card.name === 'uscc') {
    return ['name', 'lower case letters, digits and "_", a letter first, at most 63, not "uscc"']
  }
  for (const field of ['title', 'meaning']) {
    if (!isBilingual(card[field])) return [field, 'an object with the texts "zh" and "en"']
  }
  for (const field of ['window', 'unit']) if (!isText(card[field])) return [field, 'a text that is not empty']
  if (!TRENDS.includes(card.direction as Trend)) return ['direction', `one of ${TRENDS.join(', ')}`]
  if (card.kind !== 'numeric' && card.kind !== 'categorical') return ['kind', '"numeric" or "categorical"']
  return card.kind === 'numeric' ? numericFault(card) : categoricalFault(card)
}

function numericFault(card: Record<string, unknown>): [string, string] | null {
  const { decimals, range } = card
  if (typeof decimals !== 'number' || !Number.isInteger(decimals) || decimals < 0 || decimals > 9) {
    return ['decimals', 'a whole number from 0 to 9']
  }
  if (card.categories !== undefined) return ['categories', 'only with the kind "categorical"']
  if (range === undefined) return null
  const fits =
    Array.isArray(range) &&
    range.length === 2 &&
    range.every((end) => typeof end === 'number' && Math.abs(end) * 10 ** decimals <= INT32) &&
    range[0] < range[1]
  return fits ? null : ['range', '[low, high], each times 10^decimals within 32 bits']
}

function categoricalFault(card: Record<string, unknown>): [string, string] | null {
  if (card.decimals !== 0) return ['decimals', '0 for the kind "categorical"']
  if (card.range !== undefined) return ['range', 'only with the kind "numeric"']
  const { categories } = card
  const fits =
    Array.isArray(categories) &&
    categories.length > 0 &&
    categories.length <= MOST_CATEGORIES &&
    categories.every(isText) &&
    new Set(categories).size === categories.length
  return fits ? null : ['categories', `a list of 1 to ${MOST_CATEGORIES} different texts, none empty`]
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

function isBilingual(value: unknown): boolean {
  const text = value as Record<string, unknown> | null
  return typeof text === 'object' && text !== null && isText(text.zh) && isText(text.en)
}
