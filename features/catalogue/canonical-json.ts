import { createHash } from 'node:crypto'

/**
 * JSON without white space, keys sorted by UTF-16 code unit, as RFC 8785 has it: one text for one value, however a file was
 * laid out. Lists keep their order.
 *
 * @param value anything that `JSON.parse` gives
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, part]) => `${JSON.stringify(key)}:${canonicalJson(part)}`).join(',')}}`
}

/** SHA-256, in hexadecimal, of a value's canonical JSON. */
export function hashJson(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value), 'utf8').digest('hex')
}
