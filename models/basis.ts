/** The basis of a provider: every column cut into bins, of which a row occupies at most one. */
import { type CategoricalBins, categoricalBins } from './categorical-bins.ts'
import { CELL, type Column } from './columns.ts'
import { modelsErrors } from './errors.ts'
import { intervalLabels, type NumericBins, numericBins } from './numeric-bins.ts'
import { requireInteger, requireLength } from './settings.ts'

/** Code of a row that contributes nothing to a column. */
export const NO_BIN = 255

export type SpecialBin = 'missing' | 'not held'

/** The special bins in the order in which they follow a column's ordinary ones. What is not authorised has none: it is not used, and weighs nothing. */
export const SPECIAL_BINS: readonly { special: SpecialBin; state: number }[] = [
  { special: 'missing', state: CELL.missing },
  { special: 'not held', state: CELL.notHeld },
]

export interface Bin {
  /** Interval, category or special state in words. */
  readonly label: string
  /** Training rows of the roster in this bin. */
  readonly rows: number
  readonly special?: SpecialBin
}

/** Bins from..to-1 of the basis: ordinary ones first, special ones last. Survives JSON. */
export interface BasisColumn {
  readonly name: string
  readonly kind: 'numeric' | 'categorical'
  /** Half-open range of global basis indices. */
  readonly from: number
  readonly to: number
  /** Index into the input columns. */
  readonly source: number
  /** Numeric: ascending; ordinary bin b is (cuts[b-1], cuts[b]]. */
  readonly cuts?: readonly number[]
  /** Categorical: ordinary bin b is categories[b]. */
  readonly categories?: readonly string[]
  /** Categorical: ordinary bin of every other category, or null. */
  readonly other?: number | null
  readonly bins: readonly Bin[]
}

export interface Basis {
  /** Bins per column that were tried for; below `requestedBins` if the width had to shrink. */
  readonly bins: number
  readonly requestedBins: number
  readonly width: number
  readonly columns: readonly BasisColumn[]
  readonly dropped: readonly { readonly name: string; readonly reason: string }[]
}

export interface BasisOptions {
  /** Quantile bins of a numeric column. */
  readonly bins: number
  /** Training rows of the roster. */
  readonly rows: Int32Array
  /** Least training rows of a bin; default 100. */
  readonly minRows?: number
  /** Most bins of all columns together, up to 254; default 128. */
  readonly maxWidth?: number
}

/** What the cuts of a column are made from, read once. */
type Prepared =
  | { readonly kind: 'numeric'; readonly sorted: Float64Array; readonly special: number[] }
  | {
      readonly kind: 'categorical'
      readonly counts: { category: string; rows: number }[]
      readonly special: number[]
    }

/**
 * Cuts columns into bins over the training rows (rules: `numericBins`, `categoricalBins`; missing and not held are bins of
 * their own from `minRows` rows on; cells that are not authorised are as if their rows were none). A column with fewer than two bins says nothing and is dropped, with the reason. If all bins
 * together exceed `maxWidth`, every column gets fewer: `bins` goes down by one until they fit, and a categorical column
 * then keeps its `bins` most frequent categories.
 *
 * @throws SettingInvalid, ColumnLength, RowOutside, BasisTooWide
 */
export function buildBasis(columns: readonly Column[], options: BasisOptions): Basis {
  const { bins: requestedBins, rows, minRows = 100, maxWidth = 128 } = options
  requireInteger('bins', requestedBins, 2, 254)
  requireInteger('minRows', minRows, 1, 2 ** 31)
  requireInteger('maxWidth', maxWidth, 1, NO_BIN - 1)
  requireRows(columns, rows)
  const prepared = columns.map((column) => prepare(column, rows))
  let tried: Basis | undefined
  for (let bins = requestedBins; bins >= 2; bins--) {
    tried = cut(columns, prepared, { bins, requestedBins, minRows })
    if (tried.width <= maxWidth) return tried
  }
  throw new modelsErrors.BasisTooWide(tried?.columns.length, tried?.width, maxWidth)
}

function cut(
  columns: readonly Column[],
  prepared: readonly Prepared[],
  { bins, requestedBins, minRows }: { bins: number; requestedBins: number; minRows: number },
): Basis {
  const kept: BasisColumn[] = []
  const dropped: { name: string; reason: string }[] = []
  const most = bins < requestedBins ? bins : Number.POSITIVE_INFINITY
  let width = 0
  prepared.forEach((column, source) => {
    const { name, kind } = columns[source]
    const ordinary =
      column.kind === 'numeric'
        ? numericBins(column.sorted, bins, minRows)
        : categoricalBins(column.counts, most, minRows)
    const list = binList(ordinary, column.special, minRows)
    if (ordinary.rows.length === 0) dropped.push({ name, reason: 'no training row holds a value' })
    else if (list.length < 2) dropped.push({ name, reason: 'all training rows fall into one bin' })
    else {
      const rule =
        'cuts' in ordinary
          ? { cuts: ordinary.cuts }
          : { categories: ordinary.categories, other: ordinary.other }
      kept.push({ name, kind, from: width, to: width + list.length, source, ...rule, bins: list })
      width += list.length
    }
  })
  return { bins, requestedBins, width, columns: kept, dropped }
}

function binList(ordinary: NumericBins | CategoricalBins, special: number[], minRows: number): Bin[] {
  const labels = 'cuts' in ordinary ? intervalLabels(ordinary.cuts) : ordinary.labels
  const list: Bin[] = ordinary.rows.map((rows, b) => ({ label: labels[b], rows }))
  for (const { special: name, state } of SPECIAL_BINS) {
    if (special[state] >= minRows) list.push({ label: name, rows: special[state], special: name })
  }
  return list
}

function prepare(column: Column, rows: Int32Array): Prepared {
  const special = [0, 0, 0, 0]
  if (column.kind === 'numeric') {
    const values = new Float64Array(rows.length)
    let held = 0
    for (const row of rows) {
      if (column.state[row] !== CELL.held) special[column.state[row]]++
      else if (Number.isFinite(column.values[row])) values[held++] = column.values[row]
    }
    return { kind: 'numeric', sorted: values.subarray(0, held).sort(), special }
  }
  const counts = new Float64Array(column.categories.length)
  for (const row of rows) {
    if (column.state[row] !== CELL.held) special[column.state[row]]++
    else counts[column.codes[row]]++
  }
  return {
    kind: 'categorical',
    counts: column.categories.map((category, code) => ({ category, rows: counts[code] })),
    special,
  }
}

/** Checks that all columns have one length and that every row lies within it. */
export function requireRows(columns: readonly Column[], rows: Int32Array): void {
  const size = columns.length === 0 ? Number.POSITIVE_INFINITY : columns[0].state.length
  for (const column of columns) {
    requireLength(`Column "${column.name}"`, column.state.length, size)
    const cells = column.kind === 'numeric' ? column.values : column.codes
    requireLength(`Column "${column.name}"`, cells.length, size)
  }
  for (let at = 0; at < rows.length; at++) {
    if (rows[at] < 0 || rows[at] >= size) throw new modelsErrors.RowOutside(at, size - 1)
  }
}
