/**
 * PostgreSQL array literals of whole columns: one parameter a column for `unnest`, the same text for pg and PGlite, and much
 * cheaper than a parameter a cell.
 */

/** `{1,2,3}` of finite numbers; 32-bit floats keep their value, since the shortest text of the double is read back. */
export function numberArray(values: Int32Array | Uint8Array | Float32Array): string {
  return `{${values.join(',')}}`
}

/** `{"a","b"}` with quotes and backslashes escaped; null stands for SQL NULL. */
export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : `"${value.replace(/["\\]/g, '\\$&')}"`)).join(',')}}`
}
