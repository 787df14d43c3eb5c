import { isDay } from '../days.ts'
import { featuresErrors } from '../errors.ts'
import { quoteName, quoteText, type Session } from '../source/session.ts'
import type { FeatureTable } from './card-types.ts'
import type { FeatureSet } from './feature-set.ts'
import { knownRecordsSql, storedFields } from './known-at.ts'
import { readFeatures } from './read-features.ts'
import { runSealed, type SqlLimits } from './sealed-run.ts'

/** What an extractor is run on. */
export interface ExtractionRequest {
  readonly set: FeatureSet
  /** Class code -> table of accepted records of that class, in the session's main schema. */
  readonly records: Readonly<Record<string, string>>
  /** The day of the features, `YYYY-MM-DD`: nothing that became known later is looked at. */
  readonly asOf: string
  /** Bounds of SQL that a provider brought itself; built-in SQL has those of the session. */
  readonly limits?: SqlLimits
}

/**
 * Runs an extractor over a provider's accepted records.
 *
 * @returns one row per enterprise with any record known on the day, ids sorted, values as the cards' integers
 * @throws YX_FEATURES_AS_OF_INVALID, _RECORDS_MISSING, _FEATURE_ID_INVALID, _FEATURE_VALUE_INVALID, _EXTRACTION_STOPPED; for SQL of a
 * provider's own _OWN_SQL_TOO_SLOW
 */
export async function extractFeatures(session: Session, request: ExtractionRequest): Promise<FeatureTable> {
  const { set, records, asOf } = request
  if (!isDay(asOf)) throw new featuresErrors.AsOfInvalid()
  const tables = set.classes.map(({ code }) => {
    const table = Object.hasOwn(records, code) ? records[code] : undefined
    if (table === undefined) throw new featuresErrors.RecordsMissing(set.identity.name, code)
    return table
  })
  await session.run(`SET VARIABLE as_of = DATE ${quoteText(asOf)}`)
  if (set.origin === 'own') return runSealed(session, set, tables, asOf, request.limits)
  // Not materialised: only the columns and rows that the features need are read.
  const views = set.classes.map((klass, index) => {
    const sql = knownRecordsSql(klass, tables[index], storedFields(klass))
    return `${quoteName(klass.code)} AS NOT MATERIALIZED (${sql})`
  })
  const query = `WITH ${views.join(', ')}\nSELECT * FROM (\n${set.sql}\n)`
  return readFeatures(session, query, set.cards, set.identity.name)
}
