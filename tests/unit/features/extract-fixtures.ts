import type { CatalogueClass, FeatureTable } from '../../../features/index.ts'
import type { Session } from '../../../features/source/session.ts'

const SQL_TYPES: Record<string, string> = {
  date: 'DATE',
  month: 'DATE',
  integer: 'BIGINT',
  boolean: 'BOOLEAN',
}

export type Cell = string | number | null

/** A table of accepted records as validation makes it: `source_row` and every field that is not derived. */
export async function makeRecords(
  session: Session,
  klass: CatalogueClass,
  table: string,
  records: readonly Record<string, Cell>[],
): Promise<void> {
  const fields = klass.fields.filter((field) => field.derived !== true)
  const columns = fields.map((field) => {
    const type =
      field.type === 'decimal'
        ? `DECIMAL(${field.precision}, ${field.scale})`
        : (SQL_TYPES[field.type] ?? 'VARCHAR')
    return `"${field.name}" ${type}`
  })
  await session.run(`CREATE OR REPLACE TABLE "${table}" (source_row BIGINT, ${columns.join(', ')})`)
  if (records.length === 0) return
  // As lists, one a column: the parser is slow with long VALUES.
  const cell = (value: Cell | undefined): string =>
    value === undefined || value === null ? 'NULL' : `'${String(value).replaceAll("'", "''")}'`
  const lists = fields.map(
    (field) => `unnest([${records.map((record) => cell(record[field.name])).join(',')}])`,
  )
  await session.run(
    `INSERT INTO "${table}" SELECT unnest(range(1, ${records.length + 1})), ${lists.join(', ')}`,
  )
}

/** The integers of a table by enterprise and feature, null where there is none. */
export function integersOf(table: FeatureTable): Record<string, Record<string, number | null>> {
  return Object.fromEntries(
    table.ids.map((id, row) => [
      id,
      Object.fromEntries(
        table.columns.map(({ card, values, present }) => [
          card.name,
          present[row] === 1 ? values[row] : null,
        ]),
      ),
    ]),
  )
}

/** Integers of plainly computed cells, by the cards: clamped, scaled, rounded half away from zero. */
export function expectedIntegers(
  cells: ReadonlyMap<string, Record<string, number | string | null>>,
  table: FeatureTable,
): Record<string, Record<string, number | null>> {
  return Object.fromEntries(
    [...cells].map(([id, row]) => [
      id,
      Object.fromEntries(
        table.columns.map(({ card }) => {
          if (!Object.hasOwn(row, card.name)) throw new Error(`no second opinion of ${card.name}`)
          const cell = row[card.name]
          if (cell === null) return [card.name, null]
          if (card.kind === 'categorical') return [card.name, card.categories?.indexOf(String(cell)) ?? -1]
          const [low, high] = card.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
          const scaled = Math.min(Math.max(Number(cell), low), high) * 10 ** card.decimals
          return [card.name, Math.sign(scaled) * Math.round(Math.abs(scaled)) + 0]
        }),
      ),
    ]),
  )
}

/** Small whole numbers from a seed, the same ones everywhere. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    return (Math.imul(state ^ (state >>> 13), 0x297a2d39) >>> 0) % below
  }
}

/** `YYYY-MM-DD` of a day some days after another. */
export function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}
