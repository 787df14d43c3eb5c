import { type RawColumn, type Reading, rawText, textFault } from './reading.ts'

/** Days outside are taken for slips of the pen; an open end of a term is written 2099-12-31. */
export const FIRST_DAY = '1900-01-01'
export const LAST_DAY = '2100-12-31'

/** Serial numbers of the days from 1950 to 2100; with a fraction, the time of the day. */
const SERIAL = '(1[89]|[2-6][0-9]|7[0-3])[0-9]{3}(\\.[0-9]+)?'

const IN_RANGE = `BETWEEN DATE '${FIRST_DAY}' AND DATE '${LAST_DAY}'`

/** The day of an Excel serial number as SQL; NULL if `text` is none. */
export function excelDay(text: string): string {
  return `CASE WHEN regexp_full_match(${text}, '${SERIAL}') THEN DATE '1899-12-30' + floor(${text}::DOUBLE)::INTEGER END`
}

/**
 * Reads days (or, of a `month`, its first day) from texts, dates and times.
 *
 * @param options.month a month is wanted: a day inside one is refused
 * @param options.excelSerial serial numbers are taken for days, because the configuration says that they are
 */
export function dateReading(
  column: RawColumn,
  options: { readonly month: boolean; readonly excelSerial: boolean },
): Reading {
  return column.kind === 'date' ? nativeDate(column, options.month) : textDate(column, options)
}

function nativeDate(column: RawColumn, month: boolean): Reading {
  return {
    type: 'DATE',
    raw: column.raw,
    text: false,
    few: true,
    direct: (raw) => raw,
    irregular: (raw) => `NOT (${raw} ${IN_RANGE}${month ? ` AND day(${raw}) = 1` : ''})`,
    value: 'NULL::DATE',
    fault: `CASE WHEN NOT (raw ${IN_RANGE}) THEN 'date-range' ELSE 'month-day' END`,
  }
}

function textDate(
  column: RawColumn,
  { month, excelSerial }: { readonly month: boolean; readonly excelSerial: boolean },
): Reading {
  // A time of its own in every cell would make every cell another one, so times as databases write them are read in place too.
  const cast = (raw: string): string => `TRY_CAST(${month ? `${raw} || '-01'` : `left(${raw}, 10)`} AS DATE)`
  // The table reader's own cast takes more than it should (2025-6-3BC); what it gives back tells.
  const same = (raw: string): string =>
    month
      ? `strlen(${raw}) = 7 AND left(${cast(raw)}::VARCHAR, 7) = ${raw}`
      : `CASE strlen(${raw}) WHEN 10 THEN TRY_CAST(${raw} AS DATE)::VARCHAR = ${raw} WHEN 19 THEN TRY_CAST(${raw} AS TIMESTAMP)::VARCHAR = ${raw} END`
  const day = "TRY_CAST(parts.y || '-' || lpad(parts.m, 2, '0') || '-' || lpad(parts.d, 2, '0') AS DATE)"
  const value = `CASE WHEN parts.y <> '' THEN ${day} + ${dayShift()}${excelSerial ? ` ELSE ${excelDay('cell')}` : ''} END`
  const range = `CASE WHEN NOT (${value}) ${IN_RANGE} THEN 'date-range'${
    month ? ` WHEN day(${value}) <> 1 THEN 'month-day'` : ''
  } END`
  return {
    type: 'DATE',
    raw: rawText(column),
    text: true,
    few: month,
    direct: cast,
    irregular: (raw) => `NOT coalesce(${same(raw)} AND ${cast(raw)} ${IN_RANGE}, false)`,
    parts: dateParts(month),
    value,
    fault: textFault(`CASE
      WHEN parts.y <> '' AND (${day} IS NULL OR ${impossibleTime()}) THEN 'date-impossible'
      WHEN parts.y <> '' THEN ${range}
      WHEN regexp_full_match(cell, '${SERIAL}') THEN ${excelSerial ? range : "'excel-serial'"}
      ELSE 'date-form' END`),
  }
}

/** Year, month, day, hour, minute, second and offset of a cell; empty texts where it is written in none of the known ways. */
function dateParts(month: boolean): string {
  const rewrites: [pattern: string, as: string][] = [
    ['^(\\d{4})年(\\d{1,2})月(\\d{1,2})日', '\\1-\\2-\\3'],
    ['^(\\d{4})/(\\d{1,2})/(\\d{1,2})', '\\1-\\2-\\3'],
    ['^(\\d{4})\\.(\\d{1,2})\\.(\\d{1,2})', '\\1-\\2-\\3'],
    ['^(\\d{4})(\\d{2})(\\d{2})($|[T ])', '\\1-\\2-\\3\\4'],
    ['^(\\d{4})(\\d{2})(\\d{2})(\\d{2})(\\d{2})(\\d{2})$', '\\1-\\2-\\3 \\4:\\5:\\6'],
  ]
  if (month) {
    rewrites.push(
      ['^(\\d{4})年(\\d{1,2})月(?:份)?$', '\\1-\\2-1'],
      // Not with a dot: a spreadsheet makes 2025.1 of 2025.10.
      ['^(\\d{4})[-/](\\d{1,2})$', '\\1-\\2-1'],
      ['^(\\d{4})(\\d{2})$', '\\1-\\2-1'],
    )
  }
  const written = rewrites.reduce(
    (text, [pattern, as]) => `regexp_replace(${text}, '${pattern}', '${as}')`,
    'cell',
  )
  const time = '(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:\\.\\d+)?)?(Z|[+-]\\d{2}(?::?\\d{2})?)?'
  return `regexp_extract(${written}, '^(\\d{4})-(\\d{1,2})-(\\d{1,2})(?:[T ] *${time})?$', ['y', 'm', 'd', 'h', 'i', 's', 'z'])`
}

function impossibleTime(): string {
  const above = (part: string, most: number): string =>
    `coalesce(TRY_CAST(parts.${part} AS INTEGER) > ${most}, false)`
  return `${above('h', 23)} OR ${above('i', 59)} OR ${above('s', 59)}`
}

/** Days between the day as written and the day in China at that instant: 0 unless an offset from UTC is written. */
function dayShift(): string {
  const number = (text: string): string => `coalesce(TRY_CAST(${text} AS INTEGER), 0)`
  const digits = "regexp_replace(parts.z, '[^0-9]', '', 'g')"
  const minutes = `${number(`left(${digits}, 2)`)} * 60 + ${number(`substr(${digits}, 3)`)}`
  const offset = `CASE WHEN parts.z LIKE '-%' THEN -1 ELSE 1 END * (${minutes})`
  return `CASE WHEN parts.z = '' THEN 0 ELSE floor((${number('parts.h')} * 60 + ${number('parts.i')} + 480 - (${offset})) / 1440)::INTEGER END`
}
