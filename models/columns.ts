/** State of one cell of a column laid along the roster. */
export const CELL = { held: 0, missing: 1, notHeld: 2, notAuthorised: 3 } as const

/**
 * 0 held; 1 missing: the party knows the enterprise, the cell is empty; 2 not held: the party does not know the
 * enterprise; 3 not authorised: the enterprise has not allowed this use.
 */
export type CellState = (typeof CELL)[keyof typeof CELL]

/** `values` and `state` have one entry a roster row; a value is NaN unless its state is `CELL.held`. */
export interface NumericColumn {
  readonly kind: 'numeric'
  readonly name: string
  readonly values: Float64Array
  readonly state: Uint8Array
}

/** `codes` and `state` have one entry a roster row; a code is an index into `categories`, -1 unless held. */
export interface CategoricalColumn {
  readonly kind: 'categorical'
  readonly name: string
  readonly codes: Int32Array
  readonly categories: readonly string[]
  readonly state: Uint8Array
}

export type Column = NumericColumn | CategoricalColumn
