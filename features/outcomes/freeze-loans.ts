import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { loadCatalogue } from '../catalogue/load-catalogue.ts'
import type { SourceSection } from '../data-section.ts'
import { type Batch, readSources } from '../read-sources.ts'
import type { Roster } from '../roster.ts'
import { openWorkSession } from '../source/session.ts'
import { computeOutcomes } from './compute-outcomes.ts'
import { defineLoans } from './define-loans.ts'
import { type FrozenSource, freezeOutcomes, labelEnterprises } from './freeze.ts'
import type { LoansSection } from './loans-section.ts'
import { type WrittenSnapshot, writeSnapshot } from './snapshot-file.ts'

/**
 * From a label holder's loans and repayments to a frozen label file.
 *
 * @param options.folder that the section's paths are relative to
 * @param options.today the day of this run, YYYY-MM-DD
 * @throws the first fault of the sources; YX_FEATURES_OUTCOME_*
 */
export async function freezeLoans(
  section: LoansSection,
  options: { readonly folder: string; readonly roster: Roster; readonly today: string },
): Promise<WrittenSnapshot> {
  const { folder, roster, today } = options
  const definition = defineLoans(section)
  const catalogue = await loadCatalogue()
  const session = await openWorkSession({
    ...(section.threads !== undefined && { threads: section.threads }),
    ...(section.memoryMb !== undefined && { memoryMb: section.memoryMb }),
  })
  try {
    const asOf = section.frozenOn
    const { tables, batches } = await readSources(session, section.sources, {
      catalogue,
      asOf,
      folder,
      today,
    })
    for (const batch of batches) if ('fault' in batch) throw batch.fault
    const { loan, loan_repayment } = tables
    const counts = await computeOutcomes(session, definition, { loan, loan_repayment }, 'outcomes')
    const labelled = await labelEnterprises(session, definition, 'outcomes', roster)
    const sources = await Promise.all(batches.map((batch) => frozenSource(batch, folder)))
    const snapshot = freezeOutcomes(definition, labelled, { counts, sources, roster })
    return await writeSnapshot(snapshot, join(folder, section.snapshots))
  } finally {
    session.close()
  }
}

async function frozenSource(batch: Batch, folder: string): Promise<FrozenSource> {
  const { source } = batch
  const [records, accepted] = 'report' in batch ? [batch.report.received, batch.report.accepted] : [0, 0]
  const name = source.file === undefined ? (source.table ?? 'query') : basename(source.file)
  return { class: source.class, name, records, accepted, sha256: await hashOf(source, folder) }
}

async function hashOf({ file }: SourceSection, folder: string): Promise<string | null> {
  if (file === undefined) return null
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(resolve(folder, file))) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
