import type { CatalogueField } from '../catalogue/class-types.ts'
import { quoteText } from '../source/session.ts'
import { type RawColumn, type Reading, rawText, textFault } from './reading.ts'

const OTHER = '其他'
/** What may stand between 其他 and its text. */
const OTHER_TEXT = `${OTHER} *[-—:] *(\\S.*)`

const TRUE_TEXTS = ['是', '1', 'true']
const FALSE_TEXTS = ['否', '0', 'false']

/** Reads one of the texts that the catalogue lists, in any generation's words. */
export function enumReading(column: RawColumn, field: CatalogueField): Reading {
  const choice = new Choice(field)
  return {
    type: 'VARCHAR',
    raw: rawText(column),
    text: true,
    few: true,
    direct: (raw) => raw,
    irregular: (raw) => `${raw} NOT IN (${choice.values.map(quoteText).join(', ')})`,
    parts: choice.canonical('cell'),
    value: 'parts',
    fault: textFault(`CASE WHEN parts IS NULL THEN ${choice.faultOf('cell')} END`),
  }
}

/** Reads several of the texts that the catalogue lists; they come out in its order, each once, joined by `;`. */
export function setReading(column: RawColumn, field: CatalogueField): Reading {
  const choice = new Choice(field)
  const known = (text: string): string => `${choice.canonical(text)} IS NOT NULL`
  const split = (text: string, pattern: string): string =>
    `list_filter(list_transform(regexp_split_to_array(${text}, '${pattern}'), lambda one: trim(one)), lambda one: one <> '')`
  // Some values have the enumeration comma in them, so a part is split at it only if it is none as a whole.
  const pieces = `flatten(list_transform(${split('cell', '[;,|]')},
    lambda piece: CASE WHEN ${known('piece')} THEN [piece] ELSE ${split('piece', '、')} END))`
  const parts = `list_transform(${pieces}, lambda piece: coalesce(${choice.canonical('piece')}, CASE ${choice.faultOf('piece')} WHEN 'enum' THEN '?enum' ELSE '?other-text' END))`
  const ordered = `list_filter([${choice.values.map(quoteText).join(', ')}], lambda one: list_contains(parts, one))`
  const others = `list_sort(list_distinct(list_filter(parts, lambda one: one LIKE '${OTHER}-%' AND NOT list_contains([${choice.values.map(quoteText).join(', ')}], one))))`
  return {
    type: 'VARCHAR',
    raw: rawText(column),
    text: true,
    few: true,
    direct: (raw) => raw,
    irregular: (raw) => `${raw} NOT IN (${choice.values.map(quoteText).join(', ')})`,
    parts,
    value: `nullif(array_to_string(list_concat(${ordered}, ${others}), ';'), '')`,
    fault: textFault(`CASE WHEN len(parts) = 0 OR list_contains(parts, '?enum') THEN 'enum'
      WHEN list_contains(parts, '?other-text') THEN 'other-text' END`),
  }
}

/** Reads 是/否, 1/0, true/false. */
export function booleanReading(column: RawColumn): Reading {
  if (column.kind === 'boolean') {
    return {
      type: 'BOOLEAN',
      raw: column.raw,
      text: false,
      few: true,
      direct: (raw) => raw,
      irregular: () => 'false',
      value: 'NULL::BOOLEAN',
      fault: 'NULL',
    }
  }
  const among = (text: string, texts: readonly string[]): string =>
    `${text} IN (${texts.map(quoteText).join(', ')})`
  const truth = (text: string): string =>
    `CASE WHEN ${among(text, TRUE_TEXTS)} THEN true WHEN ${among(text, FALSE_TEXTS)} THEN false END`
  return {
    type: 'BOOLEAN',
    raw: rawText(column),
    text: true,
    few: true,
    direct: truth,
    irregular: (raw) => `NOT ${among(raw, [...TRUE_TEXTS, ...FALSE_TEXTS])}`,
    parts: truth('lower(cell)'),
    value: 'parts',
    fault: textFault(`CASE WHEN parts IS NULL THEN 'boolean' END`),
  }
}

class Choice {
  readonly values: readonly string[]
  readonly #texts: readonly (readonly [text: string, value: string])[]
  readonly #otherText: boolean

  constructor(field: CatalogueField) {
    const values = field.values ?? []
    this.values = values.map(({ value }) => value)
    this.#texts = values.flatMap(({ value, also }) =>
      [value, ...(also ?? [])].map((text) => [text.normalize('NFKC'), value] as const),
    )
    this.#otherText = field.otherText ?? false
  }

  /** The listed value for a text, NULL if it stands for none. */
  canonical(text: string): string {
    const keys = this.#texts.map(([one]) => quoteText(one)).join(', ')
    const values = this.#texts.map(([, value]) => quoteText(value)).join(', ')
    const listed = `map_extract_value(MAP([${keys}], [${values}]), ${text})`
    if (!this.#otherText) return listed
    const other = `CASE WHEN regexp_full_match(${text}, '${OTHER_TEXT}') THEN '${OTHER}-' || regexp_extract(${text}, '^${OTHER_TEXT}$', 1) END`
    return `coalesce(${listed}, ${other})`
  }

  /** The rule that a text breaks which stands for no value. */
  faultOf(text: string): string {
    return this.#otherText
      ? `CASE WHEN starts_with(${text}, '${OTHER}') THEN 'other-text' ELSE 'enum' END`
      : "'enum'"
  }
}
