import { type DuckDBAppender, DuckDBDataChunk, type DuckDBVector } from '@duckdb/node-api'

/** A cell on its way into a table; null = no value. */
export type AppendedCell = string | number | null

/** Rows on their way into a table of the session, in the order in which they are added. */
export interface RowAppender {
  /** Adds a row; one cell a column, texts for VARCHAR, numbers for INTEGER and DOUBLE. */
  row(cells: readonly AppendedCell[]): void
  /** Writes what is left and ends the appender. */
  close(): void
}

/** Rows a data chunk of the table reader takes. */
const CHUNK_ROWS = 2048

/** A `RowAppender` over the table reader's own: rows are laid column by column into chunks, which is what it takes fastest. */
export class ChunkAppender implements RowAppender {
  readonly #appender: DuckDBAppender
  readonly #columns: AppendedCell[][]
  #rows = 0

  constructor(appender: DuckDBAppender) {
    this.#appender = appender
    this.#columns = Array.from({ length: appender.columnCount }, () => new Array(CHUNK_ROWS).fill(null))
  }

  row(cells: readonly AppendedCell[]): void {
    const columns = this.#columns
    for (let column = 0; column < columns.length; column++) columns[column][this.#rows] = cells[column]
    if (++this.#rows === CHUNK_ROWS) this.#flush()
  }

  close(): void {
    this.#flush()
    this.#appender.closeSync()
  }

  #flush(): void {
    const rows = this.#rows
    if (rows === 0) return
    const types = this.#columns.map((_, column) => this.#appender.columnType(column))
    const chunk = DuckDBDataChunk.create(types, rows)
    this.#columns.forEach((values, column) => {
      const vector = chunk.getColumnVector(column) as DuckDBVector<AppendedCell>
      for (let row = 0; row < rows; row++) vector.setItem(row, values[row])
      vector.flush()
    })
    this.#appender.appendDataChunk(chunk)
    this.#rows = 0
  }
}
