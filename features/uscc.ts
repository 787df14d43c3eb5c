import { featuresErrors } from './errors.ts'

/** The 31 symbols of GB 32100-2015 in order of their value; I, O, S, V and Z are left out. */
export const USCC_SYMBOLS = '0123456789ABCDEFGHJKLMNPQRTUWXY'
/** The 36 symbols of GB 11714-1997, valued 0 to 35. */
export const ORGANISATION_SYMBOLS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
/** GB 32100-2015: W[i] = 3^(i-1) mod 31 for i = 1 to 17. */
export const USCC_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
/** GB 11714-1997: weights of the eight characters of the organisation code. */
export const ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2]

/**
 * First three characters of every made-up organisation code. Codes in use begin with a digit (those taken over from the old
 * organisation register) or with M and a second letter (those given since 2015); no block that begins with W is known to
 * have been given out. That is an observation, not a promise of the registers: made-up data stays marked as made up.
 */
const SYNTHETIC_BLOCK = 'WYX'
const SYNTHETIC_SYMBOLS = 5

/** Largest serial number of `syntheticUscc`: five symbols of base 31. */
export const SYNTHETIC_SERIAL_MAX = USCC_SYMBOLS.length ** SYNTHETIC_SYMBOLS - 1

export type UsccRule = 'length' | 'symbols' | 'region' | 'organisation-check' | 'check'

/** What each rule demands, as a sentence part for messages. */
export const USCC_RULES: Readonly<Record<UsccRule, string>> = {
  length: 'the code has 18 characters',
  symbols: 'every character is a digit or a capital letter other than I, O, S, V and Z',
  region: 'characters 3 to 8 are the six digits of a region',
  'organisation-check': 'character 17 is the check character of the organisation code (GB 11714)',
  check: 'character 18 is the check character (GB 32100)',
}

/** The 17th character for the eight characters before it: 11 - (sum of weight * value) mod 11, 10 is X, 11 is 0 (GB 11714). */
function organisationCheck(code: string): string {
  let sum = 0
  for (let i = 0; i < 8; i++) sum += ORGANISATION_WEIGHTS[i] * ORGANISATION_SYMBOLS.indexOf(code[i])
  const check = 11 - (sum % 11)
  return check === 10 ? 'X' : check === 11 ? '0' : String(check)
}

/**
 * Checks an organisation code of its own (GB 11714-1997), as older forms carry it beside the credit code.
 *
 * @param code eight characters and the check character, with or without the hyphen between them
 */
export function checkOrganisationCode(code: string): boolean {
  const parts = /^([0-9A-Z]{8})-?([0-9X])$/.exec(code)
  return parts !== null && organisationCheck(parts[1]) === parts[2]
}

/** The 18th character for the 17 before it: (31 - (sum of weight * value) mod 31) mod 31 (GB 32100). */
function finalCheck(code: string): string {
  let sum = 0
  for (let i = 0; i < 17; i++) sum += USCC_WEIGHTS[i] * USCC_SYMBOLS.indexOf(code[i])
  // Without the last mod a sum divisible by 31 would ask for a 32nd symbol.
  return USCC_SYMBOLS[(31 - (sum % 31)) % 31]
}

/**
 * Checks a unified social credit code (GB 32100-2015 with the organisation code of GB 11714-1997 inside).
 *
 * @returns null for a valid code, else the first rule that it breaks. A few codes of real enterprises break a check rule;
 * they need a reviewed list of exceptions, not a looser check.
 */
export function checkUscc(code: string): UsccRule | null {
  if (code.length !== 18) return 'length'
  for (const symbol of code) {
    if (!USCC_SYMBOLS.includes(symbol)) return 'symbols'
  }
  if (!/^\d{6}$/.test(code.slice(2, 8))) return 'region'
  if (code[16] !== organisationCheck(code.slice(8, 16))) return 'organisation-check'
  if (code[17] !== finalCheck(code)) return 'check'
  return null
}

/** First two characters of a code: 11 authority, 91 enterprise, 92 individual business. */
export type UsccPrefix = '11' | '91' | '92'

/**
 * A made-up code that passes both checks and lies in a block of organisation codes that no register is known to use, so that
 * made-up rows cannot be taken for those of a real enterprise or authority.
 *
 * @param region six digits of GB/T 2260
 * @param serial whole number from 0 to SYNTHETIC_SERIAL_MAX; different serials give different codes, whatever the prefix
 * @param prefix default an enterprise
 * @throws YX_FEATURES_USCC_PART_INVALID
 */
export function syntheticUscc(region: string, serial: number, prefix: UsccPrefix = '91'): string {
  if (!/^\d{6}$/.test(region)) {
    throw new featuresErrors.UsccPartInvalid('the region is not six digits', SYNTHETIC_SERIAL_MAX)
  }
  if (!Number.isInteger(serial) || serial < 0 || serial > SYNTHETIC_SERIAL_MAX) {
    throw new featuresErrors.UsccPartInvalid('the serial is out of range', SYNTHETIC_SERIAL_MAX)
  }
  let digits = ''
  for (let rest = serial, i = 0; i < SYNTHETIC_SYMBOLS; i++, rest = Math.floor(rest / 31)) {
    digits = USCC_SYMBOLS[rest % 31] + digits
  }
  const organisation = SYNTHETIC_BLOCK + digits
  const body = `${prefix}${region}${organisation}${organisationCheck(organisation)}`
  return body + finalCheck(body)
}
