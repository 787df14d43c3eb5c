import type { Column } from './columns.ts'
import { type ExclusionRule, excludedRows } from './exclusion.ts'
import { layFeatures } from './extract/lay-features.ts'
import type { FeatureGroup } from './make-features.ts'
import type { Roster } from './roster.ts'

/** A provider's features in roster order, and which rows its rules exclude. */
export interface LaidFeatures {
  readonly columns: readonly Column[]
  /** One entry a row, 1 = a rule fires. */
  readonly exclusions: Uint8Array
}

/**
 * Lays groups of features along the roster as columns `party.feature`.
 *
 * @param rules in the features' own units; a numeric column holds whole numbers round(value * 10^decimals)
 * @throws YX_FEATURES_EXCLUSION_INVALID
 */
export function layGroups(
  groups: readonly FeatureGroup[],
  rules: readonly ExclusionRule[],
  roster: Roster,
): LaidFeatures {
  const columns = groups.flatMap(({ table, party }) => layFeatures(table, roster, party))
  const scaled = rules.map((rule) => {
    const group = groups.find(({ party }) => party === rule.party)
    const card = group?.table.columns.find((column) => column.card.name === rule.column)?.card
    return card?.kind === 'numeric' && typeof rule.value === 'number'
      ? { ...rule, value: scaledTo(card.decimals, rule.value) }
      : rule
  })
  return { columns, exclusions: excludedRows(columns, scaled, roster.size) }
}

/**
 * value * 10^decimals as it is in decimal notation: in binary, 1.1 * 100 is a little more than 110, and a cell of 1.1 would not be
 * at least 1.1. Doubles keep 15 decimal digits.
 */
function scaledTo(decimals: number, value: number): number {
  return Number((value * 10 ** decimals).toPrecision(15))
}
