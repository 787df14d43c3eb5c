import type { Stream } from '../random.ts'

/** Months of the window as the bits of a whole number: bit 0 = April 2024. */
export type MonthBits = number

/** `count` different months, at most `span`, out of the `span` months from `start` on. */
export function placeMonths(count: number, start: number, span: number, stream: Stream): MonthBits {
  let left = Math.min(span, count)
  let bits = 0
  for (let i = 0; i < span && left > 0; i++) {
    if (stream.chance(left / (span - i))) {
      bits |= 1 << (start + i)
      left--
    }
  }
  return bits
}

/** Share of runs that last to the end of their year. */
const OPEN_RUNS = 0.4

/** A run of 0 to 12 months within the twelve that end with `yearEnd`. */
export function placeRun(length: number, yearEnd: number, stream: Stream): MonthBits {
  if (length === 0) return 0
  const last = stream.chance(OPEN_RUNS) ? yearEnd : yearEnd - Math.floor((13 - length) * stream.uniform())
  return lastMonths(length, last)
}

/** The `count` months that end with `end`, at most 12. */
export function lastMonths(count: number, end: number): MonthBits {
  let bits = 0
  for (let i = 0; i < Math.min(12, count); i++) bits |= 1 << (end - i)
  return bits
}

/** SQL: true where month `m` is among the bits of a column. */
export function hasMonth(column: string): string {
  return `(${column} >> m) & 1 = 1`
}
