import { type CategoricalColumn, CELL, type Column, type NumericColumn } from '../columns.ts'
import { featuresErrors } from '../errors.ts'
import { type IdScheme, idError, idFault } from '../id-rule.ts'
import { describeTable, type Relation, sourceFault, type TableRequest } from './relation.ts'
import type { Session } from './session.ts'

/** One file, every cell of the wanted columns checked, in file order. */
export interface TableData {
  readonly ids: readonly string[]
  /** In the request's order, named as in the header. */
  readonly columns: readonly Column[]
  readonly rows: number
  /** File and place of a row for messages, such as `market.csv.gz line 17`. */
  place(row: number): string
}

/**
 * Reads a CSV, CSV.gz or Parquet file strictly: numeric cells are empty or finite decimal numbers, ids are non-empty, unique
 * in the file and, with the scheme "uscc", valid credit codes. One pass after the structure check; no object is made a row.
 *
 * @throws the errors of `describeTable`; YX_FEATURES_CELL_NOT_NUMERIC, _ID_EMPTY, _ID_MALFORMED, _ID_DUPLICATE, _ID_NOT_USCC,
 * _SOURCE_FAULT
 */
export async function readTable(
  session: Session,
  request: TableRequest,
  idScheme: IdScheme = 'text',
): Promise<TableData> {
  const relation = await describeTable(session, request)
  const ids: string[] = new Array(relation.rows)
  const firstRows = new Map<string, number>()
  const readers = request.columns.map((column) =>
    column.type === 'numeric'
      ? new NumericReader(column.name, relation)
      : new CategoricalReader(column.name, relation),
  )
  const selected = readers.map((reader, index) => reader.select(relation.columns[index]))
  const sql = `SELECT ${[`coalesce(${relation.id}, '')`, ...selected].join(', ')} FROM ${relation.from}`
  let start = 0
  try {
    for await (const chunk of session.chunks(sql)) {
      if (start + chunk.rowCount > relation.rows) break
      const idVector = chunk.getColumnVector(0)
      for (let i = 0; i < chunk.rowCount; i++) {
        const id = idVector.getItem(i) as string
        const row = start + i
        const fault = idFault(id, idScheme)
        if (fault !== null) throw idError(fault, relation.place(row), request.id)
        const first = firstRows.get(id)
        if (first !== undefined) {
          throw new featuresErrors.IdDuplicate(relation.place(row), request.id, relation.line(first))
        }
        firstRows.set(id, row)
        ids[row] = id
      }
      for (let column = 0; column < readers.length; column++) {
        const vector = chunk.getColumnVector(column + 1)
        readers[column].take(vector as CellVector, start, chunk.rowCount)
      }
      start += chunk.rowCount
    }
  } catch (cause) {
    throw sourceFault(request.shown, cause)
  }
  if (start !== relation.rows) {
    throw new featuresErrors.SourceFault(request.shown, `${relation.rows} rows counted, others read`)
  }
  const columns = readers.map((reader) => reader.column())
  return { ids, columns, rows: relation.rows, place: relation.place }
}

/** The part of the table reader's vectors that is used; the queries below never give a null. */
interface CellVector {
  getItem(index: number): unknown
}

/**
 * A numeric cell as SQL. Nulls cost a bit test a row on the way out, and no valid cell is infinite or NaN, so infinity stands
 * for an empty cell and NaN for a wrong one. The reader's own cast would take "1_000" for a number.
 */
export function numericSql(cell: { readonly sql: string; readonly text: boolean }): string {
  const { sql, text } = cell
  const number = `TRY_CAST(${sql} AS DOUBLE)`
  const valid = text ? `isfinite(${number}) AND NOT contains(${sql}, '_')` : `isfinite(${number})`
  return `CASE WHEN ${sql} IS NULL THEN 'inf'::DOUBLE WHEN ${valid} THEN ${number} ELSE 'nan'::DOUBLE END`
}

class NumericReader {
  readonly #name: string
  readonly #relation: Relation
  readonly #values: Float64Array
  readonly #state: Uint8Array

  constructor(name: string, relation: Relation) {
    this.#name = name
    this.#relation = relation
    this.#values = new Float64Array(relation.rows)
    this.#state = new Uint8Array(relation.rows)
  }

  select(cell: Relation['columns'][number]): string {
    return numericSql(cell)
  }

  take(vector: CellVector, start: number, rows: number): void {
    for (let i = 0; i < rows; i++) {
      const value = vector.getItem(i) as number
      if (Number.isNaN(value)) {
        throw new featuresErrors.CellNotNumeric(this.#relation.place(start + i), this.#name)
      }
      const missing = value === Number.POSITIVE_INFINITY
      this.#values[start + i] = missing ? Number.NaN : value
      this.#state[start + i] = missing ? CELL.missing : CELL.held
    }
  }

  column(): NumericColumn {
    return { kind: 'numeric', name: this.#name, values: this.#values, state: this.#state }
  }
}

class CategoricalReader {
  readonly #name: string
  readonly #seen = new Map<string, number>()
  readonly #codes: Int32Array
  readonly #state: Uint8Array

  constructor(name: string, relation: Relation) {
    this.#name = name
    this.#codes = new Int32Array(relation.rows).fill(-1)
    this.#state = new Uint8Array(relation.rows).fill(CELL.missing)
  }

  select(cell: Relation['columns'][number]): string {
    return `coalesce(${cell.sql}::VARCHAR, '')`
  }

  take(vector: CellVector, start: number, rows: number): void {
    for (let i = 0; i < rows; i++) {
      const category = vector.getItem(i) as string
      if (category === '') continue
      let code = this.#seen.get(category)
      if (code === undefined) {
        code = this.#seen.size
        this.#seen.set(category, code)
      }
      this.#codes[start + i] = code
      this.#state[start + i] = CELL.held
    }
  }

  column(): CategoricalColumn {
    const categories = [...this.#seen.keys()].sort()
    const sorted = new Int32Array(categories.length)
    categories.forEach((category, code) => {
      sorted[this.#seen.get(category) as number] = code
    })
    const codes = this.#codes
    for (let row = 0; row < codes.length; row++) {
      if (codes[row] >= 0) codes[row] = sorted[codes[row]]
    }
    return { kind: 'categorical', name: this.#name, codes, categories, state: this.#state }
  }
}
