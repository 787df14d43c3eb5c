/** A vector over an earlier version of the roster, laid along the present one. */

/** The life of the roster as nights need it. */
export interface RosterLineage {
  /**
   * For each row of the present roster its row in an earlier version, -1 where the enterprise was not on it.
   * @param digest of the earlier version; the present one maps each row to itself
   * @returns null for a version that is not among those before the present one
   */
  rowsOf(digest: string): Int32Array | null
}

/** A roster that never changed. */
export function unchangedRoster({
  digest,
  size,
}: {
  readonly digest: string
  readonly size: number
}): RosterLineage {
  return {
    rowsOf: (of) => (of === digest ? Int32Array.from({ length: size }, (_, row) => row) : null),
  }
}

/** Values of the earlier rows in the order of the present ones; 0 where there is none. */
export function alongRows<V extends Uint32Array | Int32Array | Float64Array | Uint8Array>(
  values: V,
  rows: Int32Array,
): V {
  const laid = new (values.constructor as new (length: number) => V)(rows.length)
  for (let row = 0; row < rows.length; row++) if (rows[row] >= 0) laid[row] = values[rows[row]]
  return laid
}

/** 1 for every present row that a version of the roster lacked. */
export const lackedRows = (rows: Int32Array): Uint8Array => Uint8Array.from(rows, (row) => (row < 0 ? 1 : 0))
