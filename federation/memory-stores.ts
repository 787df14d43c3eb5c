/** What a node must not forget, kept in memory: for tests and examples, where nothing outlives the process. */
import { entriesText, type LedgerHead, parseEntries } from './ledger-entry.ts'
import type { Life, PeerMemory } from './peer-lives.ts'
import type { FineBin, FineBinStore, LedgerMemory, LedgerStore } from './ports.ts'

/** A ledger as text, so that what is read back has gone through the same form as on a disk. */
export function memoryLedger(text = ''): LedgerStore & { readonly text: string } {
  return {
    get text() {
      return text
    },
    load: async () => parseEntries(text),
    async append(entries) {
      text += entriesText(entries)
    },
  }
}

export function memoryOfHead(head: LedgerHead | null = null): LedgerMemory {
  return {
    load: async () => head,
    async keep(next) {
      head = next
    },
  }
}

export function memoryFineBins(): FineBinStore {
  const kept = new Map<string, readonly FineBin[]>()
  return {
    load: async (snapshot, basis) => kept.get(`${snapshot} ${basis}`) ?? null,
    async keep(snapshot, basis, bins) {
      kept.set(`${snapshot} ${basis}`, bins)
    },
  }
}

export function memoryOfPeers(): PeerMemory {
  let kept: Readonly<Record<string, Life>> = {}
  return {
    load: async () => kept,
    async keep(lives) {
      kept = { ...lives }
    },
  }
}
