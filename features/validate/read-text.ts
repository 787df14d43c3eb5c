import { quoteText } from '../source/session.ts'
import { unevenPattern } from './cell-text.ts'
import { residentFault } from './code-sql.ts'
import { PLACEHOLDER_PATTERN, type RawColumn, type Reading, rawText, textFault } from './reading.ts'

/** What a field of free text takes. */
export interface TextField {
  /** Longest text, in characters. */
  readonly maxLength: number
  /** True where the text identifies something: a number that a spreadsheet has shortened is then no longer the same. */
  readonly identifies: boolean
  /** True where the same text is expected in many records. */
  readonly repeats: boolean
  /** True where the text may be a person's identity number: a field that is checked and never kept. */
  readonly personal: boolean
}

/** An identity number inside a text, told by its form; whether it is one, its check character says. */
const RESIDENT_NUMBER =
  '[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]'
/** What a spreadsheet shows of a long number. */
const SHORTENED_NUMBER = '[0-9](\\.[0-9]+)?[eE]\\+[0-9]{2,}'

/** Reads names and texts: normalised to NFKC, trimmed, otherwise as they are. */
export function textReading(column: RawColumn, field: TextField, day: string): Reading {
  const patterns = [unevenPattern(), `^${PLACEHOLDER_PATTERN}$`]
  if (field.identifies) patterns.push(`^${SHORTENED_NUMBER}$`)
  if (!field.personal) patterns.push(RESIDENT_NUMBER)
  const faults = [`WHEN length(cell) > ${field.maxLength} THEN 'length'`]
  if (field.identifies) {
    faults.push(`WHEN regexp_full_match(cell, '${SHORTENED_NUMBER}') THEN 'spreadsheet-number'`)
  }
  if (!field.personal) {
    const found = `upper(regexp_extract(cell, '${RESIDENT_NUMBER}'))`
    faults.push(
      `WHEN ${found} <> '' AND (${residentFault(found, day)}) IS NULL THEN 'resident-number-inside'`,
    )
  }
  return {
    type: 'VARCHAR',
    raw: rawText(column),
    text: true,
    few: field.repeats,
    direct: (raw) => raw,
    irregular: (raw) =>
      `strlen(${raw}) > ${field.maxLength} OR regexp_matches(${raw}, ${quoteText(patterns.join('|'))})`,
    value: 'cell',
    fault: textFault(`CASE ${faults.join('\n')} END`),
  }
}
