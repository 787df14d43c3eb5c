import { CELL, type Column, type ColumnType } from './columns.ts'
import { featuresErrors } from './errors.ts'

const NUMERIC_OPS = ['==', '!=', '<', '<=', '>', '>='] as const

export type ExclusionOp = (typeof NUMERIC_OPS)[number]

/** An enterprise for which a rule fires is kept off the whitelist, whatever its score. Empty and absent cells never fire. */
export interface ExclusionRule {
  readonly party: string
  /** Header name of the column in the party's table. */
  readonly column: string
  readonly op: ExclusionOp
  readonly value: number | string
  /** What the enterprise is told, in words. */
  readonly reason: string
}

/**
 * Checks that a rule can be asked of a column.
 *
 * @param type the column's type, undefined if the party has no such column
 * @throws YX_FEATURES_EXCLUSION_INVALID
 */
export function checkExclusion(rule: ExclusionRule, type: ColumnType | undefined): void {
  const refuse = (why: string): never => {
    throw new featuresErrors.ExclusionInvalid(rule.column, rule.party, why)
  }
  if (type === undefined) refuse('this party has no such column')
  if (!NUMERIC_OPS.includes(rule.op)) refuse('unknown op')
  if (type === 'numeric' && !Number.isFinite(rule.value)) refuse('the column is numeric, the value is not')
  if (type === 'categorical') {
    if (typeof rule.value !== 'string') refuse('the column is categorical, the value is not text')
    if (rule.op !== '==' && rule.op !== '!=') refuse(`op ${rule.op} on a categorical column`)
  }
}

/** Whether a held cell fires a rule. */
export function fires(rule: Pick<ExclusionRule, 'op' | 'value'>, cell: number | string): boolean {
  switch (rule.op) {
    case '==':
      return cell === rule.value
    case '!=':
      return cell !== rule.value
    case '<':
      return cell < rule.value
    case '<=':
      return cell <= rule.value
    case '>':
      return cell > rule.value
    case '>=':
      return cell >= rule.value
  }
}

/**
 * One entry a row: 1 where any of the rules fires on a cell that the provider holds.
 *
 * @param columns among them every column that a rule asks, named `party.column`
 * @param size number of rows
 * @throws YX_FEATURES_EXCLUSION_INVALID for a rule that cannot be asked of these columns
 */
export function excludedRows(
  columns: readonly Column[],
  rules: readonly ExclusionRule[],
  size: number,
): Uint8Array {
  const byName = new Map(columns.map((column) => [column.name, column]))
  const excluded = new Uint8Array(size)
  for (const rule of rules) {
    const column = byName.get(`${rule.party}.${rule.column}`)
    checkExclusion(rule, column?.kind)
    exclude(column!, rule, excluded)
  }
  return excluded
}

function exclude(column: Column, rule: ExclusionRule, excluded: Uint8Array): void {
  for (let row = 0; row < excluded.length; row++) {
    if (column.state[row] !== CELL.held) continue
    const cell = column.kind === 'numeric' ? column.values[row] : column.categories[column.codes[row]]
    if (fires(rule, cell)) excluded[row] = 1
  }
}
