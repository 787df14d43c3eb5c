/**
 * The file of an authorisation list: a line of JSON that says what the list is, one code a line, a line of JSON with the
 * signature. Codes stay bytes: a list may hold a million of them.
 */
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { exactText } from '../messages/exact-json.ts'
import { type SignedLines, takeApart } from '../messages/signed-lines.ts'
import { authorisationErrors } from './errors.ts'

export const LIST_FORMAT = 'yinxin/authorisation-list/1'
/** Longest code in bytes. */
const MOST_CODE = 128
const LINE_END = 0x0a

/** What a list is; the order of the fields is the order in the file. */
export interface ListHeader {
  readonly format: typeof LIST_FORMAT
  readonly consortium: string
  /** The member that issued and signed it: the platform. */
  readonly issuer: string
  /** What the firms have authorised; a run names the same. */
  readonly purpose: string
  /** Rises with every list of the consortium. */
  readonly version: number
  /** Instants as `Date.toISOString` writes them; the list holds from the first to the second. */
  readonly issued: string
  readonly validUntil: string
  /** 32 random bytes in hex: the digest, which all parties see, says nothing about the codes to those without the list. */
  readonly salt: string
  readonly entries: number
  /** Hash of all code lines, their line ends included, in hex. */
  readonly codes: string
}

const Text = Type.String({ minLength: 1, maxLength: 256 })
const Instant = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' })
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' })
const strict = { additionalProperties: false }
const headerForm = Compile(
  Type.Object(
    {
      format: Type.Literal(LIST_FORMAT),
      consortium: Text,
      issuer: Text,
      purpose: Text,
      version: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }),
      issued: Instant,
      validUntil: Instant,
      salt: Hash,
      entries: Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 }),
      codes: Hash,
    },
    strict,
  ),
)
const isInstant = (text: string): boolean => {
  const at = Date.parse(text)
  return !Number.isNaN(at) && new Date(at).toISOString() === text
}

const malformed = (line: number | string, why: string) =>
  new authorisationErrors.AuthorisationMalformed(line, why)

/**
 * Takes a list file apart without looking at its codes.
 * @throws AuthorisationMalformed
 */
export const partsOfList = (file: Uint8Array): SignedLines<ListHeader> =>
  takeApart<ListHeader>(
    file,
    headerForm,
    ({ issued, validUntil }) => isInstant(issued) && isInstant(validUntil),
    malformed,
  )

/** Code lines of codes that are sorted already. */
export const codeLines = (codes: readonly string[]): Uint8Array =>
  Buffer.from(codes.map((code) => `${code}\n`).join(''), 'utf8')

/**
 * Checks the code lines of a list: UTF-8, sorted by bytes, each once, no control character, as many as the head says.
 * @returns where each code begins, and one more entry for the end
 * @throws AuthorisationMalformed, AuthorisationOrder, with the line in the file
 */
export function scanCodes(codes: Uint8Array, entries: number): Uint32Array {
  // A code and its line end take two bytes at the least.
  if (2 * entries > codes.length) throw malformed('last', 'fewer codes than the head says')
  const bytes = Buffer.from(codes.buffer, codes.byteOffset, codes.byteLength)
  const starts = new Uint32Array(entries + 1)
  let count = 0
  let start = 0
  let before = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte >= 0x20 && byte !== 0x7f) continue
    // The head is line 1.
    const line = count + 2
    if (byte !== LINE_END) throw malformed(line, 'a control character')
    if (at === start) throw malformed(line, 'an empty line')
    if (at - start > MOST_CODE) throw malformed(line, 'a line too long for a code')
    if (count === entries) throw malformed(line, 'more codes than the head says')
    if (count > 0) {
      // Both with their line ends: a code that begins like the other one is the smaller, as LF is below every character.
      const order = bytes.compare(bytes, start, at + 1, before, start)
      if (order >= 0)
        throw new authorisationErrors.AuthorisationOrder(line, order > 0 ? 'out of order' : 'there twice')
    }
    before = start
    starts[count++] = start
    start = at + 1
  }
  if (count < entries) throw malformed(count + 2, 'fewer codes than the head says')
  starts[count] = start
  try {
    exactText(codes)
  } catch {
    throw malformed('2 or below', 'not UTF-8')
  }
  return starts
}
