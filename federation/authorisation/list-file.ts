/**
 * The file of an authorisation list: a line of JSON that says what the list is, one code a line, a line of JSON with the
 * signature. Codes stay bytes: a list may hold a million of them.
 *
 * What is signed is the first line; it holds the hash of the codes, so a million lines are hashed once.
 */
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { exactText } from '../messages/exact-json.ts'
import { jsonLine } from '../messages/json-line.ts'
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
const signatureForm = Compile(
  Type.Object({ signature: Type.String({ pattern: '^([0-9a-f]{2})+$' }) }, strict),
)

/** A list file taken apart; nothing of it is proven yet. */
export interface ListParts {
  readonly header: ListHeader
  readonly headerBytes: Uint8Array
  /** All code lines. */
  readonly codes: Uint8Array
  readonly signature: Uint8Array
}

const isInstant = (text: string): boolean => {
  const at = Date.parse(text)
  return !Number.isNaN(at) && new Date(at).toISOString() === text
}

/**
 * Takes a list file apart without looking at its codes.
 * @throws AuthorisationMalformed
 */
export function partsOfList(file: Uint8Array): ListParts {
  const refuse = (line: number | string, why: string) =>
    new authorisationErrors.AuthorisationMalformed(line, why)
  const headEnd = file.indexOf(LINE_END)
  if (headEnd < 0) throw refuse(1, 'there is no line end')
  const headerBytes = file.subarray(0, headEnd)
  const header = jsonLine<ListHeader>(headerBytes, headerForm)
  if (!header || !isInstant(header.issued) || !isInstant(header.validUntil))
    throw refuse(1, 'it is not the head of a list of this version')
  if (file.at(-1) !== LINE_END) throw refuse('last', 'the file is cut short')
  const lastEnd = file.subarray(0, -1).lastIndexOf(LINE_END)
  if (lastEnd < headEnd) throw refuse('last', 'there is no signature')
  const last = jsonLine<{ signature: string }>(file.subarray(lastEnd + 1, -1), signatureForm)
  if (!last) throw refuse('last', 'it is not a signature')
  return {
    header,
    headerBytes,
    codes: file.subarray(headEnd + 1, lastEnd + 1),
    signature: new Uint8Array(Buffer.from(last.signature, 'hex')),
  }
}

/** Code lines of codes that are sorted already. */
export const codeLines = (codes: readonly string[]): Uint8Array =>
  Buffer.from(codes.map((code) => `${code}\n`).join(''), 'utf8')

/** The bytes of a list file. */
export function listFile(header: ListHeader, codes: Uint8Array, signature: Uint8Array): Uint8Array {
  const last = JSON.stringify({ signature: Buffer.from(signature).toString('hex') })
  return Buffer.concat([headerBytesOf(header), Buffer.from('\n'), codes, Buffer.from(`${last}\n`)])
}

export const headerBytesOf = (header: ListHeader): Uint8Array => Buffer.from(JSON.stringify(header), 'utf8')

/**
 * Checks the code lines of a list: UTF-8, sorted by bytes, each once, no control character, as many as the head says.
 * @returns where each code begins, and one more entry for the end
 * @throws AuthorisationMalformed, AuthorisationOrder, with the line in the file
 */
export function scanCodes(codes: Uint8Array, entries: number): Uint32Array {
  const refuse = (line: number | string, why: string) =>
    new authorisationErrors.AuthorisationMalformed(line, why)
  // A code and its line end take two bytes at the least.
  if (2 * entries > codes.length) throw refuse('last', 'fewer codes than the head says')
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
    if (byte !== LINE_END) throw refuse(line, 'a control character')
    if (at === start) throw refuse(line, 'an empty line')
    if (at - start > MOST_CODE) throw refuse(line, 'a line too long for a code')
    if (count === entries) throw refuse(line, 'more codes than the head says')
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
  if (count < entries) throw refuse(count + 2, 'fewer codes than the head says')
  starts[count] = start
  try {
    exactText(codes)
  } catch {
    throw refuse('2 or below', 'not UTF-8')
  }
  return starts
}
