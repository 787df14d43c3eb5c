/**
 * A signed file of lines: a line of JSON that says what the file is, the lines themselves, a line of JSON with the signature.
 * What is signed is the first line; it holds the hash of the others, so a million lines are hashed once.
 */
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { jsonLine } from './json-line.ts'

const LINE_END = 0x0a
const signatureForm = Compile(
  Type.Object({ signature: Type.String({ pattern: '^([0-9a-f]{2})+$' }) }, { additionalProperties: false }),
)

/** A signed file taken apart; nothing of it is proven yet. */
export interface SignedLines<H> {
  readonly header: H
  readonly headerBytes: Uint8Array
  /** All lines between, their line ends included. */
  readonly lines: Uint8Array
  readonly signature: Uint8Array
}

/**
 * Takes a file apart without looking at its lines.
 * @param isHeader what the form of the header does not say
 * @throws what `refuse` makes of a line and a reason
 */
export function takeApart<H>(
  file: Uint8Array,
  form: { Check(value: unknown): boolean },
  isHeader: (header: H) => boolean,
  refuse: (line: number | string, why: string) => Error,
): SignedLines<H> {
  const headEnd = file.indexOf(LINE_END)
  if (headEnd < 0) throw refuse(1, 'there is no line end')
  const headerBytes = file.subarray(0, headEnd)
  const header = jsonLine<H>(headerBytes, form)
  if (!header || !isHeader(header)) throw refuse(1, 'it is not the head of a file of this form')
  if (file.at(-1) !== LINE_END) throw refuse('last', 'the file is cut short')
  const lastEnd = file.subarray(0, -1).lastIndexOf(LINE_END)
  const last = jsonLine<{ signature: string }>(file.subarray(lastEnd + 1, -1), signatureForm)
  if (lastEnd < headEnd || !last) throw refuse('last', 'it is not a signature')
  const signature = new Uint8Array(Buffer.from(last.signature, 'hex'))
  return { header, headerBytes, lines: file.subarray(headEnd + 1, lastEnd + 1), signature }
}

/** The bytes of a header that are signed. */
export const headerBytesOf = (header: object): Uint8Array => Buffer.from(JSON.stringify(header), 'utf8')

/** The bytes of a signed file. @param lines with their line ends */
export function putTogether(header: object, lines: Uint8Array, signature: Uint8Array): Uint8Array {
  const last = JSON.stringify({ signature: Buffer.from(signature).toString('hex') })
  return Buffer.concat([headerBytesOf(header), Buffer.from('\n'), lines, Buffer.from(`${last}\n`)])
}
