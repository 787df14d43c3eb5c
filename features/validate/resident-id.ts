import { isDay } from '../days.ts'
import { RESIDENT_PROVINCES } from './region.ts'

/** GB 11643-1999: weights of the first 17 digits. */
export const RESIDENT_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const
/** GB 11643-1999: the check character for the weighted sum modulo 11. */
export const RESIDENT_CHECKS = '10X98765432'

export type ResidentIdRule =
  | 'resident-length'
  | 'resident-symbols'
  | 'resident-region'
  | 'resident-birthday'
  | 'resident-check'

/**
 * Checks a citizen's identity number (GB 11643-1999).
 *
 * Of the region only the province is checked: numbers keep the code of the place where they were given out, and many such codes
 * no longer stand in GB/T 2260. Numbers of 15 digits have not been valid since 2013.
 *
 * @param number 18 characters, an `X` at the end as a capital letter
 * @param day the last possible birthday, `YYYY-MM-DD`
 * @returns null for a valid number, else the first rule that it breaks
 */
export function checkResidentId(number: string, day: string): ResidentIdRule | null {
  if (number.length !== 18) return 'resident-length'
  if (!/^\d{17}[\dX]$/.test(number)) return 'resident-symbols'
  if (!RESIDENT_PROVINCES.has(number.slice(0, 2))) return 'resident-region'
  const born = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`
  if (!isDay(born) || born < '1850-01-01' || born > day) return 'resident-birthday'
  let sum = 0
  for (let i = 0; i < 17; i++) sum += RESIDENT_WEIGHTS[i] * Number(number[i])
  return number[17] === RESIDENT_CHECKS[sum % 11] ? null : 'resident-check'
}
