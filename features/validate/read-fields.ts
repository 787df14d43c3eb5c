import type { CatalogueClass, CatalogueField } from '../catalogue/class-types.ts'
import { quoteName } from '../source/session.ts'
import type { MappedField } from './map-columns.ts'
import { booleanReading, enumReading, setReading } from './read-choice.ts'
import { industryReading, regionReading, residentReading, usccReading } from './read-code.ts'
import { dateReading } from './read-date.ts'
import { numberReading } from './read-number.ts'
import { textReading } from './read-text.ts'
import { type RawColumn, type Reading, rawText } from './reading.ts'
import type { ValidationRequest } from './request.ts'

const LONGEST_NAME = 200
const LONGEST_TEXT = 4000
/** Of numbers whose class does not say. */
const PRECISION = 18
const SCALE = 2

/** How the column of a field is read; null where the source has none. */
export function readingOf(
  field: MappedField,
  fields: readonly MappedField[],
  request: ValidationRequest,
): Reading | null {
  if (field.column === null) return null
  const { declared } = field
  const column = field.column.raw
  switch (declared.type) {
    case 'uscc':
      return usccReading(column, request.exceptions ?? new Set())
    case 'resident_id':
      return residentReading(column, request.receivedOn)
    case 'region':
      return regionReading(column, request.regions ?? new Set())
    case 'industry':
      return industryReading(column, editionOf(declared, fields), request.industryEdition ?? '2017')
    case 'enum':
      return enumReading(column, declared)
    case 'set':
      return setReading(column, declared)
    case 'boolean':
      return booleanReading(column)
    case 'date':
    case 'month': {
      const excelSerial = request.excelDates?.includes(declared.name) ?? false
      return dateReading(column, { month: declared.type === 'month', excelSerial })
    }
    case 'decimal':
    case 'integer':
      return numberReading(column, {
        integer: declared.type === 'integer',
        precision: declared.precision ?? PRECISION,
        scale: declared.type === 'integer' ? 0 : (declared.scale ?? SCALE),
        unit: declared.unit,
      })
    default:
      return textOf(field, column, request.klass, request.receivedOn)
  }
}

/** SQL type of a field's column in the table of accepted records. */
export function sqlTypeOf({ type, precision, scale }: CatalogueField): string {
  if (type === 'date' || type === 'month') return 'DATE'
  if (type === 'decimal') return `DECIMAL(${precision ?? PRECISION}, ${scale ?? SCALE})`
  if (type === 'integer') return 'BIGINT'
  return type === 'boolean' ? 'BOOLEAN' : 'VARCHAR'
}

function textOf(
  { declared, kept }: MappedField,
  column: RawColumn,
  klass: CatalogueClass,
  day: string,
): Reading {
  const longest = declared.type === 'name' ? LONGEST_NAME : LONGEST_TEXT
  const field = {
    maxLength: declared.maxLength ?? longest,
    identifies: declared.modelUse === 'key' || klass.key.includes(declared.name),
    repeats: declared.type === 'name',
    personal: !kept,
  }
  return textReading(column, field, day)
}

/** The edition of a code stands in the field of the same name with `_edition` for `_code`. */
function editionOf({ name }: CatalogueField, fields: readonly MappedField[]): string | null {
  const edition = fields.find(({ declared }) => declared.name === name.replace(/(_code)?$/, '_edition'))
  if (edition === undefined || edition.column === null) return null
  return rawText(edition.column.raw)(quoteName(edition.column.name))
}
