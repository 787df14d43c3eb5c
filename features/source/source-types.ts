/** Where records come from: a file or a table of a database. */
export type SourceDeclaration = (FileSource | DatabaseSource) & {
  /** The name that messages use, default the file's or the table's. */
  readonly shown?: string
}

export interface FileSource {
  /** Path of a `.csv`, `.csv.gz` or `.parquet` file. */
  readonly file: string
  /** Of CSV, default `utf-8`. `gb18030` takes GBK and GB2312 too, which are parts of it. */
  readonly encoding?: 'utf-8' | 'gb18030'
  /** Of CSV, default the one that a first line `sep=;` names, otherwise a comma. */
  readonly delimiter?: Delimiter
}

export interface DatabaseSource {
  readonly database: 'postgresql' | 'mysql'
  /** `postgresql://user@host:5432/database` or `mysql://user@host:3306/database`, never repeated in a message. */
  readonly url: string
  /** Path of a file that holds the password alone, so that none stands in the configuration. */
  readonly passwordFile?: string
  /** A table or view, `name` or `schema.name`, upper and lower case as in the database. One of `table` and `query` is given. */
  readonly table?: string
  /** One SELECT. */
  readonly query?: string
}

export type Delimiter = ',' | '\t' | ';' | '|'

/** A source as a table of the session: `source_row` BIGINT, 1 for its first record, and the source's own columns. */
export interface StagedTable {
  /** Name of the table in the session. */
  readonly relation: string
  readonly rows: number
  /** Columns of the source, named as there, in its order, without `source_row`; `type` is DuckDB's name of the type. */
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** Where a record stands, for messages: `bills.csv line 17`, `bills.parquet row 16`. */
  place(sourceRow: number): string
}

/** Name of the column that numbers the records. */
export const SOURCE_ROW = 'source_row'
