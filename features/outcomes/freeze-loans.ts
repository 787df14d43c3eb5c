import { join } from 'node:path'
import type { Roster } from '../roster.ts'
import { inspectLoans } from './inspect-loans.ts'
import type { LoansSection } from './loans-section.ts'
import { type WrittenSnapshot, writeSnapshot } from './snapshot-file.ts'

/**
 * From a label holder's loans and repayments to a frozen label file.
 *
 * @param options.folder that the section's paths are relative to
 * @param options.today the day of this run, YYYY-MM-DD
 * @throws the first fault of the sources; YX_FEATURES_OUTCOME_*; the errors of `writeSnapshot`
 */
export async function freezeLoans(
  section: LoansSection,
  options: { readonly folder: string; readonly roster: Roster; readonly today: string },
): Promise<WrittenSnapshot> {
  const { snapshot, faults } = await inspectLoans(section, options)
  if (snapshot === null) throw faults[0]
  return writeSnapshot(snapshot, join(options.folder, section.snapshots))
}
