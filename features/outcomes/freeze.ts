import { createHash } from 'node:crypto'
import { featuresErrors } from '../errors.ts'
import type { Roster } from '../roster.ts'
import { quoteName, type Session } from '../source/session.ts'
import type { LoanCounts } from './compute-outcomes.ts'
import { canonicalText, type OutcomeDefinition } from './definition.ts'
import { enterpriseOutcomeSql } from './outcome-sql.ts'
import { readRows } from './read-rows.ts'

/** Enterprises by what their loans say of them. Good, bad and indeterminate are on the roster. */
export interface EnterpriseCounts {
  readonly good: number
  readonly bad: number
  /** Left out of the snapshot: neither good nor bad. */
  readonly indeterminate: number
  /** With an outcome, but not on the roster: left out. */
  readonly offRoster: number
  /** With loans of the observation window, none of which is used. */
  readonly withoutOutcome: number
}

/** A source of loans or repayments, so that one can tell later what a snapshot was made of. */
export interface FrozenSource {
  readonly class: string
  /** The file's or the table's name. */
  readonly name: string
  readonly records: number
  readonly accepted: number
  /** SHA-256 in hex of the file, as `sha256sum` prints it; null of a database, which has no bytes to hash. */
  readonly sha256: string | null
}

/** Frozen labels, not yet written: the label table and what stands beside it. */
export interface LabelSnapshot {
  /** `id,y` and one line an enterprise, sorted by id in byte order; 1 bad, 0 good. */
  readonly labels: string
  readonly record: SnapshotRecord
}

/** The JSON file beside the labels. It says nothing of any one enterprise. */
export interface SnapshotRecord {
  readonly format: 'yinxin-labels-1'
  readonly definition: OutcomeDefinition
  /** SHA-256 in hex over the definition's canonical text, LF, and the bytes of the label file. */
  readonly hash: string
  /** SHA-256 in hex of the label file alone, as `sha256sum` prints it. */
  readonly labelsHash: string
  /** Digest of the roster that the labels are limited to. */
  readonly roster: string
  readonly sources: readonly FrozenSource[]
  readonly enterprises: EnterpriseCounts
  readonly loans: Omit<LoanCounts, 'leftOut' | 'ignored'> & {
    readonly leftOut: Readonly<Record<string, number>>
    readonly ignored: Readonly<Record<string, number>>
  }
}

/** The hash of a snapshot: one text for one definition and one set of labels. */
export function snapshotHash(definition: OutcomeDefinition, labels: string): string {
  return createHash('sha256')
    .update(`${canonicalText(definition)}\n`)
    .update(labels)
    .digest('hex')
}

/** SHA-256 in hex of a text's UTF-8 bytes. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/**
 * Freezes the outcomes that `computeOutcomes` put into `outcomes`: one label an enterprise that is on the roster. The same
 * records, definition and roster give the same bytes.
 *
 * @throws YX_FEATURES_OUTCOME_ONE_CLASS if no enterprise is good, or none is bad
 */
export async function freezeOutcomes(
  session: Session,
  definition: OutcomeDefinition,
  source: {
    readonly outcomes: string
    readonly counts: LoanCounts
    readonly sources: readonly FrozenSource[]
  },
  roster: Roster,
): Promise<LabelSnapshot> {
  const { labels, enterprises } = await labelEnterprises(session, definition, source.outcomes, roster)
  if (enterprises.good === 0 || enterprises.bad === 0) {
    throw new featuresErrors.OutcomeOneClass(enterprises.good, enterprises.bad)
  }
  const byRule = (counted: LoanCounts['leftOut']) =>
    Object.fromEntries(counted.map(({ id, count }) => [id, count]))
  return {
    labels,
    record: {
      format: 'yinxin-labels-1',
      definition,
      hash: snapshotHash(definition, labels),
      labelsHash: hashText(labels),
      roster: roster.digest,
      sources: source.sources,
      enterprises,
      loans: {
        ...source.counts,
        leftOut: byRule(source.counts.leftOut),
        ignored: byRule(source.counts.ignored),
      },
    },
  }
}

/**
 * The label table and how many enterprises it has, also where there is only one class, for those who only want to know.
 */
export async function labelEnterprises(
  session: Session,
  definition: OutcomeDefinition,
  outcomes: string,
  roster: Roster,
): Promise<{ labels: string; enterprises: EnterpriseCounts }> {
  const lines = ['id,y\n']
  let bad = 0
  let indeterminate = 0
  let offRoster = 0
  for await (const chunk of session.chunks(enterpriseOutcomeSql(definition, outcomes))) {
    const ids = chunk.getColumnVector(0)
    const outcomesOf = chunk.getColumnVector(1)
    for (let row = 0; row < chunk.rowCount; row++) {
      const id = ids.getItem(row) as string
      const outcome = outcomesOf.getItem(row) as number | null
      if (roster.index(id) < 0) offRoster++
      else if (outcome === null) indeterminate++
      else {
        bad += outcome
        lines.push(`${csvCell(id)},${outcome}\n`)
      }
    }
  }
  const labelled = lines.length - 1
  const [[observed]] = await readRows(
    session,
    `SELECT count(DISTINCT uscc)::DOUBLE FROM ${quoteName(outcomes)} WHERE state <> 'outside'`,
  )
  const withOutcome = labelled + indeterminate + offRoster
  return {
    labels: lines.join(''),
    enterprises: {
      good: labelled - bad,
      ...{ bad, indeterminate, offRoster },
      withoutOutcome: (observed as number) - withOutcome,
    },
  }
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
