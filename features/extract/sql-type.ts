import type { CatalogueField } from '../catalogue/class-types.ts'

/** Type of a field in a table of accepted records, as class-types.ts says. */
export function sqlType(field: CatalogueField): string {
  switch (field.type) {
    case 'date':
    case 'month':
      return 'DATE'
    case 'decimal':
      return `DECIMAL(${field.precision}, ${field.scale})`
    case 'integer':
      return 'BIGINT'
    case 'boolean':
      return 'BOOLEAN'
    default:
      return 'VARCHAR'
  }
}
