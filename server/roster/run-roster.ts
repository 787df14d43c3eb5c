/** Which version of the roster a run is about, noted in the run's folder: it goes on over the same after a restart. */
import { join } from 'node:path'
import type { Roster } from '../../features/index.ts'
import type { Membership, RunJournals } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { readIfThere, replaceFile } from '../state/durable-file.ts'
import { type HeldRoster, type NodeRoster, readRosterWithRows } from './node-roster.ts'

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
  const digest = await notedIn(runs, run)
  const former: Roster | null = digest === null ? null : rosters.withRows(digest)
  if (former === null || former === held.roster) return held
  return { roster: former, version: held.version, rowsOf: () => null }
}

/**
 * The roster that a run was about, for an audit beside the node: nothing is accepted.
 * @param now that of today
 * @throws RosterOfRunGone where the run was about another one, whose copy is kept no more
 */
export async function readRosterOfRun(
  { membership, state, runs }: { membership: Membership; state: string; runs: string },
  run: string,
  now: Roster,
): Promise<Roster> {
  const digest = await notedIn(runs, run)
  if (digest === null || digest === now.digest) return now
  const former = readRosterWithRows(membership, state, digest)
  if (!former) throw new serverErrors.RosterOfRunGone(membership.name, run)
  return former
}

/** Digest of the rows that were noted when a run began; null where nothing was. */
async function notedIn(runs: string, run: string): Promise<string | null> {
  const note = /^\{"digest":"([0-9a-f]{64})"\}$/.exec((await readIfThere(join(runs, run, NOTE))) ?? '')
  return note?.[1] ?? null
}
