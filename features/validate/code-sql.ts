import { ORGANISATION_SYMBOLS, ORGANISATION_WEIGHTS, USCC_SYMBOLS, USCC_WEIGHTS } from '../uscc.ts'
import { INDUSTRY_SECTIONS, type IndustryEdition } from './industry.ts'
import { CANGZHOU_PREFIX, CANGZHOU_REGIONS, PROVINCES, RESIDENT_PROVINCES, USCC_PROVINCES } from './region.ts'
import { RESIDENT_CHECKS, RESIDENT_WEIGHTS } from './resident-id.ts'

// The checks of uscc.ts, resident-id.ts, region.ts and industry.ts once more, as SQL over a text: codes are checked where they lie.

function list(texts: Iterable<string>): string {
  return [...texts].map((text) => `'${text}'`).join(', ')
}

/** Sum of weight times value over the characters of a text from `first` on; a symbol's value is its position. */
function weighted(text: string, first: number, weights: readonly number[], symbols: string): string {
  return weights
    .map((weight, index) => `${weight} * (strpos('${symbols}', substr(${text}, ${first + index}, 1)) - 1)`)
    .join(' + ')
}

/** The first rule of GB 32100 that a code breaks, as `uscc-` and the name that `checkUscc` gives it, or NULL. */
export function usccFault(code: string): string {
  const organisation = `11 - (${weighted(code, 9, ORGANISATION_WEIGHTS, ORGANISATION_SYMBOLS)}) % 11`
  const check = `(31 - (${weighted(code, 1, USCC_WEIGHTS, USCC_SYMBOLS)}) % 31) % 31`
  return `CASE WHEN length(${code}) <> 18 THEN 'uscc-length'
    WHEN NOT regexp_full_match(${code}, '[${USCC_SYMBOLS}]{18}') THEN 'uscc-symbols'
    WHEN NOT regexp_full_match(substr(${code}, 3, 6), '[0-9]{6}') THEN 'uscc-region'
    WHEN substr(${code}, 17, 1) <> CASE ${organisation} WHEN 10 THEN 'X' WHEN 11 THEN '0' ELSE (${organisation})::VARCHAR END THEN 'uscc-organisation-check'
    WHEN substr(${code}, 18, 1) <> substr('${USCC_SYMBOLS}', ${check} + 1, 1) THEN 'uscc-check'
    WHEN substr(${code}, 3, 2) NOT IN (${list(USCC_PROVINCES)}) THEN 'uscc-province' END`
}

/** The first rule of GB 11643 that a number breaks, named as `checkResidentId` names it, or NULL. */
export function residentFault(number: string, day: string): string {
  const born = `TRY_CAST(substr(${number}, 7, 4) || '-' || substr(${number}, 11, 2) || '-' || substr(${number}, 13, 2) AS DATE)`
  const check = `(${weighted(number, 1, RESIDENT_WEIGHTS, '0123456789')}) % 11`
  return `CASE WHEN length(${number}) <> 18 THEN 'resident-length'
    WHEN NOT regexp_full_match(${number}, '[0-9]{17}[0-9X]') THEN 'resident-symbols'
    WHEN left(${number}, 2) NOT IN (${list(RESIDENT_PROVINCES)}) THEN 'resident-region'
    WHEN NOT coalesce(${born} BETWEEN DATE '1850-01-01' AND DATE '${day}', false) THEN 'resident-birthday'
    WHEN substr(${number}, 18, 1) <> substr('${RESIDENT_CHECKS}', ${check} + 1, 1) THEN 'resident-check' END`
}

/** The first rule of GB/T 2260 that a code breaks, named as `checkRegion` names it, or NULL. */
export function regionFault(code: string, further: ReadonlySet<string>): string {
  const known = list([...CANGZHOU_REGIONS.keys(), ...further])
  return `CASE WHEN NOT regexp_full_match(${code}, '[0-9]{6}') THEN 'region-form'
    WHEN ${code} IN (${known}) THEN NULL
    WHEN left(${code}, 2) NOT IN (${list(PROVINCES)}) OR left(${code}, 4) = '${CANGZHOU_PREFIX}' THEN 'region-unknown' END`
}

/** The section of a division, NULL if there is none. */
function sectionOf(division: string, edition: IndustryEdition): string {
  const cases = INDUSTRY_SECTIONS[edition].map(
    ([section, first, last]) => `WHEN ${division} BETWEEN ${first} AND ${last} THEN '${section}'`,
  )
  return `CASE ${cases.join(' ')} END`
}

/** Section's letter, digits, and the section that the digits belong to. */
export function industryParts(
  code: string,
  edition: (of: Record<IndustryEdition, string>) => string,
): string {
  const digits = `regexp_extract(${code}, '^[A-T]?([0-9]{2,4})$', 1)`
  const division = `TRY_CAST(left(${digits}, 2) AS INTEGER)`
  const section = edition({ '2011': sectionOf(division, '2011'), '2017': sectionOf(division, '2017') })
  return `struct_pack(form := regexp_full_match(${code}, '[A-T]|[A-T]?[0-9]{2,4}'), letter := regexp_extract(${code}, '^[A-T]'), digits := ${digits}, section := ${section})`
}

/** Over the `parts` of `industryParts`: the code as it is stored. */
export const INDUSTRY_VALUE =
  "CASE WHEN parts.digits = '' THEN parts.letter ELSE parts.section || parts.digits END"

/** Over the `parts` of `industryParts`: the first rule of GB/T 4754 that it breaks, or NULL. */
export const INDUSTRY_FAULT = `CASE WHEN NOT parts.form THEN 'industry-form'
  WHEN parts.digits <> '' AND parts.section IS NULL THEN 'industry-division'
  WHEN parts.digits <> '' AND parts.letter <> '' AND parts.letter <> parts.section THEN 'industry-section' END`
