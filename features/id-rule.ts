import { featuresErrors } from './errors.ts'
import { checkUscc, USCC_RULES, type UsccRule } from './uscc.ts'

/** What an id may be: any text, or a unified social credit code. */
export type IdScheme = 'text' | 'uscc'

// White space at an end or a control character anywhere: two parties would hold the "same" id and never meet.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const MALFORMED = /^\s|\s$|[\u0000-\u001f\u007f]/

export type IdFault = 'empty' | 'malformed' | UsccRule

/** The first rule that an id breaks, null if it breaks none. */
export function idFault(id: string, scheme: IdScheme): IdFault | null {
  if (id === '') return 'empty'
  if (MALFORMED.test(id)) return 'malformed'
  return scheme === 'uscc' ? checkUscc(id) : null
}

/**
 * The error of a fault: YX_FEATURES_ID_EMPTY, YX_FEATURES_ID_MALFORMED or YX_FEATURES_ID_NOT_USCC.
 *
 * @param place file and line
 * @param column header name of the id column
 */
export function idError(fault: IdFault, place: string, column: string): Error {
  if (fault === 'empty') return new featuresErrors.IdEmpty(place, column)
  if (fault === 'malformed') return new featuresErrors.IdMalformed(place, column)
  return new featuresErrors.IdNotUscc(place, column, USCC_RULES[fault])
}
