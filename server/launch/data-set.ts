/** A data set folder with a manifest, dealt to providers. */
import { join } from 'node:path'
import {
  dealProviders,
  loadColumns,
  loadLabels,
  nameLabelHolders,
  openDataset,
  writeLabelTable,
  writeProviderTables,
} from '../../features/index.ts'
import type { LaunchData } from './launch-data.ts'

/**
 * @param count number of providers that the columns are dealt to; the set's own parties without it
 * @throws the errors of `openDataset` and `dealProviders`
 */
export async function openDataSet(dir: string, count?: number): Promise<LaunchData> {
  const dataset = await openDataset(dir)
  const providers = dealProviders(dataset, count)
  const holders = nameLabelHolders(dataset, providers)
  const provider = (name: string) => providers.find((candidate) => candidate.name === name)!
  const holder = (name: string) => holders.find((candidate) => candidate.name === name)!.holder
  return {
    name: dataset.name,
    idScheme: dataset.idScheme,
    benchmark: dataset.benchmark,
    roster: dataset.roster,
    providers,
    labelHolders: holders.map(({ name }) => name),
    async handOut(name, folder) {
      const { exclusions } = provider(name)
      const tables = await writeProviderTables(dataset, provider(name), folder)
      return {
        tables: tables.map(({ party, file, columns }) => ({ party, file, columns: [...columns] })),
        exclusions: exclusions.map((rule) => ({ ...rule })),
      }
    },
    handOutLabels: async (name, folder) => ({
      labels: await writeLabelTable(dataset, holder(name), folder),
    }),
    columns: (name) => loadColumns(provider(name).tables, dataset.roster, { dir }),
    labels: (name) => {
      const { file, column } = holder(name)
      return loadLabels(join(dir, file), dataset.roster, { column, id: dataset.id })
    },
  }
}
