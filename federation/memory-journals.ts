/** Journals that do not outlive the process: for tests, and none at all for benchmarks, whose one process plays all parties. */
import { federationErrors } from './errors.ts'
import type { JournalRecord, RunJournal, RunJournals } from './run-journal.ts'

interface Kept {
  /** Where the records begin that no sealed step covers. */
  from: number
  step: number
  state: Uint8Array | null
  readonly outcomes: Uint8Array[]
  ended: boolean
}

/** Keeps every record of every run. */
export function memoryJournals(): RunJournals & { readonly runs: Map<string, JournalRecord[]> } {
  const kept = new Map<string, Kept>()
  const runs = new Map<string, JournalRecord[]>()
  const found = <V>(map: Map<string, V>, run: string): V => {
    const value = map.get(run)
    if (!value) throw new federationErrors.RunUnrecorded(run)
    return value
  }
  const journalOf = (run: string, of: Kept): RunJournal => ({
    async append(record) {
      found(runs, run).push(record)
    },
    async seal(step, state, outcome, carried = []) {
      const records = found(runs, run)
      Object.assign(of, { step, state, from: records.length })
      records.push(...carried)
      if (outcome) of.outcomes[step - 1] = outcome
    },
    close: async () => {},
  })
  return {
    runs,
    async begin(run) {
      if (runs.has(run)) throw new federationErrors.RunRecorded(run)
      const fresh: Kept = { from: 0, step: 0, state: null, outcomes: [], ended: false }
      kept.set(run, fresh)
      runs.set(run, [])
      return journalOf(run, fresh)
    },
    async unfinished() {
      return [...kept].findLast(([, { ended }]) => !ended)?.[0] ?? null
    },
    async resume(run) {
      const of = found(kept, run)
      if (of.ended) throw new federationErrors.RunUnrecorded(run)
      const { step, state, outcomes, from } = of
      return {
        ...{ step, state, outcomes: [...outcomes], journal: journalOf(run, of) },
        async *records() {
          yield* found(runs, run).slice(from)
        },
      }
    },
    async end(run) {
      const of = kept.get(run)
      if (of) of.ended = true
    },
    async *read(run) {
      yield* found(runs, run)
    },
  }
}

/** Keeps nothing, so nothing can be replayed or gone on with. */
export const noJournals: RunJournals = {
  begin: async () => ({ append: async () => {}, seal: async () => {}, close: async () => {} }),
  unfinished: async () => null,
  resume: async (run) => {
    throw new federationErrors.RunUnrecorded(run)
  },
  end: async () => {},
  // biome-ignore lint/correctness/useYield: there is nothing to yield
  async *read(run) {
    throw new federationErrors.RunUnrecorded(run)
  },
}
