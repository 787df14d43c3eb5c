/**
 * The state of one cell of a column laid along the roster. "Missing" says that the department holds the enterprise but
 * not this cell; "not held" that it does not know the enterprise at all. Both carry information about credit, and not the
 * same, so they stay apart up to the bins.
 */
export const CELL = { held: 0, missing: 1, notHeld: 2, notAuthorised: 3 } as const

export type CellState = (typeof CELL)[keyof typeof CELL]

/** How the risk of default is expected to move as the value rises; binds the bins of a model, never an input. */
export const TRENDS = ['rising', 'falling', 'peak', 'valley', 'free'] as const
export type Trend = (typeof TRENDS)[number]

export type ColumnType = 'numeric' | 'categorical'

/** `values` and `state` have one entry a row; a value is NaN unless its state is `CELL.held`. */
export interface NumericColumn {
  readonly kind: 'numeric'
  readonly name: string
  readonly values: Float64Array
  readonly state: Uint8Array
  readonly trend?: Trend
}

/**
 * `codes` and `state` have one entry a row; a code is an index into `categories` and -1 unless its state is `CELL.held`.
 * `categories` are unique, sorted by UTF-16 code unit, and each occurs in at least one row.
 */
export interface CategoricalColumn {
  readonly kind: 'categorical'
  readonly name: string
  readonly codes: Int32Array
  readonly categories: readonly string[]
  readonly state: Uint8Array
  readonly trend?: Trend
}

export type Column = NumericColumn | CategoricalColumn

/** A column as a manifest or a provider's configuration declares it; `name` is the one in the file's header. */
export interface ColumnDeclaration {
  readonly name: string
  readonly type: ColumnType
  /** Of the risk; nothing is stated without it. */
  readonly direction?: Trend
}

/**
 * Lays a column that stands in file order along another row order.
 *
 * @param column the column in file order, n rows
 * @param positions n target rows, -1 = the row goes nowhere
 * @param size number of target rows; those that nothing goes to become `CELL.notHeld`
 * @param name name of the result
 * @param trend what its declaration states
 */
export function layColumn(
  column: Column,
  positions: Int32Array,
  size: number,
  name: string,
  trend?: Trend,
): Column {
  const stated = trend !== undefined && { trend }
  const state = new Uint8Array(size).fill(CELL.notHeld)
  for (let row = 0; row < positions.length; row++) {
    if (positions[row] >= 0) state[positions[row]] = column.state[row]
  }
  if (column.kind === 'numeric') {
    const values = new Float64Array(size).fill(Number.NaN)
    for (let row = 0; row < positions.length; row++) {
      if (positions[row] >= 0) values[positions[row]] = column.values[row]
    }
    return { kind: 'numeric', name, values, state, ...stated }
  }
  const used = new Uint8Array(column.categories.length)
  for (let row = 0; row < positions.length; row++) {
    if (positions[row] >= 0 && column.codes[row] >= 0) used[column.codes[row]] = 1
  }
  const recoded = new Int32Array(column.categories.length).fill(-1)
  const categories: string[] = []
  column.categories.forEach((category, code) => {
    if (used[code] === 1) recoded[code] = categories.push(category) - 1
  })
  const codes = new Int32Array(size).fill(-1)
  for (let row = 0; row < positions.length; row++) {
    if (positions[row] >= 0 && column.codes[row] >= 0) codes[positions[row]] = recoded[column.codes[row]]
  }
  return { kind: 'categorical', name, codes, categories, state, ...stated }
}
