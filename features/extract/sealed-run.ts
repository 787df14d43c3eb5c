import type { CatalogueClass } from '../catalogue/class-types.ts'
import { featuresErrors } from '../errors.ts'
import {
  openSealedSession,
  quoteName,
  quoteText,
  type SealedSession,
  type Session,
} from '../source/session.ts'
import type { FeatureTable } from './card-types.ts'
import type { FeatureSet } from './feature-set.ts'
import { knownRecordsSql, modelFields } from './known-at.ts'
import { readFeatures } from './read-features.ts'
import { sqlType } from './sql-type.ts'

/** Bounds of SQL that a provider brought itself. */
export interface SqlLimits {
  /** It is stopped after this many seconds, default 300. */
  readonly seconds?: number
  /** Memory in MB, records included, default 1024; beyond it the reader spills into a private folder. */
  readonly memoryMb?: number
  /** Default 2. */
  readonly threads?: number
}

/** Makes an empty table for each class, with the fields that features may be made of. */
export async function makeViews(sealed: Session, classes: readonly CatalogueClass[]): Promise<void> {
  for (const klass of classes) {
    const allowed = new Set(modelFields(klass))
    const columns = klass.fields
      .filter(({ name }) => allowed.has(name))
      .map((field) => `${quoteName(field.name)} ${sqlType(field)}`)
    await sealed.run(`CREATE TABLE ${quoteName(klass.code)} (${columns.join(', ')})`)
  }
}

/**
 * Runs a provider's own SQL in a sealed session, which holds what was known of the records on the day and nothing else.
 *
 * @param session the session with the accepted records, its variable `as_of` set
 * @param tables the table of accepted records of each of the set's classes
 * @throws YX_FEATURES_OWN_SQL_TOO_SLOW, _EXTRACTION_STOPPED; the errors of `readFeatures`
 */
export async function runSealed(
  session: Session,
  set: FeatureSet,
  tables: readonly string[],
  asOf: string,
  limits: SqlLimits = {},
): Promise<FeatureTable> {
  const { seconds = 300, memoryMb = 1024, threads = 2 } = limits
  const sealed = await openSealedSession({ memoryMb, threads })
  try {
    await makeViews(sealed, set.classes)
    for (const [index, klass] of set.classes.entries()) {
      const records = knownRecordsSql(klass, tables[index], modelFields(klass))
      await sealed.fill(klass.code, session.chunks(records))
    }
    await sealed.run(`SET VARIABLE as_of = DATE ${quoteText(asOf)}`)
    return await boundedRun(sealed, set, seconds)
  } finally {
    sealed.close()
  }
}

async function boundedRun(sealed: SealedSession, set: FeatureSet, seconds: number): Promise<FeatureTable> {
  let late = false
  const timer = setTimeout(() => {
    late = true
    sealed.interrupt()
  }, seconds * 1000)
  try {
    return await readFeatures(sealed, `SELECT * FROM (\n${set.sql}\n)`, set.cards, set.identity.name)
  } catch (cause) {
    if (late) throw new featuresErrors.OwnSqlTooSlow(set.identity.name, seconds)
    throw cause
  } finally {
    clearTimeout(timer)
  }
}
