/** Editions of GB/T 4754; between them some codes changed their meaning, so an edition stands beside every code. */
export type IndustryEdition = '2011' | '2017'

export const INDUSTRY_EDITIONS: readonly IndustryEdition[] = ['2011', '2017']

/** The sections, each with its first and last division. The editions differ from N on: 2017 has a division 79 (土地管理业). */
const SHARED_SECTIONS = [
  ['A', 1, 5],
  ['B', 6, 12],
  ['C', 13, 43],
  ['D', 44, 46],
  ['E', 47, 50],
  ['F', 51, 52],
  ['G', 53, 60],
  ['H', 61, 62],
  ['I', 63, 65],
  ['J', 66, 69],
  ['K', 70, 70],
  ['L', 71, 72],
  ['M', 73, 75],
] as const

export const INDUSTRY_SECTIONS: Readonly<
  Record<IndustryEdition, readonly (readonly [section: string, first: number, last: number])[]>
> = {
  '2011': [
    ...SHARED_SECTIONS,
    ['N', 76, 78],
    ['O', 79, 81],
    ['P', 82, 82],
    ['Q', 83, 84],
    ['R', 85, 89],
    ['S', 90, 95],
    ['T', 96, 96],
  ],
  '2017': [
    ...SHARED_SECTIONS,
    ['N', 76, 79],
    ['O', 80, 82],
    ['P', 83, 83],
    ['Q', 84, 85],
    ['R', 86, 90],
    ['S', 91, 96],
    ['T', 97, 97],
  ],
}

export type IndustryRule = 'industry-form' | 'industry-division' | 'industry-section'

/** A code as it is stored: the section's letter, then 0, 2, 3 or 4 digits; or the first rule that the text breaks. */
export type IndustryReading =
  | { readonly code: string; readonly rule: null }
  | { readonly code: null; readonly rule: IndustryRule }

/**
 * Reads an industry code of GB/T 4754: `C`, `C33`, `C339`, `C3391` or the digits alone, to which the section is added.
 *
 * It knows sections and divisions; whether a group or class of a division exists is not checked.
 */
export function readIndustry(text: string, edition: IndustryEdition): IndustryReading {
  const parts = /^([A-T]?)(\d{2,4})?$/.exec(text)
  if (parts === null || text === '') return { code: null, rule: 'industry-form' }
  const [, letter, digits] = parts
  if (digits === undefined) return { code: letter, rule: null }
  const division = Number(digits.slice(0, 2))
  const section = INDUSTRY_SECTIONS[edition].find(([, first, last]) => first <= division && division <= last)
  if (section === undefined) return { code: null, rule: 'industry-division' }
  if (letter !== '' && letter !== section[0]) return { code: null, rule: 'industry-section' }
  return { code: section[0] + digits, rule: null }
}

/**
 * Codes of 2011 whose number means something else in 2017, or that moved: castings of ferrous metal left 3130 for 3391, and 3130
 * went to the rolling of steel. Only pairs that were checked stand here.
 */
const MOVED_2011_TO_2017: ReadonlyMap<string, string> = new Map([
  ['C3130', 'C3391'],
  ['C3140', 'C3130'],
  ['C3150', 'C3140'],
])

/**
 * The 2017 code for a code of an edition.
 *
 * @param code as `readIndustry` gives it
 * @returns null where the answer is not known: a class of 2011 that is in none of the checked pairs, unless it is no more than a
 * section or a division that both editions share
 */
export function industryOf2017(code: string, edition: IndustryEdition): string | null {
  if (edition === '2017') return code
  const moved = MOVED_2011_TO_2017.get(code)
  if (moved !== undefined) return moved
  const shared = SHARED_SECTIONS.some(([section]) => section === code[0])
  return code.length === 1 || (code.length === 3 && shared) ? code : null
}
