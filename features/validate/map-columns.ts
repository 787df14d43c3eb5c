import type { CatalogueClass, CatalogueField } from '../catalogue/class-types.ts'
import { featuresErrors } from '../errors.ts'
import type { StagedTable } from '../source/source-types.ts'
import { type RawColumn, rawColumn } from './reading.ts'

/** A field that a source brings, and the column that it stands in. */
export interface MappedField {
  readonly declared: CatalogueField
  /** Null: the source has no column for it, and need not have one. */
  readonly column: { readonly name: string; readonly raw: RawColumn } | null
  /** False for fields that are checked and then dropped. */
  readonly kept: boolean
}

export interface ColumnMap {
  readonly fields: readonly MappedField[]
  readonly ignored: readonly string[]
}

/**
 * Finds the column of every field that a source brings: the one that the configuration names, or the one named by the field's
 * canonical name, a code of either generation of the national form, its Chinese title, or its name in the annex where no other field
 * shares that; upper and lower case, width and white space do not count.
 *
 * @param batch name of the batch, for messages
 * @param configured canonical name -> column
 * @throws YX_FEATURES_MAPPING_INVALID, _FIELD_COLUMN_REPEATED, _FIELD_COLUMN_MISSING, _FIELD_COLUMN_UNREADABLE
 */
export function mapColumns(
  batch: string,
  klass: CatalogueClass,
  columns: StagedTable['columns'],
  configured: Readonly<Record<string, string>> = {},
): ColumnMap {
  const fields = klass.fields.filter(({ derived }) => derived !== true)
  const byName = new Map(columns.map((column) => [column.name, column]))
  const byPlainName = new Map(columns.map((column) => [plainName(column.name), column]))
  for (const [field, column] of Object.entries(configured)) {
    if (!fields.some(({ name }) => name === field)) {
      const names = fields.map(({ name }) => name)
      throw new featuresErrors.MappingInvalid(
        batch,
        field,
        `the class has no such field (${near(field, names)})`,
      )
    }
    if (!byName.has(column)) {
      const names = columns.map(({ name }) => name)
      throw new featuresErrors.MappingInvalid(
        batch,
        field,
        `the source has no column "${column}" (${near(column, names)})`,
      )
    }
  }
  const taken = new Set(Object.values(configured))
  const missing: CatalogueField[] = []
  const mapped = fields.map((declared): MappedField => {
    const found = new Set<string>()
    if (Object.hasOwn(configured, declared.name)) found.add(configured[declared.name])
    else {
      for (const name of namesOf(declared, fields)) {
        const column = byPlainName.get(plainName(name))
        if (column !== undefined && !taken.has(column.name)) found.add(column.name)
      }
    }
    const names = [...found]
    if (names.length > 1) {
      throw new featuresErrors.FieldColumnRepeated(
        batch,
        declared.name,
        names.map((name) => `"${name}"`).join(' and '),
      )
    }
    if (names.length === 0) {
      if (declared.required) missing.push(declared)
      return { declared, column: null, kept: isKept(declared) }
    }
    const { name, type } = byName.get(names[0]) as { name: string; type: string }
    const raw = rawColumn(type)
    if (raw === null) throw new featuresErrors.FieldColumnUnreadable(batch, name, type)
    return { declared, column: { name, raw }, kept: isKept(declared) }
  })
  const used = new Set(mapped.map(({ column }) => column?.name))
  const ignored = columns.map(({ name }) => name).filter((name) => !used.has(name))
  if (missing.length > 0) {
    const wanted = missing.map(
      (field) =>
        `"${field.name}" (${field.title.zh}; ${near([field.name, field.title.zh, ...(field.codes ?? [])], ignored)})`,
    )
    throw new featuresErrors.FieldColumnMissing(batch, wanted.join(', '), klass.code)
  }
  return { fields: mapped, ignored }
}

/** Sensitive fields that nothing may be done with are checked, and then they are gone. */
function isKept({ grade, modelUse }: CatalogueField): boolean {
  return !(grade === 'G3' && modelUse === 'never')
}

function namesOf(field: CatalogueField, all: readonly CatalogueField[]): string[] {
  const names = [field.name, ...(field.codes ?? [])]
  const weaker = [field.title.zh, ...(field.annex === undefined ? [] : [field.annex])]
  for (const name of weaker) {
    const shared = all.some(
      (other) =>
        other !== field && [other.name, ...(other.codes ?? []), other.title.zh, other.annex].includes(name),
    )
    if (!shared) names.push(name)
  }
  return names
}

function plainName(name: string): string {
  return name.normalize('NFKC').replace(/\s/g, '').toLowerCase()
}

/** The names nearest to what was looked for, in words for a message. */
function near(wanted: string | readonly string[], names: readonly string[]): string {
  if (names.length === 0) return 'every column is in use'
  const from = [wanted].flat().map(plainName)
  const distance = (name: string): number => Math.min(...from.map((one) => unlikeness(one, plainName(name))))
  const ranked = names.map((name) => ({ name, far: distance(name) })).sort((a, b) => a.far - b.far)
  const best = ranked.slice(0, 3).map(({ name }) => `"${name}"`)
  return `nearest: ${best.join(', ')}`
}

/** 0 for equal texts, 1 for texts without anything in common: edits over the longer length, less where one holds the other. */
function unlikeness(a: string, b: string): number {
  if (a === '' || b === '') return 1
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  const edits = row[b.length] / Math.max(a.length, b.length)
  return a.includes(b) || b.includes(a) ? Math.min(edits, 0.5) : edits
}
