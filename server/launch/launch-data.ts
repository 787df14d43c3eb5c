/**
 * The data of a consortium on one machine, as the launcher sees it: who takes part, what goes into each node's folder, and
 * (because whoever starts all parties may) columns and labels in the clear, for `plan` and the check in the clear.
 */
import type { Column, DataSection, IdScheme, Labels, LoansSection, Roster } from '../../features/index.ts'
import type { LabelHolderConfig, ProviderConfig } from '../config.ts'

/** What a provider's configuration says of its own data. */
export type ProviderData = Pick<ProviderConfig, 'tables' | 'exclusions'> & { readonly data?: DataSection }

/** What a label holder's configuration says of its labels. */
export type HeldLabels = Pick<LabelHolderConfig, 'labels'> & { readonly loans?: LoansSection }

export interface LaunchProvider {
  readonly name: string
  /** True where all its columns come from public data. */
  readonly public: boolean
}

export interface LaunchData {
  readonly name: string
  readonly idScheme: IdScheme
  /** True: folds 1-4 train and 0 tests; false: 2-4 train, 1 validates, 0 tests. */
  readonly benchmark: boolean
  readonly roster: Roster
  readonly providers: readonly LaunchProvider[]
  /** Node names of the label holders. */
  readonly labelHolders: readonly string[]
  /** Puts a provider's own data into its folder and says what its configuration says of it. */
  handOut(provider: string, folder: string): Promise<ProviderData>
  /** Puts a label holder's labels into its folder and says what its configuration says of them. */
  handOutLabels(labelHolder: string, folder: string): Promise<HeldLabels>
  columns(provider: string): Promise<Column[]>
  labels(labelHolder: string): Promise<Labels>
}
