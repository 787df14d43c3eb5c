/** A head or a signature of a signed file: one line of JSON in one form. */
import { exactText, parseExact } from './exact-json.ts'

const MOST_LINE = 4096

/** The value of a line of JSON that fits a schema; null for anything else. */
export function jsonLine<V>(bytes: Uint8Array, form: { Check(value: unknown): boolean }): V | null {
  if (bytes.length > MOST_LINE) return null
  try {
    const value = parseExact(exactText(bytes))
    return form.Check(value) ? (value as V) : null
  } catch {
    return null
  }
}
