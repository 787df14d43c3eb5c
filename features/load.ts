import { resolve } from 'node:path'
import { CELL, type Column, layColumn } from './columns.ts'
import { readLabels } from './dataset.ts'
import type { TableSource } from './deal.ts'
import { featuresErrors } from './errors.ts'
import { checkExclusion, type ExclusionRule, excludedRows } from './exclusion.ts'
import type { Roster } from './roster.ts'
import { readTable } from './source/read-table.ts'
import { type Session, type SessionOptions, withSession } from './source/session.ts'

export interface LoadOptions {
  /** Folder to which the tables' files are relative, default the working folder. */
  readonly dir?: string
  readonly session?: SessionOptions
}

/**
 * Loads a provider's columns in roster order, named `party.column`, in the order of the tables. Rows that a table's party
 * does not hold are `CELL.notHeld`, empty cells `CELL.missing`; rows of a table that are not on the roster are left out.
 *
 * @throws the errors of `readTable`; YX_FEATURES_COLUMN_REPEATED
 */
export async function loadColumns(
  tables: readonly TableSource[],
  roster: Roster,
  options: LoadOptions = {},
): Promise<Column[]> {
  const names = new Set<string>()
  for (const { party, file, columns } of tables) {
    for (const column of columns) {
      const name = `${party}.${column.name}`
      if (names.has(name)) throw new featuresErrors.ColumnRepeated(file, column.name)
      names.add(name)
    }
  }
  return withSession(options.session, async (session) => {
    const loaded: Column[] = []
    for (const table of tables) loaded.push(...(await loadTable(session, table, roster, options.dir)))
    return loaded
  })
}

async function loadTable(
  session: Session,
  { party, file, columns, id = 'id' }: TableSource,
  roster: Roster,
  dir = '.',
): Promise<Column[]> {
  const table = await readTable(session, { path: resolve(dir, file), shown: file, id, columns })
  const positions = positionsOn(roster, table.ids)
  return table.columns.map((column, at) =>
    layColumn(column, positions, roster.size, `${party}.${column.name}`, columns[at].direction),
  )
}

function positionsOn(roster: Roster, ids: readonly string[]): Int32Array {
  const positions = new Int32Array(ids.length)
  for (let row = 0; row < ids.length; row++) positions[row] = roster.index(ids[row])
  return positions
}

/** The labels of one label holder, one entry a roster row: `labelled` 1 where it knows the outcome, `bad` 1 if that is bad. */
export interface Labels {
  readonly labelled: Uint8Array
  readonly bad: Uint8Array
}

/**
 * Loads a label holder's file in roster order. Enterprises that are not on the roster are left out.
 *
 * @param options.column header name of the label, default "y"
 * @param options.id header name of the id, default "id"
 * @throws the errors of `readLabels`
 */
export async function loadLabels(
  file: string,
  roster: Roster,
  options: LoadOptions & { readonly column?: string; readonly id?: string } = {},
): Promise<Labels> {
  const { dir = '.', column = 'y', id = 'id' } = options
  const { ids, labels } = await withSession(options.session, (session) =>
    readLabels(session, { path: resolve(dir, file), shown: file, id, column }),
  )
  const labelled = new Uint8Array(roster.size)
  const bad = new Uint8Array(roster.size)
  for (let row = 0; row < ids.length; row++) {
    const position = roster.index(ids[row])
    if (position < 0 || labels.state[row] !== CELL.held) continue
    labelled[position] = 1
    bad[position] = labels.values[row]
  }
  return { labelled, bad }
}

/**
 * One entry a roster row: 1 where any of the rules fires on a cell that the provider holds.
 *
 * @throws YX_FEATURES_EXCLUSION_INVALID for a rule on a column that these tables do not have; the errors of `loadColumns`
 */
export async function loadExclusions(
  tables: readonly TableSource[],
  rules: readonly ExclusionRule[],
  roster: Roster,
  options: LoadOptions = {},
): Promise<Uint8Array> {
  for (const rule of rules) {
    const columns = tables.filter((table) => table.party === rule.party).flatMap((table) => table.columns)
    checkExclusion(rule, columns.find((column) => column.name === rule.column)?.type)
  }
  const asked = new Set(rules.map((rule) => `${rule.party}.${rule.column}`))
  const needed = tables
    .map((table) => ({
      ...table,
      columns: table.columns.filter((column) => asked.has(`${table.party}.${column.name}`)),
    }))
    .filter((table) => table.columns.length > 0)
  return excludedRows(await loadColumns(needed, roster, options), rules, roster.size)
}
