import { quoteText } from '../source/session.ts'
import { type RawColumn, type Reading, rawText, textFault } from './reading.ts'

/** What a field of numbers takes; a whole number has no decimals. */
export interface NumberField {
  readonly integer: boolean
  readonly precision: number
  readonly scale: number
  readonly unit: string | undefined
}

/** Texts that may stand behind a number of this unit, after NFKC and in lower case. */
const UNIT_TEXTS: Readonly<Record<string, readonly string[]>> = {
  yuan: ['元', '圆', '元整', 'rmb', 'cny', '人民币'],
  wan_yuan: ['万元', '万', '万元整'],
  m3: ['m3', '立方米', '立方', '方'],
  m3_per_month: ['m3', '立方米', 'm3/月', '立方米/月'],
  kWh: ['kwh', '度', '千瓦时', 'kw·h'],
  persons: ['人', '名'],
  months: ['月', '个月'],
  m2: ['m2', '平方米', '平米'],
  mu: ['亩'],
}

/** Units that no field is in, but that people write. */
const FOREIGN_UNITS = [
  '亿元',
  '亿',
  '千元',
  '百万元',
  '万人民币',
  '角',
  '分',
  '美元',
  'usd',
  '%',
  '吨',
  't',
  '公顷',
  'mwh',
  '万度',
  '千人',
  '万人',
  '天',
  '日',
  '年',
]

/** The national sign alone says yuan, whatever the field is in. */
const SIGN_UNIT = 'yuan'

/** Reads amounts and counts; nothing is rounded, and what does not fit is refused. */
export function numberReading(column: RawColumn, field: NumberField): Reading {
  if (column.kind === 'integer' || column.kind === 'decimal') return exactNumber(column, field)
  return column.kind === 'double' ? floatingNumber(column, field) : textNumber(column, field)
}

function sqlType({ integer, precision, scale }: NumberField): string {
  return integer ? 'BIGINT' : `DECIMAL(${precision}, ${scale})`
}

function exactNumber(column: RawColumn, field: NumberField): Reading {
  const type = sqlType(field)
  const cast = (raw: string): string => `TRY_CAST(${raw} AS ${type})`
  const fits =
    column.kind === 'decimal' &&
    column.scale <= field.scale &&
    column.precision - column.scale <= (field.integer ? 18 : field.precision - field.scale)
  return {
    type,
    raw: column.raw,
    text: false,
    few: false,
    direct: cast,
    irregular: (raw) => (fits ? 'false' : `NOT coalesce(${cast(raw)} = ${raw}, false)`),
    value: `NULL::${type}`,
    fault: `CASE WHEN ${cast('raw')} IS NULL THEN 'digits' ELSE 'decimals' END`,
  }
}

function floatingNumber(column: RawColumn, field: NumberField): Reading {
  const type = sqlType(field)
  const cast = (raw: string): string => `TRY_CAST(${raw} AS ${type})`
  // What adding up in binary leaves behind is no further decimal.
  const exact = (raw: string): string =>
    `abs(${cast(raw)}::DOUBLE - ${raw}) <= 1e-9 * greatest(1, abs(${raw}))`
  return {
    type,
    raw: column.raw,
    text: false,
    few: false,
    direct: cast,
    irregular: (raw) => `NOT coalesce(isfinite(${raw}) AND ${exact(raw)}, false)`,
    value: `NULL::${type}`,
    fault: `CASE WHEN NOT isfinite(raw) THEN 'number-form' WHEN ${cast('raw')} IS NULL THEN 'digits' ELSE 'decimals' END`,
  }
}

function textNumber(column: RawColumn, field: NumberField): Reading {
  const type = sqlType(field)
  const { scale } = field
  const whole = field.integer ? 18 : field.precision - scale
  const decimal = scale > 0 ? `(\\.[0-9]{1,${scale}})?` : ''
  const groups = Math.floor((whole - 1) / 3)
  const grouped = groups > 0 ? `|-?[0-9]{1,3}(,[0-9]{3}){1,${groups}}${decimal}` : ''
  const plain = `-?[0-9]{1,${whole}}${decimal}${grouped}`
  const known = [...Object.values(UNIT_TEXTS).flat(), ...FOREIGN_UNITS]
  const agreed = field.unit === undefined ? [] : (UNIT_TEXTS[field.unit] ?? [])
  const unit = (texts: readonly string[]): string =>
    texts.length === 0 ? 'false' : `lower(parts.u) IN (${texts.map(quoteText).join(', ')})`
  const digits = "replace(parts.n, ',', '')"
  const exponent = `coalesce(TRY_CAST(parts.e AS INTEGER), 0)`
  const decimals = "length(rtrim(split_part(parts.n, '.', 2), '0'))"
  const number = `CASE parts.s WHEN '-' THEN '-' ELSE '' END || ${digits} || CASE WHEN parts.e = '' THEN '' ELSE 'e' || parts.e END`
  // A text cast to BIGINT rounds; to DECIMAL without decimals it does too, but what has decimals does not come this far.
  const value = `TRY_CAST(TRY_CAST(${number} AS DECIMAL(38, ${scale})) AS ${type})`
  const unitFault = [
    `WHEN parts.u <> '' AND NOT ${unit(agreed)} THEN CASE WHEN ${unit(known)} THEN 'unit' ELSE 'number-form' END`,
    field.unit === SIGN_UNIT ? '' : "WHEN parts.c <> '' AND parts.u = '' THEN 'unit'",
  ]
  return {
    type,
    raw: rawText(column),
    text: true,
    few: false,
    direct: (raw) =>
      `TRY_CAST(CASE WHEN contains(${raw}, ',') THEN replace(${raw}, ',', '') ELSE ${raw} END AS ${type})`,
    irregular: (raw) => `NOT regexp_full_match(${raw}, '${plain}')`,
    parts: numberParts(),
    value,
    fault: textFault(`CASE
      WHEN parts.n = '' OR (contains(parts.n, ',') AND NOT regexp_full_match(parts.n, '\\d{1,3}(,\\d{3})+(\\.\\d+)?')) THEN 'number-form'
      ${unitFault.join('\n')}
      WHEN ${decimals} - ${exponent} > ${scale} THEN 'decimals'
      WHEN ${value} IS NULL THEN 'digits'
      WHEN parts.e <> '' THEN 'scientific' END`),
  }
}

/** Sign, currency, number, exponent and unit of a cell; an empty number where it is written in no known way. */
function numberParts(): string {
  const currency = '(¥|RMB|CNY|人民币)?'
  const number = '(\\d[\\d,]*(?:\\.\\d*)?|\\.\\d+)(?:[eE]([+-]?\\d{1,2}))?'
  const minus = "replace(replace(cell, '−', '-'), '－', '-')"
  return `regexp_extract(${minus}, '^([+-]?) *${currency} *${number} *([^\\d\\s.,+-][^\\s.,+]*)?$', ['s', 'c', 'n', 'e', 'u'])`
}
