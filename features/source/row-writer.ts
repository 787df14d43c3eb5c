import { SPOOLED_NULL } from './spool.ts'

/** How the bytes of a column that a MySQL server sends become text. */
export type CellForm = 'text' | 'hex' | 'bits'

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
      if (column > 0) this.#block[this.#used++] = COMMA
      if (cell === null) this.#bytes(NULL_BYTES)
      else this.#quoted(this.#forms[column] === 'text' ? cell : written(cell, this.#forms[column]))
      this.#room(2)
    }
    this.#block[this.#used++] = LF
    this.#room(1)
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

  #quoted(cell: Buffer): void {
    const text = cell.indexOf(QUOTE) < 0 ? cell : doubled(cell)
    this.#room(text.length + 3)
    this.#block[this.#used++] = QUOTE
    this.#bytes(text)
    this.#block[this.#used++] = QUOTE
  }

  #bytes(bytes: Buffer): void {
    this.#room(bytes.length + 3)
    // Most cells are shorter than a call of the copying function costs.
    if (bytes.length > 32) bytes.copy(this.#block, this.#used)
    else for (let i = 0; i < bytes.length; i++) this.#block[this.#used + i] = bytes[i]
    this.#used += bytes.length
  }

  #room(needed: number): void {
    if (this.#block.length - this.#used >= needed) return
    const larger = Buffer.allocUnsafe(Math.max(this.#block.length * 2, this.#used + needed))
    this.#block.copy(larger, 0, 0, this.#used)
    this.#block = larger
  }
}

function doubled(cell: Buffer): Buffer {
  return Buffer.from(cell.toString('latin1').replaceAll('"', '""'), 'latin1')
}

function written(cell: Buffer, form: CellForm): Buffer {
  const hex = cell.toString('hex')
  return Buffer.from(form === 'hex' ? `\\x${hex}` : BigInt(`0x0${hex}`).toString())
}
