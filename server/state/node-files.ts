/** What nodes must not forget, each as one small file of their state folder. */
import { join } from 'node:path'
import type {
  AuthorisationMemory,
  FineBin,
  FineBinStore,
  LedgerHead,
  LedgerMemory,
  ListIdentity,
} from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { readIfThere, replaceFile } from './durable-file.ts'

/** @throws NodeFileUnreadable */
async function readJson<V>(folder: string, name: string): Promise<V | null> {
  const text = await readIfThere(join(folder, name))
  try {
    return text === null ? null : (JSON.parse(text) as V)
  } catch {
    throw new serverErrors.NodeFileUnreadable(name)
  }
}

/** The head of the ledger that a label holder was last shown. */
export const ledgerMemoryFile = (folder: string): LedgerMemory => ({
  load: () => readJson<LedgerHead>(folder, 'ledger-head.json'),
  keep: (head) => replaceFile(join(folder, 'ledger-head.json'), JSON.stringify(head)),
})

/** The newest list of authorised firms that a node has accepted. */
export const acceptedListFile = (folder: string): AuthorisationMemory => ({
  load: () => readJson<ListIdentity>(folder, 'authorisation.json'),
  keep: (accepted) => replaceFile(join(folder, 'authorisation.json'), JSON.stringify(accepted)),
})

/** A provider's fine bins of the last label snapshot that it was given some of. */
export const fineBinFile = (folder: string): FineBinStore => ({
  async load(snapshot, basis) {
    const kept = await readJson<{ snapshot: string; basis: string; bins: FineBin[] }>(
      folder,
      'fine-bins.json',
    )
    return kept?.snapshot === snapshot && kept.basis === basis ? kept.bins : null
  },
  keep: (snapshot, basis, bins) =>
    replaceFile(join(folder, 'fine-bins.json'), JSON.stringify({ snapshot, basis, bins })),
})
