import { SPOOLED_NULL } from './spool.ts'

/** How the bytes of a column that a MySQL server sends become text; `plain` is text that never needs quotes. */
export type CellForm = 'text' | 'plain' | 'hex' | 'bits'

const QUOTE = 34
const COMMA = 44
const LF = 10
const NULL_BYTES = Buffer.from(SPOOLED_NULL)
const BLOCK = 1 << 18

/** Writes rows of raw cells as lines of a spool file, block by block: no text is made of them on the way. */
export class RowWriter {
  readonly #forms: readonly CellForm[]
  #block = Buffer.allocUnsafe(BLOCK)
  #used = 0
  rows = 0

  constructor(forms: readonly CellForm[]) {
    this.#forms = forms
  }

  /** Takes one row; true when a block is ready to be taken. The cells' memory may be used again afterwards. */
  add(cells: readonly (Buffer | null)[]): boolean {
    for (let column = 0; column < cells.length; column++) {
      const cell = cells[column]
      const form = this.#forms[column]
      const bytes =
        cell === null ? NULL_BYTES : form === 'hex' || form === 'bits' ? written(cell, form) : cell
      // Each byte may be a quote to be doubled; around them stand two quotes and a comma or line end.
      this.#room(2 * bytes.length + 3)
      if (cell === null || form === 'plain') this.#used = this.#plain(bytes)
      else this.#used = this.#quoted(bytes)
      this.#block[this.#used++] = column === cells.length - 1 ? LF : COMMA
    }
    this.rows++
    return this.#used >= BLOCK / 2
  }

  /** The rows since the last call; the next ones go into new memory. */
  take(): Buffer {
    const block = this.#block.subarray(0, this.#used)
    this.#block = Buffer.allocUnsafe(BLOCK)
    this.#used = 0
    return block
  }

  /** Both give where the next byte goes. Cells are short: a loop is faster than a call of the runtime's copying function. */
  #plain(bytes: Buffer): number {
    const block = this.#block
    let at = this.#used
    for (let i = 0; i < bytes.length; i++) block[at++] = bytes[i]
    return at
  }

  #quoted(bytes: Buffer): number {
    const block = this.#block
    let at = this.#used
    block[at++] = QUOTE
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]
      if (byte === QUOTE) block[at++] = QUOTE
      block[at++] = byte
    }
    block[at++] = QUOTE
    return at
  }

  #room(needed: number): void {
    if (this.#block.length - this.#used >= needed) return
    const larger = Buffer.allocUnsafe(Math.max(this.#block.length * 2, this.#used + needed))
    this.#block.copy(larger, 0, 0, this.#used)
    this.#block = larger
  }
}

function written(cell: Buffer, form: 'hex' | 'bits'): Buffer {
  const hex = cell.toString('hex')
  return Buffer.from(form === 'hex' ? `\\x${hex}` : BigInt(`0x0${hex}`).toString())
}
