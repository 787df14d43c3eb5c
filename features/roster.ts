import { createHash, hash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { featuresErrors } from './errors.ts'

/**
 * The rows of a run: every enterprise that any party knows, in an order that all parties can rebuild for themselves.
 * `folds` has one entry a row, 0 to 4.
 */
export interface Roster {
  /** Unique ids sorted by UTF-16 code unit. */
  readonly ids: readonly string[]
  readonly size: number
  /**
   * SHA-256 in hex over all ids in order, each as its length in bytes (4 bytes, big-endian) and its UTF-8 bytes; after them, for
   * each row whose enterprise came under another id: ff ff ff ff, the row (4 bytes, big-endian), that id as above.
   */
  readonly digest: string
  readonly folds: Uint8Array
  /** The row of an id, -1 if it is not on the roster. */
  index(id: string): number
}

/** sha256(utf8(id)) mod 5; as 256 mod 5 = 1 this is the sum of the 32 digest bytes mod 5. */
function foldOf(id: string): number {
  const digest = hash('sha256', id, 'buffer')
  let sum = 0
  for (let i = 0; i < 32; i++) sum += digest[i]
  return sum % 5
}

/** No id is that long, so what follows it is never read as one. */
const ORIGIN_FOLLOWS = 0xffffffff

function digestOf(ids: readonly string[], origins: ReadonlyMap<string, string>): string {
  const digest = createHash('sha256')
  const number = Buffer.alloc(4)
  const take = (value: number) => {
    number.writeUInt32BE(value)
    digest.update(number)
  }
  const takeId = (id: string) => {
    const bytes = Buffer.from(id, 'utf8')
    take(bytes.length)
    digest.update(bytes)
  }
  ids.forEach(takeId)
  ids.forEach((id, row) => {
    const origin = origins.get(id)
    if (origin === undefined || origin === id) return
    take(ORIGIN_FOLLOWS)
    take(row)
    takeId(origin)
  })
  return digest.digest('hex')
}

const NO_ORIGINS: ReadonlyMap<string, string> = new Map()

/**
 * The roster of all given ids; ids that come several times count once.
 * @param origins the id under which an enterprise came onto the roster, where it has another one now: its fold stays, so that
 * a new code never takes it from training to test
 */
export function createRoster(
  ids: Iterable<string>,
  origins: ReadonlyMap<string, string> = NO_ORIGINS,
): Roster {
  const rows = new Map<string, number>()
  const sorted = [...new Set(ids)].sort()
  const folds = new Uint8Array(sorted.length)
  for (let row = 0; row < sorted.length; row++) {
    rows.set(sorted[row], row)
    folds[row] = foldOf(origins.get(sorted[row]) ?? sorted[row])
  }
  return {
    ids: sorted,
    size: sorted.length,
    digest: digestOf(sorted, origins),
    folds,
    index: (id) => rows.get(id) ?? -1,
  }
}

/** Writes the roster as UTF-8, one id a line, LF after each. */
export async function writeRoster(roster: Roster, file: string): Promise<void> {
  await writeFile(file, roster.ids.map((id) => `${id}\n`).join(''))
}

/**
 * Reads a roster file.
 *
 * @throws YX_FEATURES_FILE_MISSING, YX_FEATURES_ROSTER_INVALID with the line of the first fault
 */
export async function readRoster(file: string): Promise<Roster> {
  const name = basename(file)
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (cause) {
    throw new featuresErrors.FileMissing(name, (cause as NodeJS.ErrnoException).code)
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new featuresErrors.RosterInvalid(name, firstInvalidLine(bytes), 'not UTF-8')
  }
  const ids = text.split('\n')
  if (ids.pop() !== '')
    throw new featuresErrors.RosterInvalid(name, ids.length + 1, 'the last line has no LF')
  for (let row = 0; row < ids.length; row++) {
    const fault = lineFault(ids, row)
    if (fault !== null) throw new featuresErrors.RosterInvalid(name, row + 1, fault)
  }
  return createRoster(ids)
}

function lineFault(ids: readonly string[], row: number): string | null {
  if (ids[row] === '') return 'empty line'
  if (ids[row].endsWith('\r')) return 'CRLF line end'
  if (ids[row].startsWith('\ufeff')) return 'byte order mark'
  if (row > 0 && ids[row] === ids[row - 1]) return 'the same id as the line before'
  if (row > 0 && ids[row] < ids[row - 1]) return 'out of order'
  return null
}

function firstInvalidLine(bytes: Buffer): number {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  for (let line = 1, start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(10, start)
    const stop = end < 0 ? bytes.length : end
    try {
      decoder.decode(bytes.subarray(start, stop))
    } catch {
      return line
    }
    start = stop + 1
  }
  return 1
}
