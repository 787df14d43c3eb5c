/** A kind of file that is often given where a CSV file is expected. */
export interface FileKind {
  readonly name: string
  readonly mend: string
}

const SAVE_AS_CSV = 'open it in the spreadsheet program and save it as "CSV UTF-8"'

const kinds: readonly { readonly start: readonly number[]; readonly kind: FileKind }[] = [
  { start: [0x50, 0x4b, 0x03, 0x04], kind: { name: 'an Excel workbook or ZIP archive', mend: SAVE_AS_CSV } },
  { start: [0xd0, 0xcf, 0x11, 0xe0], kind: { name: 'an old Excel workbook (.xls)', mend: SAVE_AS_CSV } },
  { start: [0x1f, 0x8b], kind: { name: 'gzip data', mend: 'name it .csv.gz (or pack it only once)' } },
  { start: [0x50, 0x41, 0x52, 0x31], kind: { name: 'a Parquet file', mend: 'name it .parquet' } },
  { start: [0xff, 0xfe], kind: utf16('UTF-16 text') },
  { start: [0xfe, 0xff], kind: utf16('UTF-16 text, high byte first') },
]

function utf16(name: string): FileKind {
  return { name, mend: 'convert it, for example "iconv -f UTF-16 -t UTF-8", or save it as "CSV UTF-8"' }
}

/** What a file is by its first bytes, null where it may be CSV. Two bytes a character without a mark count as UTF-16. */
export function kindOf(start: Buffer): FileKind | null {
  const marked = kinds.find(({ start: mark }) => mark.every((byte, position) => start[position] === byte))
  if (marked) return marked.kind
  const [odd, even] = [1, 0].map((from) => start.length >= 4 && start[from] === 0 && start[from + 2] === 0)
  return odd || even ? utf16(odd ? 'UTF-16 text' : 'UTF-16 text, high byte first') : null
}
