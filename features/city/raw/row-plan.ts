import type { Stream } from '../random.ts'
import { type Defects, mistype } from './defects.ts'

/**
 * The rows of one account in its file: a row a month from `first` to `last`, in that order, with what is planted among them. A
 * duplicate follows its row at once, a correction too.
 */
export interface RowPlan {
  readonly first: number
  /** Number of rows, with those planted. */
  readonly rows: number
  /** Rows (0 = the account's first) at which one that is no month of its own stands; `NO_ROW` without one. */
  readonly extraA: number
  readonly extraB: number
  /** The row that takes back part of the bill before it. */
  readonly correction: number
  /** The row with a wrong credit code. */
  readonly wrongCode: number
  readonly wrongUscc: string | null
}

const NO_ROW = 99

/** Shares of rows (design/domain.md 6.5 and 6.4). */
const DUPLICATES = 0.01
const CORRECTIONS = 0.01
const WRONG_CODES = 0.003

/** The SQL list of columns that `planCells` fills, for CREATE TABLE. */
export const PLAN_COLUMNS =
  'first INTEGER, row_count INTEGER, extra_a INTEGER, extra_b INTEGER, correction INTEGER, wrong_code INTEGER, wrong_uscc VARCHAR'

/** What may be planted in a file beside duplicates. */
export interface Plantable {
  readonly corrections?: boolean
  /** The account's credit code, where it may be mistyped. */
  readonly uscc?: string
}

/** Draws what is planted in the rows of one account and takes note of it for the truth file. */
export function drawRowPlan(
  stream: Stream,
  first: number,
  last: number,
  plantable: Plantable,
  defects: Defects,
): RowPlan {
  const months = last - first + 1
  const taken = new Set<number>()
  const place = (share: number): number => {
    if (!stream.chance(Math.min(1, share * months))) return NO_ROW
    const month = Math.floor(stream.uniform() * months)
    if (taken.has(month)) return NO_ROW
    taken.add(month)
    return month
  }
  const duplicate = place(DUPLICATES)
  const corrected = plantable.corrections ? place(CORRECTIONS) : NO_ROW
  const wrong = plantable.uscc !== undefined ? place(WRONG_CODES) : NO_ROW
  const planted = [duplicate, corrected].filter((month) => month !== NO_ROW).sort((a, b) => a - b)
  // Each row planted before a month moves that month's row down by one.
  const rowOf = (month: number): number => month + planted.filter((other) => other < month).length
  const mistyped = wrong === NO_ROW ? null : mistype(plantable.uscc as string, stream)
  const plan = {
    first,
    rows: months + planted.length,
    extraA: planted.length > 0 ? planted[0] + 1 : NO_ROW,
    extraB: planted.length > 1 ? planted[1] + 2 : NO_ROW,
    correction: corrected === NO_ROW ? NO_ROW : rowOf(corrected) + 1,
    wrongCode: wrong === NO_ROW ? NO_ROW : rowOf(wrong),
    wrongUscc: mistyped?.code ?? null,
  }
  if (duplicate !== NO_ROW) defects.duplicate(rowOf(duplicate) + 1)
  if (corrected !== NO_ROW) defects.correction(plan.correction)
  if (mistyped !== null) defects.wrongCode(plan.wrongCode, mistyped)
  defects.advance(plan.rows)
  return plan
}

/** The cells of `PLAN_COLUMNS`. */
export function planCells(plan: RowPlan): (string | number | null)[] {
  const { first, rows, extraA, extraB, correction, wrongCode, wrongUscc } = plan
  return [first, rows, extraA, extraB, correction, wrongCode, wrongUscc]
}

/** SQL: the month (or whatever is counted) of row `k`. */
const COUNT = 'first + k - (k >= extra_a)::INTEGER - (k >= extra_b)::INTEGER AS m'

/**
 * SQL that makes the rows of every account in `table`, in its order: all its columns and `m`, the month, `uscc` as it stands in
 * the row, and `corrects`, true in a row that takes back part of a bill.
 */
export function rowsSql(table: string): string {
  return `SELECT * REPLACE (CASE WHEN k = wrong_code THEN wrong_uscc ELSE uscc END AS uscc), ${COUNT}, k = correction AS corrects
    FROM (${plainRows(table)})`
}

/** The same for a table without credit codes. */
export function codelessRowsSql(table: string): string {
  return `SELECT *, ${COUNT} FROM (${plainRows(table)})`
}

function plainRows(table: string): string {
  return `SELECT *, unnest(range(row_count))::INTEGER AS k FROM ${table}`
}
