import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { quoteName, quotePath, type Session } from './session.ts'
import { SOURCE_ROW } from './source-types.ts'

/** The text of a NULL in a spool file: without quotes, which every other text has there. */
export const SPOOLED_NULL = '\\N'

/** What a reader has written into a spool: the columns' names and the number of rows. */
export interface Spooled {
  readonly names: readonly string[]
  readonly rows: number
}

let spools = 0

/**
 * A file in the session's private folder through which rows of a database go: CSV without a header, texts in quotes, NULL as
 * `\N` without. Writing bytes and letting the table reader parse them on its own threads costs half of handing over cell by
 * cell, and no row ever becomes an object here.
 */
export class Spool {
  readonly #path: string
  readonly #session: Session
  #file: Writable | null = null

  constructor(session: Session) {
    this.#session = session
    this.#path = join(session.folder(), `rows-${++spools}.csv`)
  }

  writer(): Writable {
    this.#file = createWriteStream(this.#path, { mode: 0o600, highWaterMark: 1 << 20 })
    return this.#file
  }

  /**
   * Makes `table` of the rows, in the order in which they were written, all columns VARCHAR.
   *
   * @throws what the table reader throws
   */
  async load(names: readonly string[], table: string): Promise<void> {
    const declared = names.map((_, position) => `c${position}: 'VARCHAR'`).join(', ')
    const columns = names.map((name, position) => `c${position} AS ${quoteName(name)}`).join(', ')
    const dialect = [
      'auto_detect = false',
      'header = false',
      "delim = ','",
      "quote = '\"'",
      "escape = '\"'",
      "new_line = '\\n'",
      `nullstr = '${SPOOLED_NULL}'`,
      'allow_quoted_nulls = false',
      `columns = {${declared}}`,
      "compression = 'none'",
      'hive_partitioning = false',
    ].join(', ')
    await this.#session.run(
      `CREATE TABLE ${quoteName(table)} AS SELECT row_number() OVER () AS ${SOURCE_ROW}, ${columns} FROM read_csv(${quotePath(this.#path)}, ${dialect})`,
    )
  }

  /** Removes the file, finished or not. */
  async remove(): Promise<void> {
    if (this.#file !== null) {
      this.#file.destroy()
      // A file that is still being opened would appear after its removal.
      if (!this.#file.closed) await finished(this.#file).catch(() => {})
    }
    await rm(this.#path, { force: true })
  }
}
