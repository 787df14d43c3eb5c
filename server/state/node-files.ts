/** What nodes must not forget, each as one small file of their state folder. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type {
  AuthorisationMemory,
  FineBin,
  FineBinStore,
  LedgerHead,
  LedgerMemory,
  Life,
  ListIdentity,
  PeerMemory,
} from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { readIfThere, replaceFile } from './durable-file.ts'

const TABLE_KEY_BYTES = 32

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

/** The secret that keys what plans say of ready tables: made once, so that an unchanged table keeps its hash. */
export async function tableKey(folder: string): Promise<Uint8Array> {
  const file = join(folder, 'table-key')
  const kept = await readIfThere(file)
  if (kept !== null) return Buffer.from(kept, 'hex')
  const made = randomBytes(TABLE_KEY_BYTES)
  await replaceFile(file, made.toString('hex'))
  return made
}

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

/** The newest life of every other node, by key. */
export const peerFile = (folder: string): PeerMemory => ({
  load: async () => (await readJson<Record<string, Life>>(folder, 'peers.json')) ?? {},
  keep: (lives) => replaceFile(join(folder, 'peers.json'), JSON.stringify(lives)),
})

/** Begins a new life of a node: its number is on disk before anything is sent under it. */
export async function beginLife(folder: string): Promise<Life> {
  const file = 'life.json'
  const life = ((await readJson<{ life: number }>(folder, file))?.life ?? 0) + 1
  await replaceFile(join(folder, file), JSON.stringify({ life }))
  return { session: randomBytes(16).toString('hex'), life }
}
