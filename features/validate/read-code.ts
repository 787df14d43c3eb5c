import { quoteText } from '../source/session.ts'
import {
  INDUSTRY_FAULT,
  INDUSTRY_VALUE,
  industryParts,
  regionFault,
  residentFault,
  usccFault,
} from './code-sql.ts'
import type { IndustryEdition } from './industry.ts'
import { type RawColumn, type Reading, rawText, textFault } from './reading.ts'

/** Codes are all looked at, each distinct one once; letters are capitals, so a small one can only stand for its capital. */
function codeReading(
  column: RawColumn,
  own: { readonly value?: string; readonly fault: string; readonly parts?: string },
): Reading {
  return {
    type: 'VARCHAR',
    raw: rawText(column),
    text: true,
    few: true,
    direct: (raw) => raw,
    irregular: () => 'true',
    ...(own.parts === undefined ? {} : { parts: own.parts }),
    value: own.value ?? 'upper(cell)',
    fault: textFault(own.fault),
  }
}

/** @param exceptions reviewed codes that break a check character and are taken all the same */
export function usccReading(column: RawColumn, exceptions: ReadonlySet<string>): Reading {
  const fault = usccFault('upper(cell)')
  if (exceptions.size === 0) return codeReading(column, { fault })
  const listed = [...exceptions].map(quoteText).join(', ')
  const checked = `CASE WHEN (${fault}) IN ('uscc-organisation-check', 'uscc-check') AND upper(cell) IN (${listed}) THEN NULL ELSE (${fault}) END`
  return codeReading(column, { fault: checked })
}

/** @param day the last possible birthday */
export function residentReading(column: RawColumn, day: string): Reading {
  return codeReading(column, { fault: residentFault('upper(cell)', day) })
}

/** @param further region codes of a list of one's own */
export function regionReading(column: RawColumn, further: ReadonlySet<string>): Reading {
  return codeReading(column, { fault: regionFault('cell', further) })
}

/**
 * @param edition SQL over the columns of the source that is the text of the record's edition, or null where the source has none
 * @param otherwise the edition of codes beside which none stands
 */
export function industryReading(
  column: RawColumn,
  edition: string | null,
  otherwise: IndustryEdition,
): Reading {
  const other: IndustryEdition = otherwise === '2017' ? '2011' : '2017'
  const choose = (of: Record<IndustryEdition, string>): string =>
    `CASE WHEN contains(context, '${other}') THEN ${of[other]} ELSE ${of[otherwise]} END`
  return {
    ...codeReading(column, {
      parts: industryParts('upper(cell)', edition === null ? (of) => of[otherwise] : choose),
      value: INDUSTRY_VALUE,
      fault: INDUSTRY_FAULT,
    }),
    ...(edition === null ? {} : { context: `coalesce(${edition}, '')` }),
  }
}
