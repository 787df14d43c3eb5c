import type { Trend } from './optimal-bins.ts'
import { requireLength } from './settings.ts'

/** State of one cell of a column laid along the roster. */
export const CELL = { held: 0, missing: 1, notHeld: 2, notAuthorised: 3 } as const

/**
 * 0 held; 1 missing: the party knows the enterprise, the cell is empty; 2 not held: the party does not know the
 * enterprise; 3 not authorised: the enterprise has not allowed this use. Unlike the others it is no bin and weighs nothing.
 */
export type CellState = (typeof CELL)[keyof typeof CELL]

/** `values` and `state` have one entry a roster row; a value counts only where its state is `CELL.held`. `trend` binds bins and weights, if it is stated. */
export interface NumericColumn {
  readonly kind: 'numeric'
  readonly name: string
  readonly values: Float64Array
  readonly state: Uint8Array
  readonly trend?: Trend
}

/** `codes` and `state` have one entry a roster row; a code is an index into `categories` and counts only where held. */
export interface CategoricalColumn {
  readonly kind: 'categorical'
  readonly name: string
  readonly codes: Int32Array
  readonly categories: readonly string[]
  readonly state: Uint8Array
  readonly trend?: Trend
}

export type Column = NumericColumn | CategoricalColumn

/**
 * Columns as they may be used for the rows that are authorised: in every other row each cell is `CELL.notAuthorised`.
 * Values are shared with the input, states are not.
 *
 * @param authorised 1 for every roster row that may be used
 * @throws ColumnLength
 */
export function authorisedOnly(columns: readonly Column[], authorised: Uint8Array): Column[] {
  return columns.map((column) => {
    requireLength(`Column "${column.name}"`, column.state.length, authorised.length)
    const state = column.state.map((cell, row) => (authorised[row] === 1 ? cell : CELL.notAuthorised))
    return { ...column, state }
  })
}
