import type { CatalogueClass, Grade } from '../catalogue/class-types.ts'
import { openPlanSession, quoteName, quoteText } from '../source/session.ts'
import type { FeatureSet } from './feature-set.ts'
import { knownRule } from './known-at.ts'
import { sqlType } from './sql-type.ts'

/** A field that a feature is made of. */
export interface FieldRead {
  readonly class: string
  readonly field: string
  readonly grade: Grade
}

/** A node of a query plan as the table reader prints it. */
interface PlanNode {
  readonly name: string
  readonly children: readonly PlanNode[]
  readonly extra_info: Readonly<Record<string, unknown>>
}

/**
 * The fields that the chosen features of a set are made of, in the order of the classes: those that the table reader itself would
 * read for them. A field of the SQL that no chosen feature needs is none. No record is near;
 * the date that says since when a record is known counts with them.
 */
export async function fieldsRead(set: Pick<FeatureSet, 'sql' | 'cards' | 'classes'>): Promise<FieldRead[]> {
  const session = await openPlanSession()
  try {
    for (const klass of set.classes) {
      const columns = klass.fields.map((field) => `${quoteName(field.name)} ${sqlType(field)}`)
      await session.run(`CREATE TABLE ${quoteName(klass.code)} (${columns.join(', ')})`)
    }
    // Any day: without one the types of expressions over it are not known.
    await session.run(`SET VARIABLE as_of = DATE ${quoteText('2025-06-30')}`)
    const columns = ['uscc', ...set.cards.map(({ name }) => name)].map(quoteName).join(', ')
    const scans: PlanNode[] = []
    for await (const chunk of session.chunks(
      `EXPLAIN (FORMAT JSON) SELECT ${columns} FROM (\n${set.sql}\n)`,
    )) {
      for (let row = 0; row < chunk.rowCount; row++)
        collectScans(JSON.parse(String(chunk.getColumnVector(1).getItem(row))), scans)
    }
    return set.classes.flatMap((klass) => readOf(klass, scans))
  } finally {
    session.close()
  }
}

function collectScans(nodes: readonly PlanNode[], scans: PlanNode[]): void {
  for (const node of nodes) {
    if (node.extra_info.Table !== undefined) scans.push(node)
    collectScans(node.children, scans)
  }
}

/** Fields of a class that any scan of its table speaks of: what it hands on, and what it filters by. */
function readOf(klass: CatalogueClass, scans: readonly PlanNode[]): FieldRead[] {
  const own = scans.filter(({ extra_info }) => String(extra_info.Table).split('.').at(-1) === klass.code)
  const words = new Set(
    own.flatMap(({ extra_info: { Table, ...rest } }) => JSON.stringify(rest).match(/[a-z][a-z0-9_]*/g) ?? []),
  )
  const { from } = knownRule(klass)
  return klass.fields
    .filter(({ name }) => words.has(name) || name === from)
    .map(({ name, grade }) => ({ class: klass.code, field: name, grade }))
}

const GRADES: readonly Grade[] = ['G1', 'G2', 'G3']

/** The most restricted grade of all; null of none. */
export function highestGrade(grades: readonly (Grade | null)[]): Grade | null {
  const known = grades.filter((grade) => grade !== null).map((grade) => GRADES.indexOf(grade))
  return known.length === 0 ? null : GRADES[Math.max(...known)]
}
