import { type CategoricalColumn, CELL, type Column, type NumericColumn } from '../columns.ts'
import type { Roster } from '../roster.ts'
import type { FeatureTable, IntegerColumn } from './card-types.ts'

/**
 * Lays features along the roster, named `party.feature`. Values of numeric columns are the cards' integers, value * 10^decimals.
 * Enterprises that are not in the table are `CELL.notHeld`, features that one in the table lacks `CELL.missing`; enterprises that are not on the
 * roster are left out.
 */
export function layFeatures(table: FeatureTable, roster: Roster, party: string): Column[] {
  const positions = new Int32Array(table.ids.length)
  for (let row = 0; row < positions.length; row++) positions[row] = roster.index(table.ids[row])
  return table.columns.map((column) => {
    const name = `${party}.${column.card.name}`
    const state = new Uint8Array(roster.size).fill(CELL.notHeld)
    for (let row = 0; row < positions.length; row++) {
      if (positions[row] >= 0) state[positions[row]] = column.present[row] === 1 ? CELL.held : CELL.missing
    }
    return column.card.kind === 'numeric'
      ? layNumbers(column, positions, state, name)
      : layCategories(column, positions, state, name)
  })
}

function layNumbers(
  { card, values, present }: IntegerColumn,
  positions: Int32Array,
  state: Uint8Array,
  name: string,
): NumericColumn {
  const laid = new Float64Array(state.length).fill(Number.NaN)
  for (let row = 0; row < positions.length; row++) {
    if (positions[row] >= 0 && present[row] === 1) laid[positions[row]] = values[row]
  }
  return { kind: 'numeric', name, values: laid, state, trend: card.direction }
}

function layCategories(
  { card, values, present }: IntegerColumn,
  positions: Int32Array,
  state: Uint8Array,
  name: string,
): CategoricalColumn {
  const all = card.categories ?? []
  const used = new Set<number>()
  for (let row = 0; row < positions.length; row++) {
    if (positions[row] >= 0 && present[row] === 1) used.add(values[row])
  }
  const categories = [...used].map((code) => all[code]).sort()
  const recoded = all.map((category) => categories.indexOf(category))
  const codes = new Int32Array(state.length).fill(-1)
  for (let row = 0; row < positions.length; row++) {
    if (positions[row] >= 0 && present[row] === 1) codes[positions[row]] = recoded[values[row]]
  }
  return { kind: 'categorical', name, codes, categories, state, trend: card.direction }
}
