import { featuresErrors } from '../errors.ts'
import { fileBytes } from './file-bytes.ts'
import { kindOf } from './file-kind.ts'
import { LineIndex } from './line-index.ts'
import type { Delimiter } from './source-types.ts'
import { Utf8Stream } from './utf8-check.ts'

/** What the structure of a CSV file is, once every byte of it has been looked at. */
export interface CsvShape {
  readonly header: readonly string[]
  /** Number of records below the header. */
  readonly rows: number
  readonly delimiter: Delimiter
  readonly lineEnd: '\n' | '\r\n'
  /** True where a line `sep=;` stands above the header, as Excel writes it. */
  readonly separatorLine: boolean
  /** Physical line (the first is 1) on which record `row` begins, also after cells with line breaks in them. */
  lineOf(row: number): number
}

/** How a source's declaration says the file is written. */
export interface CsvSettings {
  /** Absent: what a line `sep=;` names, otherwise a comma. */
  readonly delimiter?: Delimiter
}

const QUOTE = 34
const LF = 10
const CR = 13

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])
const SEPARATOR_LINE = /^(?:sep=(.)|"sep=(.)")(\r?\n)/i
/** Bytes from which a byte order mark, a separator line and a file of another kind are recognised. */
const START = 64

const CELL_START = 0
const PLAIN = 1
const QUOTED = 2
const QUOTE_IN_QUOTED = 3
const AFTER_CR = 4

const DELIMITERS: readonly Delimiter[] = [',', '\t', ';', '|']

/**
 * Reads a CSV file once, byte by byte, before the table reader sees it: RFC 4180 with one kind of line end, UTF-8, optional
 * byte order mark, empty lines between records ignored. The table reader would also refuse most of these faults, but with
 * its own words and, after cells with line breaks, with line numbers that no editor shows.
 *
 * @param settings given where the file is a source with settings of its own: a line `sep=;` is then understood, and a header
 * with other delimiters refused
 * @throws YX_FEATURES_FILE_MISSING, _FILE_KIND_WRONG, _COMPRESSION_BROKEN, _ENCODING_INVALID, _LINE_END_INVALID,
 * _QUOTE_INVALID, _ROW_RAGGED, _HEADER_MISSING, _DELIMITER_WRONG, each with `shown` as the file and the physical line
 */
export async function scanCsv(path: string, shown: string, settings?: CsvSettings): Promise<CsvShape> {
  const scanner = new CsvScanner(shown, settings)
  for await (const chunk of fileBytes(path, shown, () => scanner.line)) scanner.push(chunk)
  return scanner.end()
}

/** The scan itself, fed chunk by chunk with UTF-8. */
export class CsvScanner {
  line = 1
  readonly #shown: string
  readonly #settings: CsvSettings | undefined
  readonly #utf8 = new Utf8Stream()
  #delimiter: Delimiter
  #separatorLine = false
  /** Bytes that mean something outside quotes. */
  readonly #special = new Uint8Array(256)
  /** The first bytes until there are enough of them; null afterwards. */
  #start: Buffer | null = Buffer.alloc(0)
  #state = CELL_START
  #recordLine = 1
  /** Cells of the record so far, without the one that is being read. */
  #cells = 0
  #empty = true
  #header: string[] | null = null
  #headerParts: Buffer[] = []
  #lineEnd: '\n' | '\r\n' | null = null
  readonly #lines = new LineIndex()

  constructor(shown: string, settings?: CsvSettings) {
    this.#shown = shown
    this.#settings = settings
    this.#delimiter = settings?.delimiter ?? ','
  }

  push(chunk: Buffer): void {
    if (this.#start === null) {
      this.#take(chunk)
      return
    }
    this.#start = Buffer.concat([this.#start, chunk])
    if (this.#start.length >= START) this.#takeStart(this.#start)
  }

  #takeStart(start: Buffer): void {
    this.#start = null
    const kind = kindOf(start)
    if (kind !== null) throw new featuresErrors.FileKindWrong(this.#shown, kind.name, kind.mend)
    const marked = start.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
    let rest = marked ? start.subarray(BYTE_ORDER_MARK.length) : start
    const separator = this.#settings && SEPARATOR_LINE.exec(rest.subarray(0, START).toString('latin1'))
    if (separator) {
      this.#useSeparator(separator[1] ?? separator[2])
      this.#lineEnd = separator[3] as '\n' | '\r\n'
      rest = rest.subarray(separator[0].length)
    }
    for (const byte of [LF, CR, QUOTE, this.#delimiter.charCodeAt(0)]) this.#special[byte] = 1
    this.#take(rest)
  }

  #useSeparator(named: string): void {
    const delimiter = DELIMITERS.find((known) => known === named)
    const declared = this.#settings?.delimiter
    if (delimiter === undefined || (declared !== undefined && declared !== delimiter)) {
      this.#delimiterFault(named)
    }
    this.#delimiter = delimiter
    this.#separatorLine = true
    this.line = 2
    this.#recordLine = 2
  }

  #take(bytes: Buffer): void {
    this.#checkText(bytes)
    const special = this.#special
    const delimiter = this.#delimiter.charCodeAt(0)
    const length = bytes.length
    let state = this.#state
    let headerFrom = 0
    let i = 0
    while (i < length) {
      if (state === QUOTED) {
        let lines = 0
        while (i < length && bytes[i] !== QUOTE) if (bytes[i++] === LF) lines++
        this.line += lines
        if (i < length) {
          state = QUOTE_IN_QUOTED
          i++
        }
        continue
      }
      if (state === PLAIN) {
        while (i < length && special[bytes[i]] === 0) i++
        if (i === length) break
      }
      const byte = bytes[i++]
      if (state === AFTER_CR && byte !== LF) {
        throw new featuresErrors.LineEndInvalid(this.#shown, this.line)
      }
      if (byte === delimiter) {
        this.#cells++
        this.#empty = false
        state = CELL_START
      } else if (byte === LF) {
        if (this.#header === null) {
          this.#headerParts.push(Buffer.from(bytes.subarray(headerFrom, i)))
          headerFrom = i
        }
        this.#endLine(state === AFTER_CR ? '\r\n' : '\n')
        state = CELL_START
      } else if (byte === CR) {
        state = AFTER_CR
      } else if (byte === QUOTE) {
        if (state === PLAIN) this.#quoteFault('inside an unquoted cell')
        state = QUOTED
        this.#empty = false
      } else {
        if (state === QUOTE_IN_QUOTED) this.#quoteFault('followed by more text')
        state = PLAIN
        this.#empty = false
      }
    }
    if (this.#header === null) this.#headerParts.push(Buffer.from(bytes.subarray(headerFrom)))
    this.#state = state
  }

  end(): CsvShape {
    if (this.#start !== null) this.#takeStart(this.#start)
    if (this.#utf8.pending) throw new featuresErrors.EncodingInvalid(this.#shown, this.line)
    if (this.#state === QUOTED) {
      throw new featuresErrors.QuoteInvalid(this.#shown, this.#recordLine, 'opened and never closed')
    }
    if (this.#state === AFTER_CR) throw new featuresErrors.LineEndInvalid(this.#shown, this.line)
    if (!this.#empty) this.#endRecord()
    const header = this.#header
    if (header === null) throw new featuresErrors.HeaderMissing(this.#shown)
    const lines = this.#lines
    return {
      header,
      rows: lines.size,
      delimiter: this.#delimiter,
      lineEnd: this.#lineEnd ?? '\n',
      separatorLine: this.#separatorLine,
      lineOf: (row) => lines.at(row),
    }
  }

  #checkText(bytes: Buffer): void {
    const nul = bytes.indexOf(0)
    const invalid = this.#utf8.accept(bytes)
    if (nul < 0 && invalid < 0) return
    const at = nul < 0 ? invalid : invalid < 0 ? nul : Math.min(nul, invalid)
    let line = this.line
    for (let i = bytes.indexOf(LF); i >= 0 && i < at; i = bytes.indexOf(LF, i + 1)) line++
    throw new featuresErrors.EncodingInvalid(this.#shown, line)
  }

  #endLine(lineEnd: '\n' | '\r\n'): void {
    this.#lineEnd ??= lineEnd
    if (lineEnd !== this.#lineEnd) throw new featuresErrors.LineEndInvalid(this.#shown, this.line)
    if (this.#header === null && this.#empty) throw new featuresErrors.HeaderMissing(this.#shown)
    if (!this.#empty) this.#endRecord()
    this.line++
    this.#recordLine = this.line
    this.#cells = 0
    this.#empty = true
  }

  #endRecord(): void {
    const cells = this.#cells + 1
    if (this.#header === null) {
      this.#header = headerCells(Buffer.concat(this.#headerParts).toString(), this.#delimiter)
      this.#headerParts = []
      if (this.#settings) this.#checkDelimiter(this.#header)
      return
    }
    if (cells !== this.#header.length) {
      throw new featuresErrors.RowRagged(
        `${this.#shown} line ${this.#recordLine}`,
        cells,
        this.#header.length,
      )
    }
    this.#lines.push(this.#recordLine)
  }

  #checkDelimiter(header: readonly string[]): void {
    if (header.length > 1) return
    const other = DELIMITERS.find(
      (delimiter) => delimiter !== this.#delimiter && header[0].includes(delimiter),
    )
    if (other !== undefined) this.#delimiterFault(other)
  }

  #delimiterFault(found: string): never {
    const name = found === '\t' ? 'a tab' : `"${found}"`
    throw new featuresErrors.DelimiterWrong(`${this.#shown} line ${this.line}`, name, JSON.stringify(found))
  }

  #quoteFault(where: string): never {
    throw new featuresErrors.QuoteInvalid(this.#shown, this.line, where)
  }
}

/** Splits the header record, whose quotes are known to be in order, into its cells. */
function headerCells(line: string, delimiter: Delimiter): string[] {
  const text = line.replace(/\r?\n$/, '')
  const mark = delimiter === '|' ? '\\|' : delimiter
  // With a delimiter in front every cell begins with one, the first and empty ones too.
  return [
    ...`${delimiter}${text}`.matchAll(new RegExp(`${mark}(?:"((?:[^"]|"")*)"|([^"${mark}]*))`, 'g')),
  ].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain)
}
