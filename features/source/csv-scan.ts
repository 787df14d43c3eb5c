import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { featuresErrors } from '../errors.ts'
import { Utf8Check } from './utf8-check.ts'

/** What the structure of a CSV file is, once every byte of it has been looked at. */
export interface CsvShape {
  readonly header: readonly string[]
  /** Number of records below the header. */
  readonly rows: number
  /** Physical line (the first is 1) on which record `row` begins, also after cells with line breaks in them. */
  lineOf(row: number): number
}

const COMMA = 44
const QUOTE = 34
const LF = 10
const CR = 13

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

const CELL_START = 0
const PLAIN = 1
const QUOTED = 2
const QUOTE_IN_QUOTED = 3
const AFTER_CR = 4

/**
 * Reads a CSV file once, byte by byte, before the table reader sees it: RFC 4180 with one kind of line end, UTF-8, optional
 * byte order mark, empty lines between records ignored. The table reader would also refuse most of these faults, but with
 * its own words and, after cells with line breaks, with line numbers that no editor shows.
 *
 * @throws YX_FEATURES_FILE_MISSING, _COMPRESSION_BROKEN, _ENCODING_INVALID, _LINE_END_INVALID, _QUOTE_INVALID, _ROW_RAGGED,
 * _HEADER_MISSING, each with `shown` as the file and the physical line
 */
export async function scanCsv(path: string, shown: string): Promise<CsvShape> {
  const scanner = new CsvScanner(shown)
  const file = createReadStream(path, { highWaterMark: 1 << 18 })
  try {
    if (path.endsWith('.gz')) {
      const gunzip = createGunzip()
      file.on('error', (cause) => gunzip.destroy(cause))
      for await (const chunk of file.pipe(gunzip)) scanner.push(chunk as Buffer)
    } else {
      for await (const chunk of file) scanner.push(chunk as Buffer)
    }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? ''
    if (code.startsWith('YX_')) throw cause
    if (code.startsWith('Z_') || code === 'ERR_STREAM_PREMATURE_CLOSE') {
      throw new featuresErrors.CompressionBroken(shown, scanner.line)
    }
    throw new featuresErrors.FileMissing(shown, code)
  } finally {
    file.destroy()
  }
  return scanner.end()
}

class CsvScanner {
  line = 1
  readonly #shown: string
  readonly #utf8 = new Utf8Check()
  /** The first bytes until there are enough of them to see a byte order mark; null afterwards. */
  #start: Buffer | null = Buffer.alloc(0)
  #state = CELL_START
  #recordLine = 1
  /** Cells of the record so far, without the one that is being read. */
  #cells = 0
  #empty = true
  #header: string[] | null = null
  #headerBytes: number[] = []
  #lineEnd: '\n' | '\r\n' | null = null
  #lines = new Uint32Array(1024)
  #rows = 0

  constructor(shown: string) {
    this.#shown = shown
  }

  push(bytes: Uint8Array): void {
    if (this.#start === null) {
      this.#take(bytes)
      return
    }
    this.#start = Buffer.concat([this.#start, bytes])
    if (this.#start.length >= BYTE_ORDER_MARK.length) this.#takeStart(this.#start)
  }

  #takeStart(start: Buffer): void {
    this.#start = null
    const marked = start.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
    this.#take(marked ? start.subarray(BYTE_ORDER_MARK.length) : start)
  }

  #take(bytes: Uint8Array): void {
    let state = this.#state
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]
      if ((byte >= 128 || this.#utf8.pending) && !this.#utf8.accept(byte)) this.#encodingFault()
      if (byte === 0) this.#encodingFault()
      if (this.#header === null) this.#headerBytes.push(byte)
      if (state === QUOTED) {
        if (byte === QUOTE) state = QUOTE_IN_QUOTED
        else if (byte === LF) this.line++
        continue
      }
      if (state === AFTER_CR && byte !== LF) {
        throw new featuresErrors.LineEndInvalid(this.#shown, this.line)
      }
      if (byte === COMMA) {
        this.#cells++
        this.#empty = false
        state = CELL_START
      } else if (byte === LF) {
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
    this.#state = state
  }

  end(): CsvShape {
    if (this.#start !== null) this.#takeStart(this.#start)
    if (this.#utf8.pending) this.#encodingFault()
    if (this.#state === QUOTED) {
      throw new featuresErrors.QuoteInvalid(this.#shown, this.#recordLine, 'opened and never closed')
    }
    if (this.#state === AFTER_CR) throw new featuresErrors.LineEndInvalid(this.#shown, this.line)
    if (!this.#empty) this.#endRecord()
    const header = this.#header
    if (header === null) throw new featuresErrors.HeaderMissing(this.#shown)
    const lines = this.#lines.slice(0, this.#rows)
    return { header, rows: this.#rows, lineOf: (row) => lines[row] }
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
      this.#header = headerCells(this.#headerBytes)
      this.#headerBytes = []
      return
    }
    if (cells !== this.#header.length) {
      throw new featuresErrors.RowRagged(
        `${this.#shown} line ${this.#recordLine}`,
        cells,
        this.#header.length,
      )
    }
    if (this.#rows === this.#lines.length) {
      const grown = new Uint32Array(this.#lines.length * 2)
      grown.set(this.#lines)
      this.#lines = grown
    }
    this.#lines[this.#rows++] = this.#recordLine
  }

  #encodingFault(): never {
    throw new featuresErrors.EncodingInvalid(this.#shown, this.line)
  }

  #quoteFault(where: string): never {
    throw new featuresErrors.QuoteInvalid(this.#shown, this.line, where)
  }
}

/** Splits the header record, whose quotes are known to be in order, into its cells. */
function headerCells(bytes: number[]): string[] {
  const text = new TextDecoder().decode(Uint8Array.from(bytes)).replace(/\r?\n$/, '')
  // With a comma in front every cell begins with one, the first and empty ones too.
  return [...`,${text}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain,
  )
}
