import type { Session } from '../source/session.ts'

/** The rows of a small result, such as counts, as arrays of texts and numbers. Not for results as long as a table. */
export async function readRows(session: Session, sql: string): Promise<unknown[][]> {
  const rows: unknown[][] = []
  for await (const chunk of session.chunks(sql)) {
    for (let row = 0; row < chunk.rowCount; row++) {
      rows.push(
        Array.from({ length: chunk.columnCount }, (_, column) => chunk.getColumnVector(column).getItem(row)),
      )
    }
  }
  return rows
}
