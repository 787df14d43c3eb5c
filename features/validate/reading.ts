import { DAMAGED_PATTERN } from './cell-text.ts'

/**
 * How the cells of one column become values of one field, as SQL. Cells as most sources write them are read in place, row by row
 * (`direct`); every other one is looked at once, however often it occurs, and read from its normalised text.
 */
export interface Reading {
  /** SQL type of the value. */
  readonly type: string
  /** What is compared to find equal cells: an expression over the column. */
  raw(column: string): string
  /** True where `raw` is a text, so that it is normalised before it is read. */
  readonly text: boolean
  /** True where few distinct cells are to be expected, so that they are gathered before they are looked at. */
  readonly few: boolean
  /** The value of a cell that is not irregular, over its raw form. */
  direct(raw: string): string
  /** True of every cell that `direct` does not read rightly, over its raw form. */
  irregular(raw: string): string
  /** Expression over `cell` whose result `value` and `fault` see as `parts`. */
  readonly parts?: string
  /** The value of an irregular cell, over `cell` (or `raw` where that is no text), `parts` and `context`. */
  readonly value: string
  /** Suffix of the generic rule that an irregular cell breaks, or NULL. */
  readonly fault: string
  /** What else a cell's meaning depends on, over the columns of other fields. */
  readonly context?: string
}

/** Kinds of column types that are read differently. */
export type RawKind = 'text' | 'date' | 'integer' | 'decimal' | 'double' | 'boolean'

/** A column of a source as the readings see it. */
export interface RawColumn {
  readonly kind: RawKind
  /** Digits and decimals of a `decimal`. */
  readonly precision: number
  readonly scale: number
  raw(column: string): string
}

const CHINA_OFFSET_MICROSECONDS = 8 * 3600 * 1_000_000

/** The kind of a column by DuckDB's name of its type; null for types that hold no cell (lists, structures, bytes). */
export function rawColumn(type: string): RawColumn | null {
  const of = (kind: RawKind, raw: (column: string) => string, precision = 0, scale = 0): RawColumn => ({
    kind,
    raw,
    precision,
    scale,
  })
  const same = (column: string): string => column
  if (/^(STRUCT|MAP|UNION)\(|\[\d*\]$|^(BLOB|BIT|INTERVAL|VARIANT|GEOMETRY)/.test(type)) return null
  if (type === 'VARCHAR') return of('text', same)
  if (type === 'DATE') return of('date', same)
  // An instant is the day that it was in China then.
  if (type === 'TIMESTAMP WITH TIME ZONE') {
    return of(
      'date',
      (column) =>
        `CASE WHEN isfinite(${column}) THEN make_timestamp(epoch_us(${column}) + ${CHINA_OFFSET_MICROSECONDS})::DATE
          WHEN ${column} IS NOT NULL THEN DATE 'infinity' END`,
    )
  }
  if (/^TIMESTAMP(_S|_MS|_NS)?$/.test(type)) return of('date', (column) => `${column}::DATE`)
  if (/^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/.test(type)) return of('integer', same)
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(type.replace(/\s/g, ''))
  if (decimal !== null) return of('decimal', same, Number(decimal[1]), Number(decimal[2]))
  if (type === 'DOUBLE') return of('double', same)
  if (type === 'BOOLEAN') return of('boolean', same)
  return of('text', (column) => `${column}::VARCHAR`)
}

/** The raw form of a column that is read as text whatever its type: whole numbers without a decimal point. */
export function rawText(column: RawColumn): (name: string) => string {
  if (column.kind === 'double') {
    return (name) =>
      `CASE WHEN ${name} = trunc(${name}) AND abs(${name}) < 1e15 THEN ${name}::BIGINT::VARCHAR ELSE ${name}::VARCHAR END`
  }
  return column.kind === 'text' ? column.raw : (name) => `${column.raw(name)}::VARCHAR`
}

/** Texts that programs write where nothing is: never a value of any field. */
export const PLACEHOLDER_PATTERN =
  '(?i:null|nan|nat|none|undefined|n/a|\\\\n|#n/a|#ref!|#value!|#name\\?|#div/0!|#null!|#num!|#{3,})'

/** The `fault` of a text reading: what concerns every type first, then the type's own. */
export function textFault(own: string): string {
  return `CASE WHEN cell = '' THEN NULL
    WHEN regexp_full_match(cell, '${PLACEHOLDER_PATTERN}') THEN 'placeholder'
    WHEN regexp_matches(cell, '${DAMAGED_PATTERN}') THEN 'damaged'
    ELSE ${own} END`
}
