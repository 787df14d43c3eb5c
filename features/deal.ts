import type { ColumnDeclaration } from './columns.ts'
import type { Dataset } from './dataset.ts'
import { featuresErrors } from './errors.ts'
import type { ExclusionRule } from './exclusion.ts'
import type { LabelHolder } from './manifest.ts'

/** Columns of one source party in the hands of one provider. Column names are those of the file's header. */
export interface TableSource {
  readonly party: string
  /** In a deal: the party's file in the data set folder. In a provider's configuration: its own file. */
  readonly file: string
  readonly columns: readonly ColumnDeclaration[]
  /** Header name of the id column, default "id". */
  readonly id?: string
}

/** What one provider node of a run holds. */
export interface Provider {
  readonly name: string
  /** True if all its columns come from public data; such a provider does not count towards the least number of providers. */
  readonly public: boolean
  readonly tables: readonly TableSource[]
  readonly exclusions: readonly ExclusionRule[]
}

/**
 * Deals the usable columns of a data set to providers.
 *
 * Without `k` every party that has usable columns is a provider of its own name, the label party too. With `k` the columns
 * of all parties, in manifest order, go to provider-1 to provider-k in contiguous blocks whose sizes differ by at most
 * one, larger blocks first (23 over 6: 4, 4, 4, 4, 4, 3). An exclusion rule goes where its column goes.
 *
 * @throws YX_FEATURES_PROVIDERS_OUT_OF_RANGE
 */
export function dealProviders(dataset: Dataset, k?: number): Provider[] {
  const columns = dataset.parties.flatMap((party) => party.columns.map((column) => ({ party, column })))
  if (k === undefined) {
    return dataset.parties
      .filter((party) => party.columns.length > 0)
      .map((party) =>
        provider(
          dataset,
          party.name,
          columns.filter((entry) => entry.party === party),
        ),
      )
  }
  if (!Number.isInteger(k) || k < 1 || k > columns.length) {
    throw new featuresErrors.ProvidersOutOfRange(columns.length, k)
  }
  const small = Math.floor(columns.length / k)
  const larger = columns.length % k
  let start = 0
  return Array.from({ length: k }, (_, index) => {
    const end = start + small + (index < larger ? 1 : 0)
    const block = columns.slice(start, end)
    start = end
    return provider(dataset, `provider-${index + 1}`, block)
  })
}

type Entry = { readonly party: Dataset['parties'][number]; readonly column: ColumnDeclaration }

function provider(dataset: Dataset, name: string, entries: readonly Entry[]): Provider {
  const parties = [...new Set(entries.map(({ party }) => party))]
  const tables = parties.map((party) => ({
    party: party.name,
    file: party.file,
    id: dataset.id,
    columns: entries.filter((entry) => entry.party === party).map(({ column }) => column),
  }))
  const exclusions = dataset.exclusions.filter((rule) =>
    entries.some(({ party, column }) => party.name === rule.party && column.name === rule.column),
  )
  return { name, public: parties.every((party) => party.public), tables, exclusions }
}

/**
 * Node names of the label holders in manifest order: the party's name, or `<party>-labels` where a provider has it already.
 */
export function nameLabelHolders(
  dataset: Dataset,
  providers: readonly Provider[],
): { readonly name: string; readonly holder: LabelHolder }[] {
  const taken = new Set(providers.map((candidate) => candidate.name))
  return dataset.labelHolders.map((holder) => ({
    name: taken.has(holder.party) ? `${holder.party}-labels` : holder.party,
    holder,
  }))
}
