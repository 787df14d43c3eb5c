/**
 * The file of a signed roster: a line of JSON that says what the roster is, one change a line, one row a line, a line of JSON
 * with the signature. What is signed is the first line; it holds the hash of all others.
 */
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { isDay } from '../day.ts'
import { exactText } from '../messages/exact-json.ts'
import { type SignedLines, takeApart } from '../messages/signed-lines.ts'
import { changeText, codeFault, parseChange, type RosterChange } from './change.ts'
import { rosterErrors } from './errors.ts'
import type { Lineage } from './lineage.ts'

export const ROSTER_FORMAT = 'yinxin/roster/1'
/** The order of rows: codes ascending by UTF-16 code unit, so that all parties can tell it without asking. */
export const ROW_ORDER = 'code'

/** What a roster is; the order of the fields is the order in the file. */
export interface RosterHeader {
  readonly format: typeof ROSTER_FORMAT
  readonly consortium: string
  /** The member that issued and signed it: the platform. */
  readonly issuer: string
  /** Rises by one. */
  readonly version: number
  /** Day of issue, YYYY-MM-DD. */
  readonly issued: string
  /** Digest of the version before; empty for the first. */
  readonly previous: string
  readonly order: typeof ROW_ORDER
  /** Numbers of change and row lines. */
  readonly changes: number
  readonly rows: number
  /** Hash of all change and row lines, their line ends included, in hex. */
  readonly lines: string
}

const Text = Type.String({ minLength: 1, maxLength: 256 })
const Count = Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 })
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' })
const strict = { additionalProperties: false }
const headerForm = Compile(
  Type.Object(
    {
      format: Type.Literal(ROSTER_FORMAT),
      consortium: Text,
      issuer: Text,
      version: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }),
      issued: Type.String({ minLength: 10, maxLength: 10 }),
      previous: Type.String({ pattern: '^([0-9a-f]{64})?$' }),
      order: Type.Literal(ROW_ORDER),
      changes: Count,
      rows: Count,
      lines: Hash,
    },
    strict,
  ),
)
/** A roster file taken apart; nothing of it is proven yet. */
export type RosterParts = SignedLines<RosterHeader>

const malformed = (line: number | string, why: string) => new rosterErrors.RosterMalformed(line, why)

/** @throws RosterMalformed */
export const partsOfRoster = (file: Uint8Array): RosterParts =>
  takeApart<RosterHeader>(file, headerForm, ({ issued }) => isDay(issued), malformed)

/** Change and row lines: a row is its code, the version since when, and its origin where that is another code. */
export function linesOf(changes: readonly RosterChange[], { codes, since, origins }: Lineage): Uint8Array {
  const rows = codes.map((code, row) => {
    const origin = origins.get(code)
    return `${code} ${since[row]}${origin === undefined ? '' : ` ${origin}`}\n`
  })
  return Buffer.from([...changes.map((change) => `${changeText(change)}\n`), ...rows].join(''), 'utf8')
}

/**
 * Reads the lines of a roster: as many as the head says, codes in their order, each once, no two rows of one origin.
 * @throws RosterMalformed with the line in the file
 */
export function readLines(header: RosterHeader, lines: Uint8Array): Lineage & { changes: RosterChange[] } {
  let text: string
  try {
    text = exactText(lines)
  } catch {
    throw malformed('2 or below', 'not UTF-8')
  }
  const all = text.split('\n').slice(0, -1)
  if (all.length !== header.changes + header.rows)
    throw malformed('last', `${all.length} lines, the head says ${header.changes + header.rows}`)
  const changes = all.slice(0, header.changes).map((line, at) => {
    const change = parseChange(line)
    // The head is line 1.
    if (typeof change === 'string') throw malformed(at + 2, change)
    if (changeText(change) !== line) throw malformed(at + 2, 'another form of the same change')
    return change
  })
  const codes: string[] = []
  const since = new Int32Array(header.rows)
  const origins = new Map<string, string>()
  const seen = new Set<string>()
  for (let row = 0; row < header.rows; row++) {
    const line = header.changes + row + 2
    const [code, version, origin = code, ...rest] = all[header.changes + row].split(' ')
    const fault = codeFault(code) ?? codeFault(origin)
    if (fault) throw malformed(line, fault)
    since[row] = Number(version)
    const whole = String(since[row]) === version && since[row] >= 1 && since[row] <= header.version
    if (!whole || rest.length > 0) throw malformed(line, 'it is not "CODE VERSION" or "CODE VERSION ORIGIN"')
    if (row > 0 && code <= codes[row - 1])
      throw malformed(line, code === codes[row - 1] ? 'a code is there twice' : 'a code is out of order')
    if (origin !== code) origins.set(code, origin)
    else if (all[header.changes + row].split(' ').length > 2)
      throw malformed(line, 'an origin that is the code')
    if (seen.has(origin)) throw malformed(line, 'two enterprises of one origin')
    seen.add(origin)
    codes.push(code)
  }
  return { version: header.version, codes, since, origins, changes }
}
