import { type Basis, type BasisColumn, NO_BIN, requireRows, SPECIAL_BINS } from './basis.ts'
import { CELL, type Column } from './columns.ts'
import { modelsErrors } from './errors.ts'
import { binOf } from './numeric-bins.ts'
import { requireInteger } from './settings.ts'

/**
 * Global basis index (0..width-1) of each row in each basis column, or `NO_BIN` where the row contributes nothing: a
 * cell that is not authorised, a special state without a bin, a category unseen in training where there is no "other", a held value that is no number.
 *
 * @param columns the input columns that the basis was built on, in their order; they may have other rows by now
 * @param rows roster rows to encode
 * @returns one array per basis column, one code per entry of `rows`
 * @throws ColumnChanged, ColumnLength, RowOutside; SettingInvalid if the basis is wider than 254
 */
export function encodeBasis(basis: Basis, columns: readonly Column[], rows: Int32Array): Uint8Array[] {
  requireInteger('width', basis.width, 0, NO_BIN - 1)
  requireRows(columns, rows)
  return basis.columns.map((rule) => {
    const column = columns[rule.source]
    if (column?.name !== rule.name || column.kind !== rule.kind) {
      throw new modelsErrors.ColumnChanged(rule.source, rule.kind, rule.name)
    }
    const bySpecial = specialCodes(rule)
    const ordinary =
      column.kind === 'numeric' ? numericCodes(rule, column.values) : categoryCodes(rule, column)
    const codes = new Uint8Array(rows.length)
    for (let i = 0; i < rows.length; i++) {
      const state = column.state[rows[i]]
      codes[i] = state === CELL.held ? ordinary(rows[i]) : bySpecial[state]
    }
    return codes
  })
}

/** Code per cell state; that of `held` is not used. */
function specialCodes(rule: BasisColumn): number[] {
  const codes = [NO_BIN, NO_BIN, NO_BIN, NO_BIN]
  for (const { special, state } of SPECIAL_BINS) {
    const at = rule.bins.findIndex((bin) => bin.special === special)
    if (at >= 0) codes[state] = rule.from + at
  }
  return codes
}

function numericCodes(rule: BasisColumn, values: Float64Array): (row: number) => number {
  const cuts = rule.cuts ?? []
  return (row) => (Number.isNaN(values[row]) ? NO_BIN : rule.from + binOf(cuts, values[row]))
}

function categoryCodes(
  rule: BasisColumn,
  column: { readonly codes: Int32Array; readonly categories: readonly string[] },
): (row: number) => number {
  const own = new Map((rule.categories ?? []).map((category, b) => [category, rule.from + b]))
  const rest = rule.other === null || rule.other === undefined ? NO_BIN : rule.from + rule.other
  const table = column.categories.map((category) => own.get(category) ?? rest)
  return (row) => table[column.codes[row]] ?? NO_BIN
}
