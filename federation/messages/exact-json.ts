/**
 * JSON that arrives from somebody else, read so that one value has one text: UTF-8 without a fault, no lone surrogate, and
 * exactly what `JSON.stringify` writes. Two parties then never read one signed text in two ways, and two names that differ
 * never become the same bytes (a lone surrogate turns into U+FFFD, so two mask labels would be one).
 */

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of UTF-8 bytes. @throws TypeError */
export const exactText = (bytes: Uint8Array): string => utf8.decode(bytes)

/**
 * Parses a text of strings without a lone surrogate.
 * @param replace called for every value, the innermost first
 * @throws SyntaxError; RangeError when it is nested too deep
 */
export function parseWellFormed(text: string, replace = (value: unknown): unknown => value): unknown {
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value === 'string' && !value.isWellFormed()) throw new SyntaxError('a lone surrogate')
    return replace(value)
  })
}

/** Parses a text that is exactly what `JSON.stringify` would write. @throws SyntaxError, RangeError */
export function parseExact(text: string): unknown {
  const value = parseWellFormed(text)
  if (JSON.stringify(value) !== text) throw new SyntaxError('another form of the same value')
  return value
}
