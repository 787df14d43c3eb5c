/**
 * From a label holder's own tables to frozen labels: sources are staged and checked against the catalogue, records that break
 * a rule set aside, and outcomes computed of the accepted ones. All of it happens in one temporary database that is gone
 * afterwards.
 */
import { loadCatalogue } from '../catalogue/load-catalogue.ts'
import type { Batch, ReadStep } from '../read-sources.ts'
import type { Roster } from '../roster.ts'
import { openWorkSession, type Session } from '../source/session.ts'
import { computeOutcomes, type LoanCounts, type RuleCount } from './compute-outcomes.ts'
import { defineLoans } from './define-loans.ts'
import type { OutcomeDefinition } from './definition.ts'
import { type EnterpriseCounts, freezeOutcomes, type LabelSnapshot, labelEnterprises } from './freeze.ts'
import { joinLoanSources, type ReadSource, readLoanSource } from './loan-sources.ts'
import type { LoansSection } from './loans-section.ts'

export interface InspectOptions {
  /** Folder that the section's paths are relative to. */
  readonly folder: string
  /** The day of this run, YYYY-MM-DD: the arrival of batches whose section does not say it. */
  readonly today: string
  /** The enterprises that get a label; null, as long as there is no roster, for all of them. */
  readonly roster: Roster | null
  /** Told before each step. */
  readonly note?: (step: ReadStep) => void
}

/** A rule that concerns some records, and where the first of them stand. */
export type PlacedRule = Omit<RuleCount, 'firstRows'> & { readonly firstPlaces: readonly string[] }

/** Outcomes of all loans in numbers. */
export type PlacedCounts = Omit<LoanCounts, 'leftOut' | 'ignored'> & {
  readonly leftOut: readonly PlacedRule[]
  readonly ignored: readonly PlacedRule[]
}

/** Everything up to the writing of a snapshot. No enterprise is named but in `snapshot.labels`. */
export interface LoanInspection {
  readonly definition: OutcomeDefinition
  readonly batches: readonly Batch[]
  /** Null if a source could not be read. */
  readonly loans: PlacedCounts | null
  readonly enterprises: EnterpriseCounts | null
  /** Null if anything keeps it from being frozen. */
  readonly snapshot: LabelSnapshot | null
  /** What keeps it from being frozen, the batches' faults included. */
  readonly faults: readonly Error[]
}

const OUTCOMES = 'loan_outcomes'

/**
 * Reads, checks and computes, going on after a fault so that all of them can be told at once.
 *
 * @throws YX_FEATURES_OUTCOME_DEFINITION_INVALID and the catalogue's errors: without these there is nothing to do
 */
export async function inspectLoans(section: LoansSection, options: InspectOptions): Promise<LoanInspection> {
  const definition = defineLoans(section)
  const { folder, today, note } = options
  const catalogue = await loadCatalogue()
  const { quarantine } = section
  const reading = { catalogue, asOf: definition.frozenOn, folder, today, quarantine, note }
  const session = await openWorkSession({
    ...(section.threads !== undefined && { threads: section.threads }),
    ...(section.memoryMb !== undefined && { memoryMb: section.memoryMb }),
  })
  try {
    const batches: Batch[] = []
    const read: ReadSource[] = []
    for (const [index, source] of section.sources.entries()) {
      try {
        const found = await readLoanSource(session, source, `source_${index + 1}`, reading)
        batches.push({ source, report: found.report })
        read.push(found)
      } catch (fault) {
        batches.push({ source, fault: fault as Error })
      }
    }
    const faults = batches.flatMap((batch) => ('fault' in batch ? [batch.fault] : []))
    const nothing = { loans: null, enterprises: null, snapshot: null }
    if (faults.length > 0) return { definition, batches, ...nothing, faults }
    return { definition, batches, ...(await freezeRead(session, definition, read, options.roster)) }
  } finally {
    session.close()
  }
}

async function freezeRead(
  session: Session,
  definition: OutcomeDefinition,
  read: readonly ReadSource[],
  roster: Roster | null,
): Promise<Pick<LoanInspection, 'loans' | 'enterprises' | 'snapshot' | 'faults'>> {
  const { tables, place } = await joinLoanSources(session, read)
  const counts = await computeOutcomes(session, definition, tables, OUTCOMES)
  const placed = (rules: readonly RuleCount[]): PlacedRule[] =>
    rules.map(({ firstRows, ...rule }) => ({
      ...rule,
      firstPlaces: firstRows.map((row) =>
        place(rule.id.startsWith('loan.') ? 'loan' : 'loan_repayment', row),
      ),
    }))
  const loans = { ...counts, leftOut: placed(counts.leftOut), ignored: placed(counts.ignored) }
  const labelled = await labelEnterprises(session, definition, OUTCOMES, roster)
  const { enterprises } = labelled
  if (roster === null) return { loans, enterprises, snapshot: null, faults: [] }
  try {
    const sources = read.map(({ frozen }) => frozen)
    const snapshot = freezeOutcomes(definition, labelled, { counts, sources, roster })
    return { loans, enterprises, snapshot, faults: [] }
  } catch (fault) {
    return { loans, enterprises, snapshot: null, faults: [fault as Error] }
  }
}
