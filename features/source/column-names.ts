import { featuresErrors } from '../errors.ts'
import { SOURCE_ROW } from './source-types.ts'

/**
 * Refuses names that a table of the session could not keep apart. The table reader compares names without case, people
 * without looking at spaces; which of the two columns somebody means is not guessed.
 *
 * @param names the source's columns in order, none empty
 * @throws YX_FEATURES_HEADER_REPEATED, _HEADER_ALIKE, _HEADER_RESERVED
 */
export function checkColumnNames(names: readonly string[], shown: string): void {
  const seen = new Map<string, string>()
  for (const name of names) {
    const plain = plainName(name)
    const other = seen.get(plain)
    if (other === name) throw new featuresErrors.HeaderRepeated(shown, name)
    if (other !== undefined) throw new featuresErrors.HeaderAlike(shown, other, name)
    if (plain === SOURCE_ROW) throw new featuresErrors.HeaderReserved(shown, name)
    seen.set(plain, name)
  }
}

/** A name without case and white space. */
function plainName(name: string): string {
  return name.replace(/[\s\u200b\ufeff]+/gu, '').toLowerCase()
}

/** True for a header cell in which nothing can be read. */
export function isUnnamed(name: string): boolean {
  return plainName(name) === ''
}
