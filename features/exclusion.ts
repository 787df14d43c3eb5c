import type { ColumnType } from './columns.ts'
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
