/** Which version of the roster a run is about, noted in the run's folder: it goes on over the same after a restart. */
import { join } from 'node:path'
import type { Roster } from '../../features/index.ts'
import type { RunJournals } from '../../federation/index.ts'
import { readIfThere, replaceFile } from '../state/durable-file.ts'
import type { HeldRoster, NodeRoster } from './node-roster.ts'

const NOTE = 'roster.json'

/** Journals that note the roster in force when a run begins. @param runs folder of the journals */
export function notingRoster(journals: RunJournals, runs: string, rosters: NodeRoster): RunJournals {
  return {
    ...journals,
    async begin(run) {
      const journal = await journals.begin(run)
      const { digest } = rosters.held.roster
      await replaceFile(join(runs, run, NOTE), JSON.stringify({ digest }))
      return journal
    },
  }
}

/** The roster that a run began on, as it is held now; that in force where it is the same, or nothing was noted. */
export async function rosterOfRun(rosters: NodeRoster, runs: string, run: string): Promise<HeldRoster> {
  const { held } = rosters
  const note = /^\{"digest":"([0-9a-f]{64})"\}$/.exec((await readIfThere(join(runs, run, NOTE))) ?? '')
  const former: Roster | null = note && rosters.withRows(note[1])
  if (former === null || former === held.roster) return held
  return { roster: former, version: held.version, rowsOf: () => null }
}
