// One token of RFC 8259 at the scanner's place; white space is skipped before it.
const TOKEN =
  /[ \t\r\n]*(?:([[\]{},:])|("(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/uy

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma' | 'nothing'

/**
 * Where a text that `JSON.parse` refuses stops being JSON: the parser itself names no place for most faults.
 *
 * @returns line and column, both from 1, of the first token that cannot stand where it stands
 */
export function jsonFault(text: string): { line: number; column: number } {
  const open: ('{' | '[')[] = []
  let expected: Expected = 'value'
  let place = 0
  for (;;) {
    TOKEN.lastIndex = place
    const match = TOKEN.exec(text)
    if (match === null) break
    const next = follow(expected, open, match)
    if (next === null) break
    expected = next
    place = TOKEN.lastIndex
  }
  place += /^[ \t\r\n]*/.exec(text.slice(place))?.[0].length ?? 0
  const before = text.slice(0, place).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

/** What may follow a token, null if the token itself may not stand here. */
function follow(expected: Expected, open: ('{' | '[')[], match: RegExpExecArray): Expected | null {
  const [, sign, string] = match
  const closed = (): Expected => (open.length === 0 ? 'nothing' : 'comma')
  const mayBeValue = expected === 'value' || expected === 'value or ]'
  if (sign === undefined) {
    if (mayBeValue) return closed()
    return string !== undefined && expected.startsWith('key') ? 'colon' : null
  }
  if (sign === '{' || sign === '[') {
    if (!mayBeValue) return null
    open.push(sign)
    return sign === '{' ? 'key or }' : 'value or ]'
  }
  if (sign === ':') return expected === 'colon' ? 'value' : null
  if (sign === ',') {
    if (expected !== 'comma') return null
    return open.at(-1) === '{' ? 'key' : 'value'
  }
  const empty = sign === '}' ? 'key or }' : 'value or ]'
  const begun = sign === '}' ? '{' : '['
  if (open.at(-1) !== begun || (expected !== 'comma' && expected !== empty)) return null
  open.pop()
  return closed()
}
