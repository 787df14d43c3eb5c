import { createHash } from 'node:crypto'
import { featuresErrors } from '../errors.ts'
import type { Roster } from '../roster.ts'
import { numberFrom, quoteName, type Session } from '../source/session.ts'
import type { LoanCounts } from './compute-outcomes.ts'
import { canonicalText, type OutcomeDefinition } from './definition.ts'
import { enterpriseOutcomeSql } from './outcome-sql.ts'

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

/** The label table of a session's outcomes, and how many enterprises it has. */
export interface LabelledEnterprises {
  readonly labels: string
  readonly enterprises: EnterpriseCounts
}

/**
 * One label an enterprise on the roster, from the table `outcomes` that `computeOutcomes` made; also where all are of one class.
 *
 * @param roster null: every enterprise counts as on it
 */
export async function labelEnterprises(
  session: Session,
  definition: OutcomeDefinition,
  outcomes: string,
  roster: Roster | null,
): Promise<LabelledEnterprises> {
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
      if (roster !== null && roster.index(id) < 0) offRoster++
      else if (outcome === null) indeterminate++
      else {
        bad += outcome
        lines.push(`${csvCell(id)},${outcome}\n`)
      }
    }
  }
  const labelled = lines.length - 1
  const observed = await numberFrom(
    session,
    `SELECT count(DISTINCT uscc) FROM ${quoteName(outcomes)} WHERE state <> 'outside'`,
  )
  return {
    labels: lines.join(''),
    enterprises: {
      good: labelled - bad,
      ...{ bad, indeterminate, offRoster },
      withoutOutcome: observed - labelled - indeterminate - offRoster,
    },
  }
}

/**
 * Freezes labels. The same labels, counts, sources, definition and roster give the same bytes.
 *
 * @throws YX_FEATURES_OUTCOME_ONE_CLASS if no enterprise is good, or none is bad
 */
export function freezeOutcomes(
  definition: OutcomeDefinition,
  { labels, enterprises }: LabelledEnterprises,
  from: { readonly counts: LoanCounts; readonly sources: readonly FrozenSource[]; readonly roster: Roster },
): LabelSnapshot {
  if (enterprises.good === 0 || enterprises.bad === 0) {
    throw new featuresErrors.OutcomeOneClass(enterprises.good, enterprises.bad)
  }
  const byRule = (counted: LoanCounts['leftOut']) =>
    Object.fromEntries(counted.map(({ id, count }) => [id, count]))
  const { counts, sources, roster } = from
  return {
    labels,
    record: {
      format: 'yinxin-labels-1',
      definition,
      hash: snapshotHash(definition, labels),
      labelsHash: hashText(labels),
      roster: roster.digest,
      sources,
      enterprises,
      loans: { ...counts, leftOut: byRule(counts.leftOut), ignored: byRule(counts.ignored) },
    },
  }
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
