import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { CatalogueClass } from '../catalogue/class-types.ts'
import { featuresErrors } from '../errors.ts'
import { openSealedSession, quoteText, type Session } from '../source/session.ts'
import { parseCards } from './card-check.ts'
import type { ExtractorIdentity, FeatureCard, FeatureTable } from './card-types.ts'
import { type ExtractionRequest, extractFeatures } from './extract-features.ts'
import { createFeatureSet, type FeatureSet } from './feature-set.ts'
import { makeViews } from './sealed-run.ts'
import { syntaxFault } from './sql-syntax.ts'

const NUMBER_TYPE = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\))$/

/** An extractor of a provider's own: two files, and the classes that the SQL may read. */
export interface OwnSql {
  /** Path of a file with one SELECT. */
  readonly sql: string
  /** Path of a file with the cards of its columns. */
  readonly cards: string
  /** The class that it describes. */
  readonly klass: CatalogueClass
  /** Further classes of the same provider that it reads. */
  readonly also?: readonly CatalogueClass[]
}

/**
 * Loads SQL of a provider's own and checks it before any record is near: one SELECT, on the views of its classes only, without clock,
 * chance, files and settings; a column per card and a card per column; types as the cards say.
 *
 * @throws YX_FEATURES_FILE_MISSING, _CARDS_INVALID, _OWN_SQL_REFUSED, _OWN_SQL_COLUMNS
 */
export async function loadOwnSet({ sql, cards, klass, also = [] }: OwnSql): Promise<FeatureSet> {
  const shown = basename(sql)
  const text = await readText(sql)
  const parsed = parseCards(await readText(cards), basename(cards))
  return createOwnSet(shown, text, parsed, [klass, ...also])
}

/**
 * @param shown name of the SQL file, for messages and the identity
 * @throws YX_FEATURES_OWN_SQL_REFUSED, _OWN_SQL_COLUMNS
 */
export async function createOwnSet(
  shown: string,
  text: string,
  cards: readonly FeatureCard[],
  classes: readonly CatalogueClass[],
): Promise<FeatureSet> {
  const sql = text.trim().replace(/;$/, '')
  const sealed = await openSealedSession({ memoryMb: 256 })
  try {
    await checkSyntax(sealed, shown, sql, classes)
    await makeViews(sealed, classes)
    // Any day: without one the types of expressions over it are not known.
    await sealed.run("SET VARIABLE as_of = DATE '2025-06-30'")
    await checkColumns(sealed, shown, sql, cards)
  } finally {
    sealed.close()
  }
  return createFeatureSet({ name: `sql:${shown}`, sql, cards, classes, origin: 'own' })
}

/**
 * Loads a provider's own SQL, checks it and runs it over the accepted records.
 *
 * @throws the errors of `loadOwnSet` and `extractFeatures`
 */
export async function runOwnSql(
  session: Session,
  request: OwnSql & Omit<ExtractionRequest, 'set'>,
): Promise<{ set: FeatureSet; identity: ExtractorIdentity; table: FeatureTable }> {
  const set = await loadOwnSet(request)
  const { records, asOf, limits } = request
  const table = await extractFeatures(session, { set, records, asOf, ...(limits && { limits }) })
  return { set, identity: set.identity, table }
}

async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? ''
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw new featuresErrors.EncodingInvalid(basename(path), 1)
    throw new featuresErrors.FileMissing(basename(path), code)
  }
}

async function checkSyntax(
  sealed: Session,
  shown: string,
  sql: string,
  classes: readonly CatalogueClass[],
): Promise<void> {
  const [json] = await texts(sealed, `SELECT json_serialize_sql(${quoteText(sql)})`)
  const tree = JSON.parse(json[0])
  if (tree.error) throw new featuresErrors.OwnSqlRefused(shown, `it does not parse (${tree.error_message})`)
  if (tree.statements.length !== 1) {
    throw new featuresErrors.OwnSqlRefused(shown, `it has ${tree.statements.length} statements`)
  }
  const steady = await texts(
    sealed,
    `SELECT function_name FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate')
    GROUP BY function_name HAVING bool_and(stability = 'CONSISTENT')`,
  )
  const tables = new Set(classes.map(({ code }) => code))
  const fault = syntaxFault(tree.statements, tables, new Set(steady.map(([name]) => name)))
  if (fault !== null) throw new featuresErrors.OwnSqlRefused(shown, `it has ${fault}`)
}

async function checkColumns(
  sealed: Session,
  shown: string,
  sql: string,
  cards: readonly FeatureCard[],
): Promise<void> {
  let columns: string[][]
  try {
    columns = await texts(
      sealed,
      `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM (\n${sql}\n))`,
    )
  } catch (cause) {
    // No record is in the session: the message speaks of the SQL alone.
    const [reason] = (cause as Error).message.split('\n', 1)
    throw new featuresErrors.OwnSqlRefused(
      shown,
      `the table reader does not take it (${reason.slice(0, 200)})`,
    )
  }
  const types = new Map(columns.map(([name, type]) => [name, type]))
  if (types.get('uscc') !== 'VARCHAR') {
    throw new featuresErrors.OwnSqlColumns(shown, 'uscc', 'there is no such column of text')
  }
  for (const card of cards) {
    const type = types.get(card.name)
    if (type === undefined)
      throw new featuresErrors.OwnSqlColumns(shown, card.name, 'it has a card and no column')
    const fits = card.kind === 'numeric' ? NUMBER_TYPE.test(type) : type === 'VARCHAR'
    if (!fits) {
      throw new featuresErrors.OwnSqlColumns(
        shown,
        card.name,
        `its card says ${card.kind}, the SQL gives ${type}`,
      )
    }
  }
  const carded = new Set(['uscc', ...cards.map(({ name }) => name)])
  for (const [name] of columns) {
    if (!carded.has(name)) throw new featuresErrors.OwnSqlColumns(shown, name, 'it has no card')
  }
}

/** All rows of a query for texts. */
async function texts(session: Session, sql: string): Promise<string[][]> {
  const rows: string[][] = []
  for await (const chunk of session.chunks(sql)) {
    for (let row = 0; row < chunk.rowCount; row++) {
      const cells = Array.from({ length: chunk.columnCount }, (_, column) =>
        String(chunk.getColumnVector(column).getItem(row)),
      )
      rows.push(cells)
    }
  }
  return rows
}
