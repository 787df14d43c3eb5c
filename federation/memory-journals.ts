/** Journals that do not outlive the process: for tests, and none at all for benchmarks, whose one process plays all parties. */
import { federationErrors } from './errors.ts'
import type { JournalRecord, RunJournals } from './run-journal.ts'

/** Keeps every record of every run. */
export function memoryJournals(): RunJournals & { readonly runs: Map<string, JournalRecord[]> } {
  const runs = new Map<string, JournalRecord[]>()
  return {
    runs,
    async begin(run) {
      if (runs.has(run)) throw new federationErrors.RunRecorded(run)
      const records: JournalRecord[] = []
      runs.set(run, records)
      return {
        async append(record) {
          records.push(record)
        },
        close: async () => {},
      }
    },
    async *read(run) {
      const records = runs.get(run)
      if (!records) throw new federationErrors.RunUnrecorded(run)
      yield* records
    },
  }
}

/** Keeps nothing, so nothing can be replayed. */
export const noJournals: RunJournals = {
  begin: async () => ({ append: async () => {}, close: async () => {} }),
  // biome-ignore lint/correctness/useYield: there is nothing to yield
  async *read(run) {
    throw new federationErrors.RunUnrecorded(run)
  },
}
