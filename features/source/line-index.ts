/**
 * Physical lines on which the records of a file begin. Records mostly follow each other line by line, so only the records
 * that do not are kept: memory grows with the line breaks inside cells and the empty lines, not with the file.
 */
export class LineIndex {
  #rows = new Uint32Array(64)
  #lines = new Uint32Array(64)
  #length = 0
  #next = -1
  /** Number of records taken. */
  size = 0

  /** Takes the line of the next record. */
  push(line: number): void {
    if (line !== this.#next) {
      if (this.#length === this.#rows.length) {
        this.#rows = grown(this.#rows)
        this.#lines = grown(this.#lines)
      }
      this.#rows[this.#length] = this.size
      this.#lines[this.#length++] = line
    }
    this.#next = line + 1
    this.size++
  }

  /** Line of record `row`, counted from 0. */
  at(row: number): number {
    let low = 0
    let high = this.#length
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if (this.#rows[middle] <= row) low = middle
      else high = middle
    }
    return this.#lines[low] + row - this.#rows[low]
  }
}

function grown(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2)
  larger.set(array)
  return larger
}
