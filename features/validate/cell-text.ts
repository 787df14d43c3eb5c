import { numberFrom, quoteName, quoteText, type Session } from '../source/session.ts'

/** What a reader of the table does not see: zero-width and direction marks, soft hyphen, byte order mark. */
const INVISIBLE = '\\x{ad}\\x{200b}-\\x{200f}\\x{202a}-\\x{202e}\\x{2060}\\x{feff}'
/** Control characters without tab, line feed and carriage return; the mark that stands for text lost in a conversion. */
const DAMAGE = '\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\x{fffd}'

/** RE2 pattern of texts that lost characters on their way. */
export const DAMAGED_PATTERN = `[${DAMAGE}]`

/** Full-width forms and white space other than a blank, and what NFKC makes of them one by one. */
const WIDE = String.fromCodePoint(
  ...Array.from({ length: 0x5e }, (_, index) => 0xff01 + index),
  ...[0xa0, 0x2002, 0x2003, 0x2009, 0x202f, 0x3000, 0xffe5],
)

interface Compatibility {
  /** Every character that NFKC changes, alone or with its neighbours, with what it is taken apart into. */
  readonly forms: ReadonlyMap<string, string>
  /** Members of an RE2 character class: those of `forms` without `WIDE`, and combining marks. */
  readonly rare: string
}

let compatibility: Compatibility | undefined

/** Unicode's compatibility characters, made from the runtime's own NFKC the first time that they are needed. */
function compatibilityOf(): Compatibility {
  if (compatibility !== undefined) return compatibility
  const forms = new Map<string, string>()
  const ranges: [number, number][] = []
  const planes = [
    [0xa0, 0x33ff],
    [0xa000, 0xabff],
    [0xf900, 0xffff],
    [0x10000, 0x1ffff],
    [0x2f800, 0x2fa1f],
  ]
  for (const [first, last] of planes) {
    for (let point = first; point <= last; point++) {
      const symbol = String.fromCodePoint(point)
      const form = symbol.normalize('NFKD')
      if (symbol.normalize('NFKC') !== symbol) forms.set(symbol, form)
      else if (!/\p{M}/u.test(symbol)) continue
      if (WIDE.includes(symbol)) continue
      const open = ranges[ranges.length - 1]
      if (open !== undefined && open[1] === point - 1) open[1] = point
      else ranges.push([point, point])
    }
  }
  // Letters of the Hangul script that join up into syllables.
  ranges.push([0x1100, 0x11ff])
  const hex = (point: number): string => `\\x{${point.toString(16)}}`
  const rare = ranges
    .map(([first, last]) => (first === last ? hex(first) : `${hex(first)}-${hex(last)}`))
    .join('')
  compatibility = { forms, rare }
  return compatibility
}

/** RE2 pattern of texts that are not yet as `writeCells` leaves them, or that it cannot mend. */
export function unevenPattern(): string {
  const wide = [...WIDE].map((symbol) => `\\x{${symbol.codePointAt(0)?.toString(16)}}`).join('')
  return `^\\s|\\s$|[\\t\\n\\r${DAMAGE}${INVISIBLE}${wide}${compatibilityOf().rare}]`
}

/**
 * Makes the table `target` of the distinct texts in the column `raw` of another table, each with its `cell`: normalised to NFKC, without
 * invisible characters, without white space at its ends. All in SQL: the texts do not pass through this process.
 */
export async function writeCells(session: Session, source: string, target: string): Promise<void> {
  const from = quoteName(source)
  const apart = quoteName(`${target} apart`)
  const forms = quoteName(`${target} forms`)
  const { rare } = compatibilityOf()
  const isRare = `regexp_matches(raw, ${quoteText(`[${rare}]`)})`
  try {
    await session.run(`CREATE TEMP TABLE ${apart} AS SELECT DISTINCT raw FROM ${from} WHERE ${isRare}`)
    let plain = `SELECT DISTINCT raw, raw AS plain FROM ${from}`
    if ((await numberFrom(session, `SELECT count(*) FROM ${apart}`)) > 0) {
      await writeForms(session, forms)
      // NFKC is NFC of all characters taken apart.
      plain = `SELECT raw, coalesce(plain, raw) AS plain FROM (SELECT DISTINCT raw FROM ${from}) LEFT JOIN (
        SELECT raw, nfc_normalize(string_agg(coalesce(form, symbol), '' ORDER BY place)) AS plain FROM (
          SELECT raw, unnest(symbols) AS symbol, generate_subscripts(symbols, 1) AS place
          FROM (SELECT raw, regexp_extract_all(raw, '(?s).') AS symbols FROM ${apart})
        ) LEFT JOIN ${forms} USING (symbol) GROUP BY raw) USING (raw)`
    }
    const narrow = `translate(plain, ${quoteText(WIDE)}, ${quoteText(WIDE.normalize('NFKC'))})`
    const seen = `regexp_replace(${narrow}, '[${INVISIBLE}]', '', 'g')`
    const mended = `CASE WHEN regexp_matches(raw, ${quoteText(unevenPattern())}) THEN regexp_replace(${seen}, '^\\s+|\\s+$', '', 'g') ELSE raw END`
    await session.run(
      `CREATE TEMP TABLE ${quoteName(target)} AS SELECT raw, ${mended} AS cell FROM (${plain})`,
    )
  } finally {
    await session.run(`DROP TABLE IF EXISTS ${apart}`)
    await session.run(`DROP TABLE IF EXISTS ${forms}`)
  }
}

async function writeForms(session: Session, table: string): Promise<void> {
  const rows = [...compatibilityOf().forms].map(
    ([symbol, form]) => `(${quoteText(symbol)}, ${quoteText(form)})`,
  )
  await session.run(
    `CREATE TEMP TABLE ${table} AS SELECT * FROM (VALUES ${rows.join(', ')}) AS forms(symbol, form)`,
  )
}
